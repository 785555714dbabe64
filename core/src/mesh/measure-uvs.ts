import type { Mesh } from "./mesh.ts";
import { type Triangle2, TriangleGrid } from "./triangle-grid.ts";

/** What a texture layout is like. */
export interface UvMeasures {
  /** Triangles that cover a part of another in the texture. */
  readonly overlapping: number;
  /** Triangles that lie outside [0, 1]. */
  readonly outside: number;
  /** Triangles seen from behind: the texture would be mirrored. */
  readonly mirrored: number;
  /** Triangles that have an area in space but none in the texture. */
  readonly collapsed: number;
  /** Part of the texture that is used. */
  readonly coverage: number;
}

/** Triangles may reach this far into each other, parts of the texture's side: rounding of float32. */
const TOLERANCE = 1e-6;

/** Measures the texture layout of meshes that share one texture. Meshes without UVs count as collapsed. */
export function measureUvs(meshes: readonly Mesh[]): UvMeasures {
  const grid = new TriangleGrid(1 / 128, TOLERANCE);
  let [overlapping, outside, mirrored, collapsed, coverage] = [0, 0, 0, 0, 0];
  for (const { indices, uvs } of meshes) {
    for (let corner = 0; corner < indices.length; corner += 3) {
      const triangle = [0, 1, 2].flatMap((k) => {
        const at = (indices[corner + k] as number) * 2;
        return [uvs?.[at] ?? 0, uvs?.[at + 1] ?? 0];
      }) as unknown as Triangle2;
      const [ax, ay, bx, by, cx, cy] = triangle;
      // v runs downwards: counter-clockwise seen from outside is negative here.
      const area = -((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / 2;
      if (triangle.some((value) => !(value >= 0 && value <= 1))) {
        outside += 1;
        continue;
      }
      if (Math.abs(area) < 1e-13) collapsed += 1;
      else if (area < 0) mirrored += 1;
      if (grid.overlaps(triangle)) overlapping += 1;
      grid.add(triangle);
      coverage += Math.abs(area);
    }
  }
  return { overlapping, outside, mirrored, collapsed, coverage };
}
