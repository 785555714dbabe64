import { createHash } from "node:crypto";
import { encodeImage } from "../formats/encode-image.ts";
import { drawView } from "../mesh/texturing/draw-view.ts";
import { layView } from "../mesh/texturing/lay-view.ts";
import { lookAtPaint } from "../mesh/texturing/look-at-paint.ts";
import { matchColours } from "../mesh/texturing/match-colours.ts";
import type { Paint } from "../mesh/texturing/paint.ts";
import type { PaintSurface } from "../mesh/texturing/paint-surface.ts";
import type { PaintTexels } from "../mesh/texturing/paint-texels.ts";
import type { ViewSide } from "../mesh/texturing/plan-views.ts";
import { repaintMask } from "../mesh/texturing/repaint-mask.ts";
import { aimCamera } from "../mesh/texturing/view-camera.ts";
import { depthMap, lineMap, maskMap, normalMap } from "../mesh/texturing/view-maps.ts";
import { measureView } from "../mesh/texturing/view-shape.ts";
import type { ImageBundle } from "../models/bundle.ts";
import type { ControlKind } from "../protocol/image.ts";
import { LIMITS_DEFAULTS } from "../protocol/limits.ts";
import type { RawImage } from "../tensor/image.ts";
import { generateImages } from "./controlnet-image.ts";
import { resolveImageParams } from "./image-params.ts";
import type { PipelineContext } from "./pipeline.ts";
import type { ResolvedTextureParams } from "./texture-params.ts";
import { BACKGROUND_COLOUR, PAINTED_COLOUR, viewMapKinds, viewParams } from "./texture-view-params.ts";

/** What is painted, and on what. */
export interface PaintJob {
  readonly surface: PaintSurface;
  readonly texels: PaintTexels;
  readonly paint: Paint;
  /** The look before; absent = painted from nothing. */
  readonly present?: Paint;
}

/**
 * Light of the views as their light map says it: from everywhere, lit at an angle, so that neither shadow nor highlight is painted into
 * a texture that will be lit again.
 */
const EVEN_LIGHT = [153, 255, 255] as const;
/**
 * Later views start from a little less than pure noise, over colours that flow in from what is painted: the little that is left of these
 * keeps the mean colour from drifting. Only where a request has enough steps.
 */
const ANCHOR_STRENGTH = 0.92;
const ANCHOR_STEPS = 8;

/** Gives the number of steps that a view runs. */
export function viewSteps({ num_inference_steps, strength }: ResolvedTextureParams): number {
  return strength === 1 ? num_inference_steps : Math.trunc(num_inference_steps * strength);
}

/**
 * Makes the picture of one view and lays it on the surface: from noise where nothing is painted, by inpainting where something is.
 *
 * @param index of the view in its order
 * @throws CoreError as {@link generateImages} does
 */
export async function paintView(
  { surface, texels, paint, present }: PaintJob,
  side: ViewSide,
  index: number,
  params: ResolvedTextureParams,
  context: PipelineContext<ImageBundle>,
): Promise<void> {
  const { bundle } = context;
  const size = params.view_size;
  const camera = aimCamera(surface, side.towards, size);
  const buffer = drawView(surface, camera);
  const shape = measureView(surface, camera, buffer);
  const look = lookAtPaint(surface, texels, paint, buffer);
  const before = present === undefined ? undefined : lookAtPaint(surface, texels, present, buffer);
  const { mask, opacity, start } = repaintMask(camera, buffer, shape, look, before);
  if (!mask.includes(1)) return;

  const pictures = new Map<string, Uint8Array>();
  const keep = async (image: RawImage) => {
    const bytes = await encodeImage(image, { mime: "image/png", quality: 100 });
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    pictures.set(sha256, bytes);
    return sha256;
  };
  const makers: Partial<Record<ControlKind, () => RawImage>> = {
    depth: () => depthMap(camera, buffer),
    normal: () => normalMap(camera, buffer, shape),
    lineart: () => lineMap(camera, buffer, shape),
    light: () => maskMap(camera, buffer, EVEN_LIGHT, EVEN_LIGHT),
    segmentation: () => maskMap(camera, buffer, bytesOf(PAINTED_COLOUR), bytesOf(BACKGROUND_COLOUR)),
  };
  const maps: Partial<Record<ControlKind, string>> = {};
  for (const kind of viewMapKinds(params, bundle)) {
    const image = makers[kind]?.();
    if (image !== undefined) maps[kind] = await keep(image);
  }
  const isFirst = look.painted.every((share) => share === 0);
  const canStart = bundle.manifest.components.vae_encoder !== undefined && (!isFirst || present !== undefined);
  const anchored = isFirst || params.num_inference_steps < ANCHOR_STEPS ? 1 : ANCHOR_STRENGTH;
  const started = {
    start: {
      image: canStart ? await keep(pictureOf(start, size)) : "",
      strength: Math.min(params.strength, anchored),
      ...(isFirst ? {} : { mask: canStart ? await keep(maskPicture(mask, size)) : "" }),
    },
  };
  const request = viewParams(params, bundle, { maps, words: side.words, ...(canStart ? started : {}) });
  const resolved = resolveImageParams(request, { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => params.seed });
  const [made] = await generateImages(resolved, {
    ...context,
    readAsset: async (sha256) => pictures.get(sha256) ?? context.readAsset(sha256),
  });
  if (made === undefined) return;
  const raw = Float32Array.from(made.image.data, (byte) => byte / 255);
  const picture = matchColours(raw, size, { mask, opacity, start }, look, shape);
  layView(surface, texels, paint, index, { camera, buffer, shape, picture, opacity });
}

function pictureOf(colours: Float32Array, size: number): RawImage {
  const data = Uint8Array.from(colours, (value) => Math.round(Math.min(Math.max(value, 0), 1) * 255));
  return { width: size, height: size, channels: 3, data };
}

function maskPicture(mask: Uint8Array, size: number): RawImage {
  return { width: size, height: size, channels: 1, data: mask.map((value) => value * 255) };
}

function bytesOf(colour: string): [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
