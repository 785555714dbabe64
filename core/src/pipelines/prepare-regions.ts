import { maskOfColor, maskOfPicture, meanByCell } from "../preprocessors/masks.ts";
import type { Region } from "../protocol/image.ts";
import type { ResolvedImageParams } from "./image-params.ts";
import type { InputImages } from "./input-images.ts";

/** Gives the mask of each region at the picture's size, [height × width] in [0, 1]. */
export async function readRegionMasks(params: ResolvedImageParams, images: InputImages): Promise<Float32Array[]> {
  const { width, height } = params;
  const segmentation = params.controls.findIndex(({ kind }) => kind === "segmentation");
  const map = params.controls[segmentation];
  const read = async (region: Region, index: number): Promise<Float32Array> => {
    if (region.mask !== undefined) {
      return maskOfPicture(await images.read(region.mask, `regions[${index}].mask`), width, height);
    }
    if (region.color === undefined || map === undefined) return new Float32Array(width * height);
    return maskOfColor(await images.read(map.image, `controls[${segmentation}].image`), region.color, width, height);
  };
  return Promise.all(params.regions.map(read));
}

/**
 * Gives how much each prompt counts in each latent cell: first the request's own prompt, then the regions. The shares of a cell
 * add up to 1; the request's prompt has what no region covers. A prompt that counts nowhere is undefined and need not run.
 *
 * MultiDiffusion, arXiv 2302.08113, eq. 5: noise predictions are averaged by these weights at every step.
 *
 * @param factor pixels per latent cell
 */
export function blendWeights(
  masks: readonly Float32Array[],
  regions: readonly Region[],
  width: number,
  height: number,
  factor: number,
): (Float32Array | undefined)[] {
  const cells = masks.map((mask) => meanByCell(mask, width, height, factor));
  const count = (width / factor) * (height / factor);
  const shares = [new Float32Array(count), ...cells.map(() => new Float32Array(count))];
  for (let cell = 0; cell < count; cell++) {
    const covered = cells.reduce((sum, mask) => sum + (mask[cell] ?? 0), 0);
    const weights = [
      Math.max(0, 1 - covered),
      ...cells.map((mask, i) => (mask[cell] ?? 0) * (regions[i]?.weight ?? 0)),
    ];
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const [prompt, share] of shares.entries()) {
      // Where every region has weight 0, the request's own prompt fills in.
      share[cell] = total > 0 ? (weights[prompt] ?? 0) / total : prompt === 0 ? 1 : 0;
    }
  }
  return shares.map((share) => (share.some((value) => value > 0) ? share : undefined));
}

/** Gives for each pixel the region with the largest weighted mask of at least a half: 0 = none, 1 … = regions. */
export function regionIds(masks: readonly Float32Array[], regions: readonly Region[], pixels: number): BigInt64Array {
  const ids = new BigInt64Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    let best = 0;
    for (const [i, mask] of masks.entries()) {
      const inside = mask[pixel] ?? 0;
      const weighted = inside * (regions[i]?.weight ?? 0);
      if (inside >= 0.5 && weighted > best) {
        best = weighted;
        ids[pixel] = BigInt(i + 1);
      }
    }
  }
  return ids;
}
