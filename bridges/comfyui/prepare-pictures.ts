import { encodeImage } from "../../core/src/formats/encode-image.ts";
import type { ResolvedImageParams } from "../../core/src/pipelines/image-params.ts";
import { InputImages } from "../../core/src/pipelines/input-images.ts";
import { readRegionMasks } from "../../core/src/pipelines/prepare-regions.ts";
import { makeControlMap } from "../../core/src/preprocessors/control-map.ts";
import { maskOfPicture } from "../../core/src/preprocessors/masks.ts";
import { resizeImage } from "../../core/src/preprocessors/resize.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import type { FloatImage, RawImage } from "../../core/src/tensor/image.ts";

/** The pictures of a request as PNG files for a server. */
export interface PreparedPictures {
  init?: Uint8Array;
  mask?: Uint8Array;
  controls: (Uint8Array | undefined)[];
  regions: Uint8Array[];
  background?: Uint8Array;
  /** Start picture and mask at the picture's size: what is not repainted is laid over the result. */
  kept?: { start: FloatImage; pixels: Float32Array };
}

/** Which way a request's pictures are made ready. */
export interface PrepareOptions {
  /** Leaves the start picture and mask at their own size: a workflow scales them itself. */
  keep_size: boolean;
  /** Whether a control takes part. */
  takesPart(index: number): boolean;
  /** Whether a control wants red to the left in normal maps. */
  flipsNormals(index: number): boolean;
  signal: AbortSignal;
}

/**
 * Makes the pictures of a request ready for LoadImage and LoadImageMask, with the core's own preprocessors and scaling, so that the
 * same request guides a picture here as it does in the core.
 *
 * @throws CoreError ASSET_UNREADABLE naming the field
 */
export async function preparePictures(
  params: ResolvedImageParams,
  inputs: Readonly<Record<string, Uint8Array>>,
  { keep_size, takesPart, flipsNormals, signal }: PrepareOptions,
): Promise<PreparedPictures> {
  const { width, height } = params;
  const images = new InputImages(async (sha256) => {
    const bytes = inputs[sha256];
    if (bytes === undefined) throw new CoreError("ASSET_NOT_FOUND", `The job was sent without the asset ${sha256}.`);
    return bytes;
  });
  const prepared: PreparedPictures = { controls: [], regions: [] };
  if (params.init_image !== undefined) {
    const own = await images.read(params.init_image, "init_image", "picture");
    const start = keep_size ? own : resizeImage(own, width, height, "lanczos");
    prepared.init = await png(rawOf(start));
    if (params.mask_image !== undefined) {
      const mask = await images.read(params.mask_image, "mask_image");
      const pixels = maskOfPicture(mask, start.width, start.height);
      prepared.mask = await png(greyOf(pixels, start.width, start.height));
      prepared.kept = { start, pixels };
    }
  }
  for (const [index, control] of params.controls.entries()) {
    signal.throwIfAborted();
    if (!takesPart(index)) {
      prepared.controls.push(undefined);
      continue;
    }
    const image = await images.read(control.image, `controls[${index}].image`);
    const format = { kind: control.kind, channels: 3, channel_order: "rgb", invert: false } as const;
    const { data } = makeControlMap(image, control.preprocessor, format, width, height);
    if (control.kind === "normal" && flipsNormals(index)) {
      for (let pixel = 0; pixel < width * height; pixel++) data[pixel] = 1 - (data[pixel] ?? 0);
    }
    prepared.controls.push(await png(rawOfPlanes(data, width, height)));
  }
  if (params.regions.length > 0) {
    const masks = await readRegionMasks(params, images);
    for (const mask of masks) prepared.regions.push(await png(greyOf(mask, width, height)));
    const rest = new Float32Array(width * height).fill(1);
    for (const mask of masks)
      for (let i = 0; i < rest.length; i++) rest[i] = Math.max(0, (rest[i] ?? 0) - (mask[i] ?? 0));
    prepared.background = await png(greyOf(rest, width, height));
  }
  return prepared;
}

async function png(image: RawImage): Promise<Uint8Array> {
  return await encodeImage(image, { mime: "image/png", quality: 100 });
}

function rawOf({ width, height, channels, data }: FloatImage): RawImage {
  return { width, height, channels, data: Uint8Array.from(data, byteOf) };
}

function greyOf(mask: Float32Array, width: number, height: number): RawImage {
  return { width, height, channels: 1, data: Uint8Array.from(mask, byteOf) };
}

function rawOfPlanes(planes: Float32Array, width: number, height: number): RawImage {
  const plane = width * height;
  const data = new Uint8Array(plane * 3);
  for (let i = 0; i < data.length; i++) data[i] = byteOf(planes[(i % 3) * plane + Math.floor(i / 3)] ?? 0);
  return { width, height, channels: 3, data };
}

function byteOf(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 255);
}
