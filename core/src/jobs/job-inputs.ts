import type { ImageParams } from "../protocol/image.ts";

/** An asset that a job's parameters name. */
export interface NamedAsset {
  /** Field that names it, for messages: `controls[0].image`. */
  field: string;
  /** What it is used for, for the record: `control:depth`. */
  role: string;
  sha256: string;
}

/** Gives the assets that the parameters of an image job name, in the order of the fields. */
export function namedAssets(
  params: Pick<ImageParams, "init_image" | "mask_image" | "controls" | "regions">,
): NamedAsset[] {
  const named: NamedAsset[] = [];
  if (params.init_image !== undefined)
    named.push({ field: "init_image", role: "init_image", sha256: params.init_image });
  if (params.mask_image !== undefined)
    named.push({ field: "mask_image", role: "mask_image", sha256: params.mask_image });
  params.controls.forEach(({ kind, image }, i) => {
    named.push({ field: `controls[${i}].image`, role: `control:${kind}`, sha256: image });
  });
  params.regions.forEach(({ mask }, i) => {
    if (mask !== undefined) named.push({ field: `regions[${i}].mask`, role: `region_mask:${i}`, sha256: mask });
  });
  return named;
}
