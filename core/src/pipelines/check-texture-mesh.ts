import { openPaintable } from "../formats/open-paintable.ts";
import { CoreError } from "../protocol/errors.ts";
import type { TextureParams } from "../protocol/mesh.ts";
import { prepareSurface } from "./texture-surface.ts";

/** Texels of all textures of a request: sixteen of 2048², about six gigabytes while they are painted. */
const MAX_TEXELS = 2 ** 26;

/**
 * Looks into a mesh for what can be said of it before the job runs.
 *
 * @throws CoreError ASSET_UNREADABLE if it is no GLB, is broken, compressed or has no triangles; INVALID_REQUEST if an object that is
 *   named is not in it, a mesh that is to be painted has no texture coordinates, or its textures are too many for their size
 */
export async function checkTextureMesh(
  bytes: Uint8Array,
  params: Pick<TextureParams, "objects" | "unwrap" | "texture_size">,
): Promise<void> {
  // New coordinates are not made here: they take a while and cannot fail.
  const { groups } = prepareSurface(await openPaintable(bytes, params.objects), params, { isTrial: true });
  if (groups.length * params.texture_size ** 2 <= MAX_TEXELS) return;
  throw new CoreError(
    "INVALID_REQUEST",
    `params.texture_size is ${params.texture_size} for ${groups.length} materials with a texture each; expected at most ${Math.floor(Math.sqrt(MAX_TEXELS / groups.length))}.`,
    {
      remedy: "Choose smaller textures, or fewer objects at once.",
      data: { field: "params.texture_size", textures: groups.length },
    },
  );
}
