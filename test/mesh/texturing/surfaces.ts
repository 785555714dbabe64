import type { PaintSurface } from "../../../core/src/mesh/texturing/paint-surface.ts";

type Point = readonly [number, number, number];
/** A rectangle: its lower left corner seen from outside, the ways along its lower and its left side, and its place in the texture. */
export interface Rectangle {
  readonly from: Point;
  readonly across: Point;
  readonly up: Point;
  /** Left, top, right, bottom in texture coordinates. */
  readonly uv: readonly [number, number, number, number];
  readonly isDoubleSided?: boolean;
  readonly texture?: number;
}

/** Makes a surface of rectangles, two triangles each. */
export function makeSurface(rectangles: readonly Rectangle[]): PaintSurface {
  const [positions, normals, uvs]: [number[], number[], number[]] = [[], [], []];
  for (const { from, across, up, uv } of rectangles) {
    const [left, top, right, bottom] = uv;
    const normal = [
      across[1] * up[2] - across[2] * up[1],
      across[2] * up[0] - across[0] * up[2],
      across[0] * up[1] - across[1] * up[0],
    ];
    const length = Math.hypot(...normal);
    for (const [a, b] of [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 0],
      [1, 1],
      [0, 1],
    ] as const) {
      for (let k = 0; k < 3; k += 1) {
        positions.push((from[k] as number) + a * (across[k] as number) + b * (up[k] as number));
        normals.push((normal[k] as number) / length);
      }
      uvs.push(left + a * (right - left), bottom + b * (top - bottom));
    }
  }
  return {
    positions: Float32Array.from(positions),
    normals: Float32Array.from(normals),
    uvs: Float32Array.from(uvs),
    texture: Uint16Array.from(rectangles.flatMap(({ texture = 0 }) => [texture, texture])),
    isDoubleSided: Uint8Array.from(rectangles.flatMap((one) => (one.isDoubleSided ? [1, 1] : [0, 0]))),
    textures: 1 + Math.max(...rectangles.map(({ texture = 0 }) => texture)),
  };
}

/** A square of a side of 2 metres in the plane z, facing +Z, over the whole texture. */
export function square(z = 0, half = 1, uv: Rectangle["uv"] = [0, 0, 1, 1]): Rectangle {
  return { from: [-half, -half, z], across: [2 * half, 0, 0], up: [0, 2 * half, 0], uv };
}

/** A cube of a side of 2 metres, its six sides in cells of a texture of 3 × 2: front, back, left, right, top, bottom. */
export function cubeSides(): Rectangle[] {
  const cell = (index: number): Rectangle["uv"] => {
    const [x, y] = [index % 3, Math.floor(index / 3)];
    return [(x + 0.02) / 3, (y + 0.02) / 2, (x + 0.98) / 3, (y + 0.98) / 2];
  };
  return [
    { from: [-1, -1, 1], across: [2, 0, 0], up: [0, 2, 0], uv: cell(0) },
    { from: [1, -1, -1], across: [-2, 0, 0], up: [0, 2, 0], uv: cell(1) },
    { from: [1, -1, 1], across: [0, 0, -2], up: [0, 2, 0], uv: cell(2) },
    { from: [-1, -1, -1], across: [0, 0, 2], up: [0, 2, 0], uv: cell(3) },
    { from: [-1, 1, 1], across: [2, 0, 0], up: [0, 0, -2], uv: cell(4) },
    { from: [-1, -1, -1], across: [2, 0, 0], up: [0, 0, 2], uv: cell(5) },
  ];
}
