import sharp, { type Metadata } from "sharp";
import { CoreError } from "../protocol/errors.ts";

/** Options of {@link readPixels}. */
export interface ReadPixelsOptions {
  /** Largest width × height; a larger picture is refused before a pixel is decoded. */
  max_pixels: number;
  /**
   * What an embedded colour profile means. `data`: nothing, the numbers in the file are the values (control maps, masks).
   * `picture`: colours are converted to sRGB (photographs, renders).
   */
  meaning?: "data" | "picture";
}

/** Pixels as they stand in a file. */
export interface FilePixels {
  readonly width: number;
  readonly height: number;
  /** Row-major; of a pixel `stride` numbers: grey, grey and alpha, RGB or RGBA; alpha is straight. */
  readonly values: Uint8Array | Uint16Array;
  readonly stride: number;
  /** Value that stands for 1. */
  readonly largest: number;
  /** Whether the file is grey; it may stand here as RGB with equal channels. */
  readonly grey: boolean;
}

const FORMATS = ["png", "jpeg", "webp"];

/**
 * Gives the pixels of a PNG, JPEG or WebP file, 16-bit files with all their bits, turned upright by EXIF orientation. Of an animated
 * file the first picture counts.
 *
 * @throws CoreError ASSET_UNREADABLE if it is no such file, is damaged, or is larger than max_pixels
 */
export async function readPixels(bytes: Uint8Array, options: ReadPixelsOptions): Promise<FilePixels> {
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
    const largest = sixteen ? 65535 : 255;
    return { width: info.width, height: info.height, values, stride: info.channels, largest, grey };
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

function unreadable(problem: string, cause?: unknown): CoreError {
  return new CoreError("ASSET_UNREADABLE", `${problem}; expected a whole PNG, JPEG or WebP file.`, {
    remedy: "Save the picture again and send it anew.",
    cause,
  });
}
