import type { DistanceGrid } from "../mesh/distance-grid.ts";
import type { MeshDiffusionConfig } from "../models/mesh-diffusion-config.ts";
import type { MeshField } from "./mesh-field.ts";

type FieldConfig = NonNullable<MeshDiffusionConfig["field"]>;

/** Fine samples along a side of a coarse block. */
const FACTOR = 4;
/** Share of a block's diagonal: a surface within is at most half of it from a corner; networks' distances are not exact. */
const REACH = 0.75;
/** Points asked for between two reports. */
const CHUNK = 262_144;

/**
 * Samples a field on a grid over its box, the longest side of it `resolution` cells (rounded up to whole blocks): first each fourth
 * sample, then all near the surface; what lies between coarse samples far from it is filled in straight. At 128 a side about a fifth
 * of two million points is asked for.
 *
 * A block counts as near where its corners lie on both sides. Of distances, also where a corner is so near that a thin part may lie
 * within; of other fields, the blocks beside such a one, too.
 */
export async function sampleField(
  field: Pick<MeshField, "values">,
  { kind, bounds }: Pick<FieldConfig, "kind" | "bounds">,
  resolution: number,
  onProgress: (share: number) => Promise<void>,
): Promise<DistanceGrid> {
  const extent = bounds.max.map((high, k) => high - (bounds.min[k] ?? 0));
  const spacing = Math.max(...extent) / (Math.ceil(resolution / FACTOR) * FACTOR);
  const blocks = extent.map((side) => Math.max(1, Math.ceil(side / spacing / FACTOR - 1e-6))) as [
    number,
    number,
    number,
  ];
  const size = blocks.map((count) => count * FACTOR + 1) as [number, number, number];
  // A box that is no whole number of blocks is overshot by the same at both ends.
  const origin = bounds.min.map((low, k) => low - (((size[k] ?? 1) - 1) * spacing - (extent[k] ?? 0)) / 2) as [
    number,
    number,
    number,
  ];
  const corners = blocks.map((count) => count + 1) as [number, number, number];
  const coarse = await field.values(gridPoints(corners, origin, spacing * FACTOR));
  await onProgress(0.1);
  const near = findNear(coarse, blocks, kind === "sdf" ? spacing * FACTOR * Math.sqrt(3) * REACH : 0);
  const values = fillBetween(coarse, blocks, size);
  const wanted = samplesOf(near, blocks, size);
  for (let start = 0; start < wanted.length; start += CHUNK) {
    const part = wanted.subarray(start, start + CHUNK);
    const points = new Float32Array(part.length * 3);
    for (let at = 0; at < part.length; at += 1) {
      const index = part[at] as number;
      const x = index % size[0];
      const y = Math.floor(index / size[0]) % size[1];
      const z = Math.floor(index / (size[0] * size[1]));
      points[at * 3] = origin[0] + x * spacing;
      points[at * 3 + 1] = origin[1] + y * spacing;
      points[at * 3 + 2] = origin[2] + z * spacing;
    }
    const found = await field.values(points);
    for (let at = 0; at < part.length; at += 1) values[part[at] as number] = found[at] as number;
    await onProgress(0.1 + (0.9 * Math.min(start + CHUNK, wanted.length)) / wanted.length);
  }
  return { size, origin, spacing, values };
}

type Size = readonly [number, number, number];

/** All points of a grid, x fastest. */
function gridPoints(size: Size, origin: Size, spacing: number): Float32Array {
  const points = new Float32Array(size[0] * size[1] * size[2] * 3);
  let at = 0;
  for (let z = 0; z < size[2]; z += 1) {
    for (let y = 0; y < size[1]; y += 1) {
      for (let x = 0; x < size[0]; x += 1) {
        points[at] = origin[0] + x * spacing;
        points[at + 1] = origin[1] + y * spacing;
        points[at + 2] = origin[2] + z * spacing;
        at += 3;
      }
    }
  }
  return points;
}

/** Blocks that the surface may pass, [blocks]. */
function findNear(coarse: Float32Array, [bx, by, bz]: Size, reach: number): Uint8Array {
  const crossed = new Uint8Array(bx * by * bz);
  const near = new Uint8Array(bx * by * bz);
  const [cx, cy] = [bx + 1, by + 1];
  for (let z = 0, block = 0; z < bz; z += 1) {
    for (let y = 0; y < by; y += 1) {
      for (let x = 0; x < bx; x += 1, block += 1) {
        let [least, most, nearest] = [Infinity, -Infinity, Infinity];
        for (let corner = 0; corner < 8; corner += 1) {
          const value = coarse[((z + (corner >> 2)) * cy + y + ((corner >> 1) & 1)) * cx + x + (corner & 1)] as number;
          least = Math.min(least, value);
          most = Math.max(most, value);
          nearest = Math.min(nearest, Math.abs(value));
        }
        if (least < 0 && most >= 0) crossed[block] = 1;
        if (nearest < reach) near[block] = 1;
      }
    }
  }
  for (let z = 0, block = 0; z < bz; z += 1) {
    for (let y = 0; y < by; y += 1) {
      for (let x = 0; x < bx; x += 1, block += 1) {
        if (crossed[block] === 0) continue;
        if (reach > 0) {
          near[block] = 1;
          continue;
        }
        for (let k = Math.max(z - 1, 0); k <= Math.min(z + 1, bz - 1); k += 1)
          for (let j = Math.max(y - 1, 0); j <= Math.min(y + 1, by - 1); j += 1)
            for (let i = Math.max(x - 1, 0); i <= Math.min(x + 1, bx - 1); i += 1) near[(k * by + j) * bx + i] = 1;
      }
    }
  }
  return near;
}

/** Straight lines between the coarse samples. */
function fillBetween(coarse: Float32Array, [bx, by, bz]: Size, [nx, ny, nz]: Size): Float32Array {
  const values = new Float32Array(nx * ny * nz);
  const [cx, cy] = [bx + 1, by + 1];
  for (let z = 0, index = 0; z < nz; z += 1) {
    const k = Math.min(Math.floor(z / FACTOR), bz - 1);
    const fz = z / FACTOR - k;
    for (let y = 0; y < ny; y += 1) {
      const j = Math.min(Math.floor(y / FACTOR), by - 1);
      const fy = y / FACTOR - j;
      const row = (k * cy + j) * cx;
      for (let x = 0; x < nx; x += 1, index += 1) {
        const i = Math.min(Math.floor(x / FACTOR), bx - 1);
        const fx = x / FACTOR - i;
        const at = (offset: number) => {
          const low = coarse[row + i + offset] as number;
          return low + ((coarse[row + i + offset + 1] as number) - low) * fx;
        };
        const front = at(0) + (at(cx) - at(0)) * fy;
        const back = at(cx * cy) + (at(cx * cy + cx) - at(cx * cy)) * fy;
        values[index] = front + (back - front) * fz;
      }
    }
  }
  return values;
}

/** Fine samples of the near blocks that are not coarse ones, rising. */
function samplesOf(near: Uint8Array, [bx, by, bz]: Size, [nx, ny, nz]: Size): Uint32Array {
  const wanted = new Uint8Array(nx * ny * nz);
  let count = 0;
  for (let z = 0, block = 0; z < bz; z += 1) {
    for (let y = 0; y < by; y += 1) {
      for (let x = 0; x < bx; x += 1, block += 1) {
        if (near[block] === 0) continue;
        for (let k = 0; k <= FACTOR; k += 1) {
          for (let j = 0; j <= FACTOR; j += 1) {
            for (let i = 0; i <= FACTOR; i += 1) {
              if (i % FACTOR === 0 && j % FACTOR === 0 && k % FACTOR === 0) continue;
              const index = ((z * FACTOR + k) * ny + y * FACTOR + j) * nx + x * FACTOR + i;
              if (wanted[index] === 1) continue;
              wanted[index] = 1;
              count += 1;
            }
          }
        }
      }
    }
  }
  const samples = new Uint32Array(count);
  for (let index = 0, at = 0; index < wanted.length; index += 1) {
    if (wanted[index] === 0) continue;
    samples[at] = index;
    at += 1;
  }
  return samples;
}
