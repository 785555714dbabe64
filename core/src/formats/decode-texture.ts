import { CoreError } from "../protocol/errors.ts";
import type { RawImage } from "../tensor/image.ts";
import type { GlbFile } from "./glb-file.ts";

/** A texture of 8192². */
const MAX_TEXTURE_PIXELS = 8192 * 8192;

/**
 * Gives the pixels of a texture of a GLB, 4 channels as they stand in the file, alpha straight; nothing where the file does not carry the
 * picture, or in a format that cannot be read (KTX 2, as the extension KHR_texture_basisu uses).
 *
 * @throws CoreError ASSET_UNREADABLE if the picture is damaged or too large
 */
export async function decodeTexture({ json, binary }: GlbFile, index: number): Promise<RawImage | undefined> {
  const texture = json.textures?.[index];
  const webp = texture?.extensions?.EXT_texture_webp as { source?: number } | undefined;
  const source = webp?.source ?? texture?.source;
  const image = source === undefined ? undefined : json.images?.[source];
  const view = image?.bufferView === undefined ? undefined : json.bufferViews?.[image.bufferView];
  if (view === undefined) return undefined;
  const start = view.byteOffset ?? 0;
  const bytes = binary.subarray(start, start + view.byteLength);
  const { default: sharp } = await import("sharp");
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: MAX_TEXTURE_PIXELS, ignoreIcc: true })
      .toColourspace("srgb")
      .ensureAlpha()
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, channels: 4, data };
  } catch (cause) {
    throw new CoreError(
      "ASSET_UNREADABLE",
      `The picture "${image?.name ?? source}" in the GLB cannot be read; expected a whole PNG, JPEG or WebP file of at most ${MAX_TEXTURE_PIXELS} pixels.`,
      { remedy: "Export the file again.", cause },
    );
  }
}
