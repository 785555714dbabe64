import type { TextureFacts } from "../protocol/mesh.ts";

/** A painted mesh, not yet signed. */
export interface TexturedMesh {
  /** glTF 2.0 binary: what came in, with new materials and textures. */
  readonly bytes: Uint8Array;
  /** Seed that the views started from. */
  readonly seed: number;
  readonly facts: TextureFacts;
}
