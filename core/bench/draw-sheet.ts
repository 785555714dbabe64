import type { Model } from "../src/mesh/mesh.ts";
import { rasterize } from "../src/mesh/rasterize.ts";
import type { RawImage } from "../src/tensor/image.ts";

/** Draws models side by side, each from the front, the right and a little above, whole in its cell; undefined leaves one empty. */
export function drawSheet(models: readonly (Model | undefined)[], cell: number, columns: number): RawImage {
  const rows = Math.ceil(models.length / columns);
  const sheet = new Uint8Array(cell * columns * cell * rows * 3).fill(236);
  models.forEach((model, index) => {
    if (model === undefined) return;
    const { colour } = rasterize(model, viewOf(model), { width: cell, height: cell, supersampling: 3 });
    const [left, top] = [(index % columns) * cell, Math.floor(index / columns) * cell];
    for (let y = 0; y < cell; y += 1) {
      const row = colour.data.subarray(y * cell * 3, (y + 1) * cell * 3);
      sheet.set(row, ((top + y) * cell * columns + left) * 3);
    }
  });
  return { width: cell * columns, height: cell * rows, channels: 3, data: sheet };
}

function viewOf(model: Model) {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const { mesh } of model.parts) {
    mesh.positions.forEach((value, at) => {
      low[at % 3] = Math.min(low[at % 3] as number, value);
      high[at % 3] = Math.max(high[at % 3] as number, value);
    });
  }
  const middle = [0, 1, 2].map((k) => ((low[k] as number) + (high[k] as number)) / 2) as [number, number, number];
  const reach = Math.hypot(...[0, 1, 2].map((k) => (high[k] as number) - (low[k] as number))) * 1.75;
  const direction = [0.52, 0.42, 0.74];
  const position = middle.map((value, k) => value + reach * (direction[k] as number)) as [number, number, number];
  return { position, target: middle, fovDegrees: 34 };
}
