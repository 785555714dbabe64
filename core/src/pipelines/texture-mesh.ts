import { decodeTexture } from "../formats/decode-texture.ts";
import { encodeImage } from "../formats/encode-image.ts";
import { type GlbFile, writeGlb } from "../formats/glb-file.ts";
import { openPaintable } from "../formats/open-paintable.ts";
import { type EncodedTexture, type Repaint, repaintGlb } from "../formats/repaint-glb.ts";
import { drawTurntable } from "../mesh/texturing/draw-turntable.ts";
import { fillUnpainted } from "../mesh/texturing/fill-unpainted.ts";
import { finishTexture } from "../mesh/texturing/finish-texture.ts";
import { emptyPaint, layColour, type Paint } from "../mesh/texturing/paint.ts";
import { findPaintTexels, type PaintTexels } from "../mesh/texturing/paint-texels.ts";
import {
  drawSides,
  planViews,
  type SeenSides,
  seenTriangles,
  seeSides,
  VIEW_SIDES,
} from "../mesh/texturing/plan-views.ts";
import type { ImageBundle } from "../models/bundle.ts";
import type { RawImage } from "../tensor/image.ts";
import { breathe } from "./breathe.ts";
import { type PaintJob, paintView, viewSteps } from "./paint-view.ts";
import type { PipelineContext } from "./pipeline.ts";
import { type PresentLook, readPresentLook } from "./present-look.ts";
import type { ResolvedTextureParams } from "./texture-params.ts";
import { type PaintGroup, prepareSurface } from "./texture-surface.ts";
import type { TexturedMesh } from "./textured-mesh.ts";

/** Shares of the progress bar: reading and planning before the views, filling and writing after them. */
const PLAN_SHARE = 0.08;
const FINISH_SHARE = 0.08;
/** Texels that views are planned by: enough for a share of a thousandth. */
const PLAN_TEXELS = 20_000;

/** A mesh that was painted, with all that is known of its texels, for whoever measures it. */
export interface PaintedMesh extends PaintJob {
  /** Views in their order, indices into VIEW_SIDES. */
  readonly views: readonly number[];
  /** Part of the texels that can be seen from outside that a view painted. */
  readonly painted: number;
}

/**
 * Paints a mesh: pictures of it from several sides, each fitted to what the ones before left, are laid onto its texture.
 *
 * TEXTure (Richardson et al., SIGGRAPH 2023) and Text2Tex (Chen et al., ICCV 2023): depth-guided pictures view by view, of which each
 * keeps, paints anew or mixes. Chosen views and matched colours are this project's.
 *
 * @param params as {@link resolveTextureParams} gave them
 * @param onPainted hears of the paint before it is written
 * @returns one painted mesh
 * @throws CoreError ASSET_UNREADABLE, INVALID_REQUEST (the mesh has no texture coordinates), INFERENCE_FAILED, OUT_OF_MEMORY,
 *   BUNDLE_INVALID; the signal's reason when aborted
 */
export async function textureMesh(
  params: ResolvedTextureParams,
  context: PipelineContext<ImageBundle>,
  onPainted: (painted: PaintedMesh) => void = () => {},
): Promise<TexturedMesh[]> {
  const { signal, onProgress } = context;
  let total_steps = params.max_views * viewSteps(params);
  const report = (stage: string, progress: number, step: number) => onProgress({ stage, progress, step, total_steps });
  report("read", 0, 0);
  const paintable = await openPaintable(await context.readAsset(params.mesh), params.objects);
  const prepared = prepareSurface(paintable, params);
  const { surface, groups } = prepared;
  await breathe(signal);

  report("plan", PLAN_SHARE / 4, 0);
  const drawn = drawSides(surface);
  await breathe(signal);
  const texels = findPaintTexels(surface, params.texture_size, seenTriangles(surface, drawn));
  await breathe(signal);
  const sample = sampleTexels(texels);
  const sides = seeSides(surface, sample, drawn);
  const views = planViews(sides, params.max_views);
  total_steps = views.length * viewSteps(params);
  await breathe(signal);

  const look = await readPresentLook(paintable.file, prepared, texels);
  const paint = emptyPaint(texels);
  const job: PaintJob = { surface, texels, paint, ...(params.strength < 1 ? { present: presentPaint(look) } : {}) };
  for (const [index, view] of views.entries()) {
    const side = VIEW_SIDES[view];
    if (side === undefined) throw new Error(`there is no side ${view}`);
    const before = PLAN_SHARE + ((1 - PLAN_SHARE - FINISH_SHARE) * index) / views.length;
    const share = (1 - PLAN_SHARE - FINISH_SHARE) / views.length;
    await paintView(job, side, index, params, {
      ...context,
      onProgress: ({ stage, progress, step }) =>
        report(stage, before + share * progress, index * viewSteps(params) + step),
      // The thing as it is so far says more than a picture of one side.
      onPreview: () => {},
    });
    await breathe(signal);
    if (params.preview.every_steps > 0) {
      const image = drawTurntable(surface, texels, paint, Math.max(8, Math.floor(params.preview.max_size / 4)));
      context.onPreview({ image, output_index: 0, step: (index + 1) * viewSteps(params) });
    }
  }

  report("finish", 1 - FINISH_SHARE, total_steps);
  const painted = paintedShare(sides, sample.rows, paint);
  onPainted({ ...job, views, painted });
  fillUnpainted(texels, paint);
  await breathe(signal);
  const repaints: Repaint[] = [];
  for (const [texture, group] of groups.entries()) {
    const alpha = look.withAlpha.has(texture) ? look.alpha : undefined;
    const image = finishTexture(texels, paint, texture, alpha);
    repaints.push(await repaintOf(group, image, paintable.file, params));
    await breathe(signal);
  }
  report("encode", 1 - FINISH_SHARE / 4, total_steps);
  const bytes = writeGlb(repaintGlb(paintable.file, repaints, materialOf(params)));
  report("encode", 1, total_steps);
  const facts = {
    objects: [...new Set(paintable.primitives.map(({ name }) => name))],
    views: views.length,
    painted,
    texture_size: params.texture_size,
    warnings: [...prepared.warnings, ...coverageWarnings(painted, params, views.length)],
  };
  return [{ bytes, seed: params.seed, facts }];
}

/** Gives every n-th texel, about as many as planning needs, and their rows. */
function sampleTexels({ triangle, positions }: PaintTexels) {
  const step = Math.max(1, Math.floor(triangle.length / PLAN_TEXELS));
  const rows = Uint32Array.from({ length: Math.ceil(triangle.length / step) }, (_, at) => at * step);
  return {
    rows,
    triangle: rows.map((row) => triangle[row] as number),
    positions: Float32Array.from({ length: rows.length * 3 }, (_, at) => {
      const row = rows[Math.floor(at / 3)] as number;
      return positions[row * 3 + (at % 3)] as number;
    }),
  };
}

/** Part of the sampled texels that any side sees and a view painted. */
function paintedShare({ quality }: SeenSides, rows: Uint32Array, { weight }: Paint): number {
  let [visible, painted] = [0, 0];
  for (const [at, row] of rows.entries()) {
    if (!quality.some((side) => (side[at] as number) > 0)) continue;
    visible += 1;
    if ((weight[row] as number) > 0) painted += 1;
  }
  return visible === 0 ? 0 : painted / visible;
}

/** The look before as paint. */
function presentPaint({ colour }: PresentLook): Paint {
  const paint = emptyPaint({ triangle: new Uint32Array(colour.length / 3) });
  for (let row = 0; row < paint.weight.length; row += 1) {
    layColour(paint, row, 255, 1, 1, colour.subarray(row * 3, row * 3 + 3));
  }
  return paint;
}

function materialOf({ roughness, metallic }: ResolvedTextureParams) {
  return { ...(roughness === undefined ? {} : { roughness }), ...(metallic === undefined ? {} : { metallic }) };
}

async function repaintOf(
  group: PaintGroup,
  image: RawImage,
  file: GlbFile,
  params: ResolvedTextureParams,
): Promise<Repaint> {
  const mime = params.output.texture_mime;
  const encode = async (picture: RawImage, quality: number): Promise<EncodedTexture> => ({
    bytes: await encodeImage(picture, { mime, quality }),
    mime,
  });
  const surface = await constantSurface(group, file, params);
  return {
    name: group.name,
    primitives: group.primitives,
    ...(group.uvs === undefined ? {} : { uvs: group.uvs }),
    baseColour: await encode(image, 92),
    ...(surface === undefined ? {} : { metallicRoughness: await encode(surface, 100) }),
  };
}

/** Gives the texture of roughness and metalness without what the request sets for the whole material; nothing where it can stay. */
async function constantSurface(
  { primitives: [first] }: PaintGroup,
  file: GlbFile,
  { roughness, metallic }: ResolvedTextureParams,
): Promise<RawImage | undefined> {
  if (roughness === undefined && metallic === undefined) return undefined;
  const material = first?.material === undefined ? undefined : file.json.materials?.[first.material];
  const index = material?.pbrMetallicRoughness?.metallicRoughnessTexture?.index;
  const picture = index === undefined ? undefined : await decodeTexture(file, index);
  if (picture === undefined) return undefined;
  const data = picture.data.slice();
  for (let at = 0; at < data.length; at += 4) {
    if (roughness !== undefined) data[at + 1] = 255;
    if (metallic !== undefined) data[at + 2] = 255;
  }
  return { ...picture, data };
}

function coverageWarnings(painted: number, { max_views }: ResolvedTextureParams, views: number): string[] {
  if (painted >= 0.95 || views < max_views) return [];
  const share = Math.round(painted * 100);
  return [
    `${views === 1 ? "One view" : `${views} views`} reached ${share} % of what can be seen; the rest took the colours around it. A larger max_views reaches more.`,
  ];
}
