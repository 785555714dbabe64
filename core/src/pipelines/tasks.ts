import type { ImageBundle, MotionBundle } from "../models/bundle.ts";
import type { EncodedMotion } from "./encode-motion.ts";
import type { ResolvedImageParams } from "./image-params.ts";
import type { ResolvedMotionParams } from "./motion-params.ts";
import type { GeneratedImage } from "./pipeline.ts";

/** What the pipeline of each task takes and gives. */
export interface TaskTypes {
  image: { params: ResolvedImageParams; bundle: ImageBundle; generated: GeneratedImage };
  motion: { params: ResolvedMotionParams; bundle: MotionBundle; generated: EncodedMotion };
}

/** Tasks that have a pipeline. */
export type RunnableTask = keyof TaskTypes;
