import { CELL_PATCHES, EDGE_CORNERS } from "./cell-patches.ts";
import { checkGrid, type DistanceGrid } from "./distance-grid.ts";
import { fitPoint } from "./fit-point.ts";
import type { Mesh } from "./mesh.ts";

/** Options of {@link extractSurface}. */
export interface ExtractSurfaceOptions {
  /**
   * Gives the exact distances at points [n, 3], in [n]; asked 10 times for each crossing. Absent = from the grid, whose straight
   * lines and differences round edges off over two cells; a field that can be asked keeps them sharp.
   */
  distance?: (points: Float32Array) => Float32Array;
  /** How strongly vertices are held to the middle of their patch, above 0; less is sharper, more is calmer on noise. */
  pull?: number;
}

/** Defaults of {@link ExtractSurfaceOptions}. */
export const EXTRACT_SURFACE_DEFAULTS = { pull: 0.05 } as const;

/** Vertices stay this part of a cell away from its faces, and crossings from samples, so that no two fall on one place. */
const MARGIN = 1e-3;

/**
 * Takes the surface where the distance is 0 out of a grid: dual contouring (Ju et al. 2002) with one vertex for each patch of
 * surface in a cell (Nielson 2004, dual marching cubes), so that edges and corners are kept. The result is always closed and
 * manifold: outside the grid counts as outside the shape, and where two cells would share two edges between the same
 * vertices, each edge gets a vertex of its own on the cells' common face.
 *
 * A grid without a sign change gives a mesh without triangles.
 *
 * @throws CoreError INVALID_REQUEST if the grid is malformed or holds numbers that are not finite
 */
export function extractSurface(grid: DistanceGrid, options: ExtractSurfaceOptions = {}): Mesh {
  checkGrid(grid);
  const field = closeBorder(grid);
  const crossings = findCrossings(field);
  if (options.distance !== undefined) refineCrossings(field, crossings, options.distance);
  const gradients =
    options.distance === undefined
      ? gridGradient(field, crossings)
      : fieldGradient(crossings.points, field.spacing * GRADIENT_STEP, options.distance);
  const cells = placeVertices(field, crossings, gradients, options.pull ?? EXTRACT_SURFACE_DEFAULTS.pull);
  return joinVertices(field, crossings, cells);
}

/** Adds a layer of samples outside the shape where it would reach the grid's border. */
function closeBorder(grid: DistanceGrid): DistanceGrid {
  const [nx, ny, nz] = grid.size;
  const size = [nx + 2, ny + 2, nz + 2] as const;
  const values = new Float32Array(size[0] * size[1] * size[2]);
  for (let z = 0, index = 0; z < size[2]; z += 1) {
    for (let y = 0; y < size[1]; y += 1) {
      for (let x = 0; x < size[0]; x += 1, index += 1) {
        const [ix, iy, iz] = [clamp(x - 1, nx), clamp(y - 1, ny), clamp(z - 1, nz)];
        const value = grid.values[(iz * ny + iy) * nx + ix] as number;
        const isBorder = ix !== x - 1 || iy !== y - 1 || iz !== z - 1;
        // Half a cell beyond the last sample, so that a cut shape ends flat.
        values[index] = isBorder ? Math.max(value, grid.spacing / 2) : value;
      }
    }
  }
  const origin = [grid.origin[0] - grid.spacing, grid.origin[1] - grid.spacing, grid.origin[2] - grid.spacing] as const;
  return { size, origin, spacing: grid.spacing, values };
}

function clamp(value: number, count: number): number {
  return Math.min(Math.max(value, 0), count - 1);
}

/** Half the distance over which a field's gradient is taken, in cells: short, for a longer one sees round corners. */
const GRADIENT_STEP = 0.01;
/** Rounds of false position with Illinois' halving: 4 bring a crossing between two planes to 1e-4 of a cell. */
const REFINEMENTS = 4;

/** A pull that leaves nothing of the planes. */
const MEAN_ONLY = 1e9;

/** Grid edges that the surface crosses. */
interface Crossings {
  /** Number of the crossing on the edge that leaves sample i along axis a, at [a × samples + i]; -1 = none. */
  readonly ofEdge: Int32Array;
  /** That edge, [crossings]. */
  readonly edges: Uint32Array;
  /** Where it is crossed, world, [crossings, 3]. */
  readonly points: Float32Array;
}

function findCrossings({ size, origin, spacing, values }: DistanceGrid): Crossings {
  const [nx, ny, nz] = size;
  const samples = values.length;
  const steps = [1, nx, nx * ny];
  const ofEdge = new Int32Array(samples * 3).fill(-1);
  const edges: number[] = [];
  const points: number[] = [];
  for (let z = 0, index = 0; z < nz; z += 1) {
    for (let y = 0; y < ny; y += 1) {
      for (let x = 0; x < nx; x += 1, index += 1) {
        const value = values[index] as number;
        for (let axis = 0; axis < 3; axis += 1) {
          if ((axis === 0 ? x : axis === 1 ? y : z) === (size[axis] as number) - 1) continue;
          const next = values[index + (steps[axis] as number)] as number;
          if (value < 0 === next < 0) continue;
          ofEdge[axis * samples + index] = edges.length;
          edges.push(axis * samples + index);
          const place = [x, y, z];
          place[axis] = (place[axis] as number) + Math.min(Math.max(value / (value - next), MARGIN), 1 - MARGIN);
          for (let k = 0; k < 3; k += 1) points.push((origin[k] as number) + (place[k] as number) * spacing);
        }
      }
    }
  }
  return { ofEdge, edges: Uint32Array.from(edges), points: Float32Array.from(points) };
}

/** Moves the crossings along their edges to where the field itself is 0. */
function refineCrossings(
  { size, origin, spacing, values }: DistanceGrid,
  { edges, points }: Crossings,
  distance: (points: Float32Array) => Float32Array,
): void {
  const samples = values.length;
  const steps = [1, size[0], size[0] * size[1]];
  const axes = Array.from(edges, (edge) => Math.floor(edge / samples));
  const lows = Float64Array.from(axes, (axis, crossing) => {
    const sample = (edges[crossing] as number) % samples;
    return (origin[axis] as number) + (Math.floor(sample / (steps[axis] as number)) % (size[axis] as number)) * spacing;
  });
  const from = new Float64Array(edges.length);
  const to = new Float64Array(edges.length).fill(1);
  const fromValue = Float64Array.from(edges, (edge) => values[edge % samples] as number);
  const toValue = Float64Array.from(
    edges,
    (edge, crossing) => values[(edge % samples) + (steps[axes[crossing] as number] as number)] as number,
  );
  for (let round = 0; round < REFINEMENTS; round += 1) {
    const found = distance(points);
    for (let crossing = 0; crossing < edges.length; crossing += 1) {
      const at = crossing * 3 + (axes[crossing] as number);
      const share = ((points[at] as number) - (lows[crossing] as number)) / spacing;
      const value = found[crossing] as number;
      if (value < 0 === (fromValue[crossing] as number) < 0) {
        from[crossing] = share;
        fromValue[crossing] = value;
        toValue[crossing] = (toValue[crossing] as number) / 2;
      } else {
        to[crossing] = share;
        toValue[crossing] = value;
        fromValue[crossing] = (fromValue[crossing] as number) / 2;
      }
      const [a, b] = [fromValue[crossing] as number, toValue[crossing] as number];
      if (a === b) continue;
      const next = (from[crossing] as number) + ((to[crossing] as number) - (from[crossing] as number)) * (a / (a - b));
      points[at] = (lows[crossing] as number) + Math.min(Math.max(next, MARGIN), 1 - MARGIN) * spacing;
    }
  }
}

/** Central differences of a field at points [n, 3]. */
function fieldGradient(
  points: Float32Array,
  step: number,
  distance: (points: Float32Array) => Float32Array,
): Float32Array {
  const gradients = new Float32Array(points.length);
  for (let axis = 0; axis < 3; axis += 1) {
    const up = distance(points.map((value, at) => (at % 3 === axis ? value + step : value)));
    const down = distance(points.map((value, at) => (at % 3 === axis ? value - step : value)));
    for (let row = 0; row < up.length; row += 1) {
      gradients[row * 3 + axis] = (up[row] as number) - (down[row] as number);
    }
  }
  return gradients;
}

/** Central differences at both ends of each crossed edge, mixed by where it is crossed. */
function gridGradient({ size, values }: DistanceGrid, { edges }: Crossings): Float32Array {
  const [nx, ny] = size;
  const samples = values.length;
  const steps = [1, nx, nx * ny];
  const gradients = new Float32Array(edges.length * 3);
  for (let crossing = 0; crossing < edges.length; crossing += 1) {
    const edge = edges[crossing] as number;
    const low = edge % samples;
    const high = low + (steps[Math.floor(edge / samples)] as number);
    const share = (values[low] as number) / ((values[low] as number) - (values[high] as number));
    for (const [sample, weight] of [
      [low, 1 - share],
      [high, share],
    ] as const) {
      for (let axis = 0; axis < 3; axis += 1) {
        const step = steps[axis] as number;
        const at = Math.floor(sample / step) % (size[axis] as number);
        const up = at < (size[axis] as number) - 1 ? sample + step : sample;
        const down = at > 0 ? sample - step : sample;
        const slope = ((values[up] as number) - (values[down] as number)) / (up === down ? 1 : (up - down) / step);
        gradients[crossing * 3 + axis] = (gradients[crossing * 3 + axis] as number) + weight * slope;
      }
    }
  }
  return gradients;
}

interface CellVertices {
  /** First vertex of each cell, by the cell's lowest sample; -1 = the surface does not pass. */
  readonly first: Int32Array;
  /** Which corners are inside, by the cell's lowest sample. */
  readonly inside: Uint8Array;
  readonly positions: number[];
}

function placeVertices(field: DistanceGrid, crossings: Crossings, gradients: Float32Array, pull: number): CellVertices {
  const { size, origin, spacing, values } = field;
  const [nx, ny, nz] = size;
  const samples = values.length;
  const corner = Array.from({ length: 8 }, (_, c) => (c & 1) + ((c >> 1) & 1) * nx + (c >> 2) * nx * ny);
  const first = new Int32Array(samples).fill(-1);
  const inside = new Uint8Array(samples);
  const positions: number[] = [];
  const points = new Float64Array(36);
  const normals = new Float64Array(36);
  const point = new Float64Array(3);
  for (let z = 0; z < nz - 1; z += 1) {
    for (let y = 0; y < ny - 1; y += 1) {
      for (let x = 0; x < nx - 1; x += 1) {
        const cell = (z * ny + y) * nx + x;
        let mask = 0;
        for (let c = 0; c < 8; c += 1) if ((values[cell + (corner[c] as number)] as number) < 0) mask |= 1 << c;
        if (mask === 0 || mask === 255) continue;
        inside[cell] = mask;
        first[cell] = positions.length / 3;
        const { count, patchOfEdge } = patchesAt(mask);
        for (let patch = 0; patch < count; patch += 1) {
          let planes = 0;
          for (let edge = 0; edge < 12; edge += 1) {
            if (patchOfEdge[edge] !== patch) continue;
            const low = cell + (corner[(EDGE_CORNERS[edge] as readonly [number, number])[0]] as number);
            const crossing = crossings.ofEdge[(edge >> 2) * samples + low] as number;
            const length = Math.hypot(
              gradients[crossing * 3] as number,
              gradients[crossing * 3 + 1] as number,
              gradients[crossing * 3 + 2] as number,
            );
            for (let k = 0; k < 3; k += 1) {
              points[planes * 3 + k] = crossings.points[crossing * 3 + k] as number;
              normals[planes * 3 + k] = length > 0 ? (gradients[crossing * 3 + k] as number) / length : 0;
            }
            planes += 1;
          }
          // Fitted points of two patches of a cell could be held at one place; their means never meet.
          fitPoint(points, normals, planes, count > 1 ? MEAN_ONLY : pull, point);
          for (let k = 0; k < 3; k += 1) {
            const low = (origin[k] as number) + (k === 0 ? x : k === 1 ? y : z) * spacing;
            const held = Math.min(Math.max(point[k] as number, low + MARGIN * spacing), low + (1 - MARGIN) * spacing);
            positions.push(held);
          }
        }
      }
    }
  }
  return { first, inside, positions };
}

function patchesAt(mask: number) {
  const patches = CELL_PATCHES[mask];
  if (patches === undefined) throw new RangeError(`No cell has the corners ${mask}.`);
  return patches;
}

/** Joins the vertices around each crossed edge to a polygon, and the polygon to triangles. */
function joinVertices(field: DistanceGrid, crossings: Crossings, cells: CellVertices): Mesh {
  const { size, values } = field;
  const samples = values.length;
  const steps = [1, size[0], size[0] * size[1]] as const;
  const { first, inside, positions } = cells;
  const faceVertices = new Map<string, number>();
  const indices: number[] = [];

  // The two edges that a patch joins on a face tell the face, too.
  const faceVertex = (edge: number, other: number): number => {
    const key = edge < other ? `${edge},${other}` : `${other},${edge}`;
    const known = faceVertices.get(key);
    if (known !== undefined) return known;
    const vertex = positions.length / 3;
    for (let k = 0; k < 3; k += 1) {
      const [a, b] = [crossings.ofEdge[edge] as number, crossings.ofEdge[other] as number];
      positions.push(((crossings.points[a * 3 + k] as number) + (crossings.points[b * 3 + k] as number)) / 2);
    }
    faceVertices.set(key, vertex);
    return vertex;
  };

  for (let crossing = 0; crossing < crossings.edges.length; crossing += 1) {
    const edge = crossings.edges[crossing] as number;
    const axis = Math.floor(edge / samples);
    const low = edge % samples;
    const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
    // Cells around the edge, counter-clockwise seen from its upper end; (du, dv) is where the edge lies in the cell.
    const polygon: number[] = [];
    const extra: number[] = [];
    for (let at = 0; at < 4; at += 1) {
      const [du, dv] = AROUND[at] as readonly [number, number];
      const [nextDu] = AROUND[(at + 1) % 4] as readonly [number, number];
      const cell = low - du * (steps[u] as number) - dv * (steps[v] as number);
      const patches = patchesAt(inside[cell] as number);
      const local = localEdge(axis, u, v, du, dv);
      polygon.push((first[cell] as number) + (patches.patchOfEdge[local] as number));
      // The face to the next cell: across u if du changes, else across v.
      const normal = nextDu !== du ? u : v;
      const side = normal === u ? du : dv;
      if (((patches.ambiguousFaces >> (2 * normal + side)) & 1) === 0) continue;
      const neighbour = cell + (side === 1 ? (steps[normal] as number) : -(steps[normal] as number));
      const partner = partnerOf(patches.partner, local, normal);
      if (!sharesBoth(patches.patchOfEdge, normal, side, patchesAt(inside[neighbour] as number).patchOfEdge)) continue;
      const [c] = EDGE_CORNERS[partner] as readonly [number, number];
      const partnerLow = cell + (c & 1) + ((c >> 1) & 1) * steps[1] + (c >> 2) * steps[2];
      const vertex = faceVertex(edge, (partner >> 2) * samples + partnerLow);
      extra.push(polygon.length);
      polygon.push(vertex);
    }
    if ((values[low] as number) >= 0) {
      polygon.reverse();
      if (extra.length > 0) extra[0] = polygon.length - 1 - (extra[0] as number);
    }
    if (extra.length > 0) fanFrom(polygon, extra[0] as number, indices);
    else splitQuad(polygon, positions, crossings.points, crossing, indices);
  }
  return { positions: Float32Array.from(positions), indices: Uint32Array.from(indices) };
}

/** Where the edge lies within each of the four cells around it. */
const AROUND = [
  [1, 1],
  [0, 1],
  [0, 0],
  [1, 0],
] as const;

/** Number of a cell's edge along `axis` at (du, dv). */
function localEdge(axis: number, u: number, v: number, du: number, dv: number): number {
  return axis * 4 + (u < v ? du + 2 * dv : dv + 2 * du);
}

/** The edge at the other end of the patch's line over the face with this normal. */
function partnerOf(partner: Int8Array, edge: number, normal: number): number {
  return partner[edge * 3 + normal] as number;
}

/** Whether both lines of an ambiguous face belong to one patch in this cell, and to one patch in the cell across. */
function sharesBoth(patchOfEdge: Int8Array, normal: number, side: number, across: Int8Array): boolean {
  const isOne = (patches: Int8Array, upper: number) => {
    let patch = -2;
    for (let edge = 0; edge < 12; edge += 1) {
      const [low, high] = EDGE_CORNERS[edge] as readonly [number, number];
      if (edge >> 2 === normal || ((low >> normal) & 1) !== upper || ((high >> normal) & 1) !== upper) continue;
      if (patch === -2) patch = patches[edge] as number;
      else if (patch !== patches[edge]) return false;
    }
    return true;
  };
  return isOne(patchOfEdge, side) && isOne(across, 1 - side);
}

/** Triangles from one corner of a polygon to all others: from a face's vertex, no diagonal can meet an edge of another polygon. */
function fanFrom(polygon: readonly number[], start: number, indices: number[]): void {
  const at = (offset: number) => polygon[(start + offset) % polygon.length] as number;
  for (let offset = 1; offset < polygon.length - 1; offset += 1) indices.push(at(0), at(offset), at(offset + 1));
}

/** Cuts a quad along the diagonal that keeps the crossing on the surface, so that an edge of the shape is not cut off; else the shorter. */
function splitQuad(
  quad: readonly number[],
  positions: readonly number[],
  points: Float32Array,
  at: number,
  indices: number[],
): void {
  const [a, b, c, d] = quad as [number, number, number, number];
  const position = (vertex: number) => positions.slice(vertex * 3, vertex * 3 + 3) as [number, number, number];
  const [pa, pb, pc, pd] = [position(a), position(b), position(c), position(d)];
  const crossing: [number, number, number] = [
    points[at * 3] as number,
    points[at * 3 + 1] as number,
    points[at * 3 + 2] as number,
  ];
  const acLength = Math.hypot(pa[0] - pc[0], pa[1] - pc[1], pa[2] - pc[2]);
  const bdLength = Math.hypot(pb[0] - pd[0], pb[1] - pd[1], pb[2] - pd[2]);
  const acOff = Math.min(planeDistance(crossing, pa, pb, pc), planeDistance(crossing, pa, pc, pd));
  const bdOff = Math.min(planeDistance(crossing, pa, pb, pd), planeDistance(crossing, pb, pc, pd));
  const isEven = Math.abs(acOff - bdOff) < 0.02 * Math.max(acLength, bdLength);
  if (isEven ? acLength <= bdLength : acOff < bdOff) indices.push(a, b, c, a, c, d);
  else indices.push(a, b, d, b, c, d);
}

type Point = readonly [number, number, number];

function planeDistance(p: Point, a: Point, b: Point, c: Point): number {
  const [ux, uy, uz] = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
  const [vx, vy, vz] = [c[0] - a[0], c[1] - a[1], c[2] - a[2]];
  const [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
  const length = Math.hypot(nx, ny, nz);
  if (length === 0) return Number.POSITIVE_INFINITY;
  return Math.abs((p[0] - a[0]) * nx + (p[1] - a[1]) * ny + (p[2] - a[2]) * nz) / length;
}
