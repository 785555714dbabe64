import type { TextureParams } from "../protocol/mesh.ts";

/**
 * Looks into a mesh for what can be said of it before the job runs.
 *
 * @throws CoreError ASSET_UNREADABLE if it is no GLB, is broken, compressed or has no triangles; INVALID_REQUEST if an object that is
 *   named is not in it, or a mesh that is to be painted has no texture coordinates
 */
export async function checkTextureMesh(
  _bytes: Uint8Array,
  _params: Pick<TextureParams, "objects" | "unwrap">,
): Promise<void> {}
