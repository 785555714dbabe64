import { measureModel } from "../measure-model.ts";
import type { Model } from "../mesh.ts";

/** Cells along the longest side. */
const CELLS = 72;
/** Cells left free around the model. */
const MARGIN = 8;
/** Half widths of the three passes of the blur, in cells: near corners, and whole niches. */
const BLURS = [1, 3] as const;

/** How much of the sky a point of a surface sees, roughly: 1 = all, 0 = none. */
export type Occlusion = (x: number, y: number, z: number, nx: number, ny: number, nz: number) => number;

/**
 * Makes ambient occlusion from a coarse grid of where surfaces are, blurred twice: a point is dark where there is more surface before it
 * than before a plane. Rays would be exact and take a hundred times as long; dirt gathers as smoothly as this.
 */
export function makeOcclusion(model: Model): Occlusion {
  const { low, size } = measureModel(model);
  const cell = Math.max(...size) / CELLS || 1;
  const counts = size.map((side) => Math.ceil(side / cell) + MARGIN * 2 + 1) as [number, number, number];
  const origin = low.map((value) => value - MARGIN * cell) as [number, number, number];
  const filled = fillSurface(model, counts, origin, cell);
  const layers = BLURS.map((half) => {
    let field = filled;
    for (let pass = 0; pass < 3; pass += 1)
      for (const axis of [0, 1, 2] as const) field = blur(field, counts, axis, half);
    const reach = half * 1.6 + 0.8;
    // What a plane that fills one layer of cells gives at that distance: the three boxes' sum is nearly a bell.
    const deviation = Math.sqrt(half * (half + 1));
    const plane = Math.exp(-((reach / deviation) ** 2) / 2) / (deviation * Math.sqrt(2 * Math.PI));
    return { field, reach: reach * cell, plane };
  });
  return (x, y, z, nx, ny, nz) => {
    let dark = 0;
    for (const { field, reach, plane } of layers) {
      const found = sampleAt(field, counts, origin, cell, x + nx * reach, y + ny * reach, z + nz * reach);
      dark = Math.max(dark, Math.min(1, Math.max(0, found - plane * 1.3) * 3.2));
    }
    return 1 - dark;
  };
}

type Size = readonly [number, number, number];

/** 1 in every cell that a triangle passes, else 0. */
function fillSurface({ parts }: Model, [nx, ny, nz]: Size, origin: Size, cell: number): Float32Array {
  const field = new Float32Array(nx * ny * nz);
  for (const { mesh } of parts) {
    const { positions, indices } = mesh;
    for (let corner = 0; corner < indices.length; corner += 3) {
      const [a, b, c] = [0, 1, 2].map((k) => (indices[corner + k] as number) * 3) as [number, number, number];
      const edge = (p: number, q: number) =>
        Math.hypot(...[0, 1, 2].map((k) => (positions[p + k] as number) - (positions[q + k] as number)));
      const steps = Math.max(1, Math.ceil((Math.max(edge(a, b), edge(b, c), edge(c, a)) / cell) * 1.5));
      for (let i = 0; i <= steps; i += 1) {
        for (let j = 0; j <= steps - i; j += 1) {
          const [u, v] = [i / steps, j / steps];
          const at = (k: number) =>
            Math.round(
              ((positions[a + k] as number) * (1 - u - v) +
                (positions[b + k] as number) * u +
                (positions[c + k] as number) * v -
                (origin[k] as number)) /
                cell,
            );
          field[(at(2) * ny + at(1)) * nx + at(0)] = 1;
        }
      }
    }
  }
  return field;
}

/** Mean over 2 half + 1 cells along an axis; outside is empty. */
function blur(field: Float32Array, [nx, ny, nz]: Size, axis: 0 | 1 | 2, half: number): Float32Array {
  const made = new Float32Array(field.length);
  const step = [1, nx, nx * ny][axis] as number;
  const length = [nx, ny, nz][axis] as number;
  const starts = field.length / length;
  for (let line = 0; line < starts; line += 1) {
    const start = axis === 0 ? line * nx : axis === 1 ? Math.floor(line / nx) * nx * ny + (line % nx) : line;
    let sum = 0;
    for (let at = -half; at < length; at += 1) {
      if (at + half < length) sum += field[start + (at + half) * step] as number;
      if (at - half - 1 >= 0) sum -= field[start + (at - half - 1) * step] as number;
      if (at >= 0) made[start + at * step] = sum / (2 * half + 1);
    }
  }
  return made;
}

function sampleAt(
  field: Float32Array,
  [nx, ny, nz]: Size,
  origin: Size,
  cell: number,
  px: number,
  py: number,
  pz: number,
) {
  const x = Math.min(Math.max((px - origin[0]) / cell, 0), nx - 1.001);
  const y = Math.min(Math.max((py - origin[1]) / cell, 0), ny - 1.001);
  const z = Math.min(Math.max((pz - origin[2]) / cell, 0), nz - 1.001);
  const ix = Math.floor(x);
  const iy = Math.floor(y);
  const iz = Math.floor(z);
  const u = x - ix;
  const v = y - iy;
  const w = z - iz;
  const near = (iz * ny + iy) * nx + ix;
  const front = mixRow(field, near, u) * (1 - v) + mixRow(field, near + nx, u) * v;
  const far = near + nx * ny;
  const back = mixRow(field, far, u) * (1 - v) + mixRow(field, far + nx, u) * v;
  return front * (1 - w) + back * w;
}

function mixRow(field: Float32Array, at: number, u: number): number {
  return (field[at] as number) * (1 - u) + (field[at + 1] as number) * u;
}
