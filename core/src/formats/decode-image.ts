import sharp, { type Metadata } from "sharp";
import { CoreError } from "../protocol/errors.ts";
import type { FloatImage } from "../tensor/image.ts";

/** Options of {@link decodeImage}. */
export interface DecodeImageOptions {
  /** Largest width × height; a larger picture is refused before a pixel is decoded. */
  max_pixels: number;
  /**
   * What an embedded colour profile means. `data`: nothing, the numbers in the file are the values (control maps, masks).
   * `picture`: colours are converted to sRGB (photographs, renders).
   */
  meaning?: "data" | "picture";
}

const FORMATS = ["png", "jpeg", "webp"];

/**
 * Gives the pixels of a PNG, JPEG or WebP file, 16-bit files with all their bits, turned upright by EXIF orientation.
 *
 * Transparent pixels are laid over black, the background of every control map but `normal`, and of Blender's transparent film;
 * grey files stay at one channel. Of an animated file the first picture counts.
 *
 * @throws CoreError ASSET_UNREADABLE if it is no such file, is damaged, or is larger than max_pixels
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeImageOptions): Promise<FloatImage> {
  const { width, height, format, depth, space } = await readHeader(bytes, options.max_pixels);
  const sixteen = depth === "ushort";
  const grey = space === "b-w" || space === "grey16";
  try {
    const { data, info } = await sharp(bytes, {
      limitInputPixels: options.max_pixels,
      ignoreIcc: options.meaning !== "picture" && space !== "cmyk",
    })
      .autoOrient()
      .toColourspace(grey ? (sixteen ? "grey16" : "b-w") : sixteen ? "rgb16" : "srgb")
      .raw({ depth: sixteen ? "ushort" : "uchar" })
      .toBuffer({ resolveWithObject: true });
    const values = sixteen
      ? new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength))
      : data;
    return toFloatImage(values, info.width, info.height, info.channels, grey ? 1 : 3, sixteen ? 65535 : 255);
  } catch (cause) {
    throw unreadable(`The ${format.toUpperCase()} file of ${width} × ${height} pixels is damaged or cut off`, cause);
  }
}

async function readHeader(
  bytes: Uint8Array,
  maxPixels: number,
): Promise<{ width: number; height: number; format: string; depth: Metadata["depth"]; space: Metadata["space"] }> {
  let metadata: Metadata;
  try {
    // Reads the header only; libvips' own limit on pixels is off so that the message below can name the size.
    metadata = await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (cause) {
    throw unreadable(`The file of ${bytes.byteLength} bytes is no picture that can be read`, cause);
  }
  const { width, height, format, depth, space } = metadata;
  if (!FORMATS.includes(format)) throw unreadable(`The file is ${format.toUpperCase()}`);
  if (width * height > maxPixels) {
    throw new CoreError(
      "ASSET_UNREADABLE",
      `The picture has ${width} × ${height} = ${width * height} pixels; expected at most ${maxPixels}.`,
      { remedy: "Scale it down first.", data: { width, height, max_pixels: maxPixels } },
    );
  }
  return { width, height, format, depth, space };
}

/** Lays pixels of `stride` numbers (1 grey, 2 grey and alpha, 3 RGB, 4 RGBA) over black and divides by the largest value. */
function toFloatImage(
  values: Uint8Array | Uint16Array,
  width: number,
  height: number,
  stride: number,
  channels: 1 | 3,
  largest: number,
): FloatImage {
  const data = new Float32Array(width * height * channels);
  // A grey file may come out as RGB with equal channels; the first one is taken.
  const alphaAt = stride === 2 || stride === 4 ? stride - 1 : undefined;
  for (let pixel = 0, target = 0; pixel < width * height; pixel++) {
    const source = pixel * stride;
    const alpha = alphaAt === undefined ? 1 : (values[source + alphaAt] ?? 0) / largest;
    for (let channel = 0; channel < channels; channel++) {
      data[target++] = ((values[source + Math.min(channel, stride - 1)] ?? 0) / largest) * alpha;
    }
  }
  return { width, height, channels, data };
}

function unreadable(problem: string, cause?: unknown): CoreError {
  return new CoreError("ASSET_UNREADABLE", `${problem}; expected a whole PNG, JPEG or WebP file.`, {
    remedy: "Save the picture again and send it anew.",
    cause,
  });
}
