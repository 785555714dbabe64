import type { ImageBundle, MeshBundle, MotionBundle } from "../models/bundle.ts";
import type { EncodedMesh } from "./encode-mesh.ts";
import type { EncodedMotion } from "./encode-motion.ts";
import type { ResolvedImageParams } from "./image-params.ts";
import type { ResolvedMeshParams } from "./mesh-params.ts";
import type { ResolvedMotionParams } from "./motion-params.ts";
import type { GeneratedImage } from "./pipeline.ts";
import type { ResolvedTextureParams } from "./texture-params.ts";
import type { TexturedMesh } from "./textured-mesh.ts";

/** What the pipeline of each task takes and gives. */
export interface TaskTypes {
  image: { params: ResolvedImageParams; bundle: ImageBundle; generated: GeneratedImage };
  motion: { params: ResolvedMotionParams; bundle: MotionBundle; generated: EncodedMotion };
  mesh: { params: ResolvedMeshParams; bundle: MeshBundle; generated: EncodedMesh };
  texture: { params: ResolvedTextureParams; bundle: ImageBundle; generated: TexturedMesh };
}

/** Tasks that have a pipeline. */
export type RunnableTask = keyof TaskTypes;
