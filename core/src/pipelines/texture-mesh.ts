import type { ImageBundle } from "../models/bundle.ts";
import type { PipelineContext } from "./pipeline.ts";
import type { ResolvedTextureParams } from "./texture-params.ts";
import type { TexturedMesh } from "./textured-mesh.ts";

/**
 * Paints a mesh: pictures of it from several sides, each fitted to what the ones before left, are laid onto its texture.
 *
 * @param params as {@link resolveTextureParams} gave them
 * @returns one painted mesh
 * @throws CoreError ASSET_UNREADABLE, INVALID_REQUEST (the mesh has no texture coordinates), INFERENCE_FAILED, OUT_OF_MEMORY,
 *   BUNDLE_INVALID; the signal's reason when aborted
 */
export async function textureMesh(
  params: ResolvedTextureParams,
  _context: PipelineContext<ImageBundle>,
): Promise<TexturedMesh[]> {
  throw new Error(`"${params.prompt}" waits for its views`);
}
