import type { ImageParams } from "../protocol/image.ts";

/** Parameters with every default filled in, so that nothing is chosen behind the record's back. */
export type ResolvedImageParams = ImageParams &
  Required<Pick<ImageParams, "bundle" | "num_inference_steps" | "guidance_scale" | "scheduler" | "seed">>;
