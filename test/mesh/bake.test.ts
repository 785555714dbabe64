import { describe, expect, it } from "vitest";
import { bakeTextures, type SurfacePoints } from "../../core/src/mesh/bake.ts";
import { sampleDistance } from "../../core/src/mesh/distance-grid.ts";
import { extractSurface } from "../../core/src/mesh/extract-surface.ts";
import type { Mesh } from "../../core/src/mesh/mesh.ts";
import { simplify } from "../../core/src/mesh/simplify.ts";
import { addTangents, smoothNormals } from "../../core/src/mesh/smooth-normals.ts";
import { srgbToLinear } from "../../core/src/mesh/srgb.ts";
import { findTexels } from "../../core/src/mesh/texels.ts";
import { type NearestPoint, TriangleTree } from "../../core/src/mesh/triangle-tree.ts";
import { unwrap } from "../../core/src/mesh/unwrap.ts";

const SIZE = 256;
const GRID = { size: [28, 28, 28], origin: [-1, -1, -1], spacing: 2 / 27 } as const;
const dense = extractSurface(sampleDistance(GRID, (x, y, z) => Math.hypot(x, y, z) - 0.8));
const ball = addTangents(unwrap(smoothNormals(simplify(dense, 400)), { textureSize: SIZE, padding: 4 }));

/** Colour, roughness and metal that change over space; normals of the true ball. */
const sampler = ({ positions }: SurfacePoints) => {
  const count = positions.length / 3;
  const at = (row: number, k: number) => positions[row * 3 + k] as number;
  return {
    baseColour: positions.map((value) => 0.5 + value / 2),
    roughness: Float32Array.from({ length: count }, (_, row) => 0.5 + at(row, 1) / 2),
    metallic: Float32Array.from({ length: count }, (_, row) => (at(row, 0) > 0 ? 1 : 0)),
    normals: positions.map((value, index) => {
      const row = Math.floor(index / 3);
      return value / Math.hypot(at(row, 0), at(row, 1), at(row, 2));
    }),
  };
};

describe("bakeTextures", async () => {
  const baked = await bakeTextures([ball], SIZE, sampler);
  const texels = findTexels(ball, SIZE);

  it("writes what the field says at each texel's own place", () => {
    for (let at = 0; at < texels.covered.length; at += 37) {
      const texel = (texels.covered[at] as number) * 3;
      for (let k = 0; k < 3; k += 1) {
        const linear = srgbToLinear((baked.baseColourTexture?.data[texel + k] as number) / 255);
        expect(linear).toBeCloseTo(0.5 + (texels.positions[at * 3 + k] as number) / 2, 1.9);
      }
      const surface = baked.metallicRoughnessTexture?.data as Uint8Array;
      expect((surface[texel + 1] as number) / 255).toBeCloseTo(0.5 + (texels.positions[at * 3 + 1] as number) / 2, 2);
      expect(surface[texel + 2]).toBe((texels.positions[at * 3] as number) > 0 ? 255 : 0);
    }
  });

  it("gives normals that a renderer turns back into the true ones", () => {
    const map = baked.normalTexture?.data as Uint8Array;
    const tangents = texels.tangents as Float32Array;
    for (let at = 0; at < texels.covered.length; at += 37) {
      const texel = (texels.covered[at] as number) * 3;
      const [x, y, z] = [0, 1, 2].map((k) => (map[texel + k] as number) / 127.5 - 1) as [number, number, number];
      const n = Array.from(texels.normals.subarray(at * 3, at * 3 + 3)) as [number, number, number];
      const t = Array.from(tangents.subarray(at * 4, at * 4 + 4)) as [number, number, number, number];
      const b = [n[1] * t[2] - n[2] * t[1], n[2] * t[0] - n[0] * t[2], n[0] * t[1] - n[1] * t[0]].map((v) => v * t[3]);
      const turned = [0, 1, 2].map((k) => x * (t[k] as number) + y * (b[k] as number) + z * (n[k] as number));
      const p = [0, 1, 2].map((k) => texels.positions[at * 3 + k] as number);
      const dot =
        turned.reduce((sum, value, k) => sum + value * (p[k] as number), 0) / Math.hypot(...turned) / Math.hypot(...p);
      expect(dot).toBeGreaterThan(0.995);
    }
  });

  it("leaves no texel black: the padding carries the charts' colours", () => {
    const data = baked.baseColourTexture?.data as Uint8Array;
    const covered = new Set(texels.covered);
    const isPainted = (texel: number) =>
      (data[texel * 3] as number) + (data[texel * 3 + 1] as number) + (data[texel * 3 + 2] as number) > 0;
    expect(covered.size).toBeLessThan(SIZE * SIZE);
    expect(Array.from({ length: SIZE * SIZE }, (_, texel) => texel).every(isPainted)).toBe(true);
    for (let texel = SIZE; texel < SIZE * SIZE; texel += 61) {
      if (covered.has(texel) || !covered.has(texel - 1)) continue;
      const neighbours = [texel - 1, texel + 1, texel - SIZE, texel + SIZE].filter((other) => covered.has(other));
      expect(neighbours.some((other) => [0, 1, 2].every((k) => data[other * 3 + k] === data[texel * 3 + k]))).toBe(
        true,
      );
    }
  });

  it("covers nearly every triangle that is larger than two texels", () => {
    const { uvs = new Float32Array(), indices } = ball;
    const area = indices.reduce((sum, _, corner) => {
      if (corner % 3 !== 0) return sum;
      const at = (k: number, axis: number) => (uvs[(indices[corner + k] as number) * 2 + axis] as number) * SIZE;
      return (
        sum +
        Math.abs((at(1, 0) - at(0, 0)) * (at(2, 1) - at(0, 1)) - (at(1, 1) - at(0, 1)) * (at(2, 0) - at(0, 0))) / 2
      );
    }, 0);
    expect(texels.covered.length / area).toBeCloseTo(1, 1);
  });
});

describe("TriangleTree", () => {
  it("finds the same nearest point as a search through all triangles", () => {
    const tree = new TriangleTree(dense);
    const out: NearestPoint = { triangle: -1, a: 0, b: 0, c: 0, distance2: 0 };
    let state = 3;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    };
    for (let draw = 0; draw < 40; draw += 1) {
      const point = [random(), random(), random()] as const;
      const found = tree.nearest(...point, out);
      const best = Array.from({ length: dense.indices.length / 3 }, (_, t) => t).reduce((least, t) => {
        const one = new TriangleTree({ ...dense, indices: dense.indices.slice(t * 3, t * 3 + 3) });
        const near: NearestPoint = { triangle: -1, a: 0, b: 0, c: 0, distance2: 0 };
        return Math.min(least, one.nearest(...point, near).distance2);
      }, Infinity);
      expect(found.distance2).toBe(best);
      const place = [0, 1, 2].map((axis) => cornerMix(dense, found, axis));
      const distance = Math.hypot(...place.map((value, k) => value - (point[k] as number)));
      expect(distance ** 2).toBeCloseTo(best, 5);
      // The ball's own distance, within what its flat triangles leave out.
      expect(distance).toBeCloseTo(Math.abs(Math.hypot(...point) - 0.8), 1.9);
    }
  });
});

function cornerMix({ positions, indices }: Mesh, { triangle, a, b, c }: NearestPoint, axis: number): number {
  return [a, b, c].reduce(
    (sum, share, k) => sum + share * (positions[(indices[triangle * 3 + k] as number) * 3 + axis] as number),
    0,
  );
}
