import { DisjointSets } from "../disjoint-sets.ts";
import type { Mesh } from "../mesh.ts";
import { weldVertices } from "../weld.ts";
import { randomOf } from "../words/random.ts";

/** How the grain of a mesh's pieces (boards, legs, bars) runs. */
export interface GrainFrames {
  /** Piece of each triangle, [triangles]. */
  readonly pieceOf: Uint32Array;
  /** Of each piece three axes, along first, and an offset along them, metres, [pieces, 12]. */
  readonly frames: Float64Array;
  /** Factor of the shade of each piece: no two boards come from one tree. */
  readonly tones: Float64Array;
}

/** Finds the pieces of a mesh, and the direction in which each is longest. */
export function findGrain(mesh: Mesh, seed: number, part: string): GrainFrames {
  const { remap, first } = weldVertices(mesh.positions.length / 3, [{ data: mesh.positions, width: 3 }]);
  const sets = new DisjointSets(first.length);
  const { indices } = mesh;
  const at = (corner: number) => remap[indices[corner] as number] as number;
  for (let corner = 0; corner < indices.length; corner += 3) {
    sets.join(at(corner), at(corner + 1));
    sets.join(at(corner), at(corner + 2));
  }
  const numbers = new Map<number, number>();
  const pieceOf = new Uint32Array(indices.length / 3);
  for (let triangle = 0; triangle < pieceOf.length; triangle += 1) {
    const root = sets.find(at(triangle * 3));
    const known = numbers.get(root) ?? numbers.size;
    numbers.set(root, known);
    pieceOf[triangle] = known;
  }
  const random = randomOf(seed, `grain ${part}`);
  const frames = new Float64Array(numbers.size * 12);
  const tones = new Float64Array(numbers.size);
  const covariances = covariancesOf(mesh, pieceOf, numbers.size);
  for (let piece = 0; piece < numbers.size; piece += 1) {
    const along = longestAxis(covariances.subarray(piece * 6, piece * 6 + 6));
    const helper = Math.abs(along[1]) < 0.9 ? ([0, 1, 0] as const) : ([1, 0, 0] as const);
    const across = unit(cross(along, helper));
    frames.set([...along, ...across, ...cross(along, across)], piece * 12);
    frames.set([random() * 50, random() * 50, random() * 50], piece * 12 + 9);
    tones[piece] = 1 + (random() - 0.5) * 0.14;
  }
  return { pieceOf, frames, tones };
}

type Vector = readonly [number, number, number];

/** Covariances of the triangles' middles and corners, xx xy xz yy yz zz of each piece. */
function covariancesOf({ positions, indices }: Mesh, pieceOf: Uint32Array, pieces: number): Float64Array {
  const sums = new Float64Array(pieces * 4);
  const each = (visit: (piece: number, x: number, y: number, z: number) => void) => {
    indices.forEach((vertex, corner) => {
      const piece = pieceOf[Math.floor(corner / 3)] as number;
      const [x, y, z] = [0, 1, 2].map((k) => positions[vertex * 3 + k] as number) as [number, number, number];
      visit(piece, x, y, z);
    });
  };
  each((piece, x, y, z) => {
    [x, y, z, 1].forEach((value, k) => {
      sums[piece * 4 + k] = (sums[piece * 4 + k] as number) + value;
    });
  });
  const found = new Float64Array(pieces * 6);
  each((piece, px, py, pz) => {
    const count = sums[piece * 4 + 3] as number;
    const [x, y, z] = [px, py, pz].map((value, k) => value - (sums[piece * 4 + k] as number) / count) as [
      number,
      number,
      number,
    ];
    [x * x, x * y, x * z, y * y, y * z, z * z].forEach((value, k) => {
      found[piece * 6 + k] = (found[piece * 6 + k] as number) + value;
    });
  });
  return found;
}

/** Axis of the greatest spread, by power iteration from the longest row. */
function longestAxis([xx = 0, xy = 0, xz = 0, yy = 0, yz = 0, zz = 0]: Float64Array): Vector {
  let axis = unit(xx >= yy && xx >= zz ? [xx, xy, xz] : yy >= zz ? [xy, yy, yz] : [xz, yz, zz]);
  for (let round = 0; round < 24; round += 1) {
    const [x, y, z] = axis;
    axis = unit([xx * x + xy * y + xz * z, xy * x + yy * y + yz * z, xz * x + yz * y + zz * z]);
  }
  return axis;
}

function unit([x, y, z]: Vector): Vector {
  const length = Math.hypot(x, y, z);
  return length > 0 ? [x / length, y / length, z / length] : [1, 0, 0];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}
