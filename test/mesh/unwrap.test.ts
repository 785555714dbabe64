import { describe, expect, it } from "vitest";
import { DisjointSets } from "../../core/src/mesh/disjoint-sets.ts";
import { sampleDistance } from "../../core/src/mesh/distance-grid.ts";
import { extractSurface } from "../../core/src/mesh/extract-surface.ts";
import { measureTopology } from "../../core/src/mesh/measure-topology.ts";
import { measureUvs } from "../../core/src/mesh/measure-uvs.ts";
import type { Mesh } from "../../core/src/mesh/mesh.ts";
import { addTangents, smoothNormals } from "../../core/src/mesh/smooth-normals.ts";
import { unwrap } from "../../core/src/mesh/unwrap.ts";
import { weldVertices } from "../../core/src/mesh/weld.ts";

const GRID = { size: [40, 40, 40], origin: [-1, -1, -1], spacing: 2 / 39 } as const;
/** A bowl on a foot with a handle: folds over itself from every side. */
const cup = extractSurface(
  sampleDistance(GRID, (x, y, z) => {
    const wall = Math.max(Math.abs(Math.hypot(x, y - 0.2, z) - 0.55) - 0.07, y - 0.35);
    const handle = Math.hypot(Math.hypot(x - 0.6, y - 0.05) - 0.25, z) - 0.07;
    return Math.min(wall, handle, Math.max(Math.hypot(x, z) - 0.3, Math.abs(y + 0.55) - 0.15));
  }),
);

describe("unwrap", () => {
  const unwrapped = unwrap(smoothNormals(cup), { textureSize: 512, padding: 4 });

  it("covers no texel twice, mirrors nothing and uses much of the texture", () => {
    const measures = measureUvs([unwrapped]);
    expect(measures).toMatchObject({ overlapping: 0, outside: 0, mirrored: 0, collapsed: 0 });
    expect(measures.coverage).toBeGreaterThan(0.4);
  });

  it("leaves the surface as it was", () => {
    expect(measureTopology(unwrapped)).toEqual(measureTopology(cup));
  });

  it("keeps the charts apart by the padding", () => {
    expect(nearestIslands(unwrapped, 512)).toBeGreaterThanOrEqual(3.99);
  });

  it("gives every triangle about the texels that its area deserves", () => {
    const ratios = triangleRatios(unwrapped).sort((a, b) => a - b);
    const median = ratios[Math.floor(ratios.length / 2)] as number;
    expect((ratios[Math.floor(ratios.length * 0.01)] as number) / median).toBeGreaterThan(0.5);
    expect((ratios[Math.floor(ratios.length * 0.99)] as number) / median).toBeLessThan(1.5);
  });

  it("gives the same bytes each time", () => {
    expect(unwrap(cup)).toEqual(unwrap(cup));
  });
});

describe("smoothNormals", () => {
  it("gives a sphere the normals of a sphere", () => {
    const ball = smoothNormals(extractSurface(sampleDistance(GRID, (x, y, z) => Math.hypot(x, y, z) - 0.8)));
    const { positions, normals } = ball as Required<Mesh>;
    for (let at = 0; at < positions.length; at += 3) {
      const dot = [0, 1, 2].reduce((sum, k) => sum + (positions[at + k] as number) * (normals[at + k] as number), 0);
      expect(dot / 0.8).toBeGreaterThan(0.99);
    }
  });

  it("keeps the sides of a cube flat, and splits its vertices", () => {
    const corners = Array.from({ length: 24 }, (_, at) => ((Math.floor(at / 3) >> (at % 3)) & 1) - 0.5);
    const quads = [0, 4, 6, 2, 1, 3, 7, 5, 0, 1, 5, 4, 2, 6, 7, 3, 0, 2, 3, 1, 4, 5, 7, 6];
    const indices = Array.from({ length: 6 }, (_, quad) =>
      [0, 1, 2, 0, 2, 3].map((k) => quads[quad * 4 + k] as number),
    );
    const cube = { positions: Float32Array.from(corners), indices: Uint32Array.from(indices.flat()) };
    expect(measureTopology(cube)).toMatchObject({ volume: 1, watertight: true });
    const flat = smoothNormals(cube);
    expect(flat.positions).toHaveLength(24 * 3);
    expect(new Set(Array.from(flat.normals as Float32Array, Math.abs))).toEqual(new Set([0, 1]));
    expect(smoothNormals(cube, 100).positions).toHaveLength(8 * 3);
  });
});

describe("addTangents", () => {
  it("points along +u, the bitangent along -v, across the normal", () => {
    const mesh = addTangents(unwrap(smoothNormals(cup)));
    const { positions, normals, uvs, tangents, indices } = mesh as Required<Mesh>;
    let right = 0;
    for (let corner = 0; corner < indices.length; corner += 3) {
      const [a, b, c] = [indices[corner], indices[corner + 1], indices[corner + 2]] as [number, number, number];
      const edge = (to: number) =>
        [0, 1, 2].map((k) => (positions[to * 3 + k] as number) - (positions[a * 3 + k] as number));
      const [p, q] = [edge(b), edge(c)] as [number[], number[]];
      const delta = (to: number, k: number) => (uvs[to * 2 + k] as number) - (uvs[a * 2 + k] as number);
      const area = delta(b, 0) * delta(c, 1) - delta(c, 0) * delta(b, 1);
      const along = [0, 1, 2].map((k) => ((p[k] as number) * delta(c, 1) - (q[k] as number) * delta(b, 1)) / area);
      const down = [0, 1, 2].map((k) => ((q[k] as number) * delta(b, 0) - (p[k] as number) * delta(c, 0)) / area);
      const t = tangents.subarray(a * 4, a * 4 + 4) as unknown as [number, number, number, number];
      const n = normals.subarray(a * 3, a * 3 + 3) as unknown as [number, number, number];
      const bitangent = [n[1] * t[2] - n[2] * t[1], n[2] * t[0] - n[0] * t[2], n[0] * t[1] - n[1] * t[0]].map(
        (x) => x * t[3],
      );
      const dot = (x: ArrayLike<number>, y: ArrayLike<number>) =>
        [0, 1, 2].reduce((sum, k) => sum + (x[k] as number) * (y[k] as number), 0);
      expect(Math.abs(dot(n, t))).toBeLessThan(1e-3);
      if (dot(along, t) > 0 && dot(down, bitangent) < 0) right += 1;
    }
    expect(right / (indices.length / 3)).toBeGreaterThan(0.99);
  });
});

/** Texture area of each triangle for one unit of its own. */
function triangleRatios({ positions, indices, uvs }: Mesh): number[] {
  const area = (data: Float32Array, width: number, corner: number) => {
    const at = (k: number, axis: number) =>
      axis < width ? (data[(indices[corner + k] as number) * width + axis] as number) : 0;
    const [u, v] = [1, 2].map((k) => [0, 1, 2].map((axis) => at(k, axis) - at(0, axis))) as [number[], number[]];
    const cross = [0, 1, 2].map((k) => {
      const [i, j] = [(k + 1) % 3, (k + 2) % 3];
      return (u[i] as number) * (v[j] as number) - (u[j] as number) * (v[i] as number);
    });
    return Math.hypot(...cross) / 2;
  };
  return Array.from(
    { length: indices.length / 3 },
    (_, t) => area(uvs as Float32Array, 2, t * 3) / area(positions, 3, t * 3),
  );
}

/** Smallest distance between the boxes of two charts, texels; below 0 = they overlap. */
function nearestIslands({ positions, indices: split, uvs = new Float32Array() }: Mesh, size: number): number {
  // Creases within a chart split its vertices, not the chart.
  const { remap } = weldVertices(positions.length / 3, [
    { data: positions, width: 3 },
    { data: uvs, width: 2 },
  ]);
  const indices = split.map((vertex) => remap[vertex] as number);
  const islands = new DisjointSets(uvs.length / 2);
  for (let corner = 0; corner < indices.length; corner += 3) {
    islands.join(indices[corner] as number, indices[corner + 1] as number);
    islands.join(indices[corner] as number, indices[corner + 2] as number);
  }
  const boxes = new Map<number, [number, number, number, number]>();
  for (let vertex = 0; vertex < uvs.length / 2; vertex += 1) {
    const [u, v] = [(uvs[vertex * 2] as number) * size, (uvs[vertex * 2 + 1] as number) * size];
    const island = islands.find(remap[vertex] as number);
    const [l, t, r, b] = boxes.get(island) ?? [u, v, u, v];
    boxes.set(island, [Math.min(l, u), Math.min(t, v), Math.max(r, u), Math.max(b, v)]);
  }
  const all = [...boxes.values()];
  let nearest = Number.POSITIVE_INFINITY;
  all.forEach((a, at) => {
    for (const b of all.slice(at + 1)) {
      const gap = Math.max(b[0] - a[2], a[0] - b[2], b[1] - a[3], a[1] - b[3]);
      nearest = Math.min(nearest, gap);
    }
  });
  return nearest;
}
