import { TorchGenerator } from "../diffusion/torch-generator.ts";
import { decodeMotion } from "../formats/decode-motion.ts";
import type { MotionBundle } from "../models/bundle.ts";
import { finishMotion } from "../motion/finish-motion.ts";
import type { PathCourse } from "../motion/follow-path.ts";
import { frameCount } from "../motion/motion.ts";
import { type MotionTargets, motionTargets } from "../motion/motion-targets.ts";
import { tempoOf, withoutTempo } from "../motion/motion-words.ts";
import { breathe } from "./breathe.ts";
import type { GeneratedMotion, MotionOrigin, MotionSegmentSpan } from "./generated-motion.ts";
import { createMotionDenoiser, stepsOf } from "./motion-denoiser.ts";
import type { ResolvedMotionParams } from "./motion-params.ts";
import { planMotion } from "./motion-plan.ts";
import { drawMotionStrip } from "./motion-preview.ts";
import { type FoundReference, findReference, loadClipLibrary } from "./motion-references.ts";
import { loadMotionRows } from "./motion-rows.ts";
import { encodeTexts, loadMotionTokenizer } from "./motion-text.ts";
import { BLEND_FRAMES, countSteps, makeTimeline, SLACK_FRAMES, type TimelinePart } from "./motion-timeline.ts";
import type { PipelineContext } from "./pipeline.ts";
import { spokenPace } from "./spoken-pace.ts";

/** Shares of the progress bar: reading and encoding, and of each motion the clean-up. */
const ENCODE_SHARE = 0.05;
const FINISH_SHARE = 0.1;
/** Frames made beyond the end, for a loop to find its end and to close in. */
const LOOP_TAIL_FRAMES = 22;
/** What the network makes from noise trembles at the frame rate, seconds; a varied recording little, one as it is not at all. */
const TREMORS_S = { generated: 0.04, varied: 0.025, retrieved: 0 } as const;

/** Whether clips are taken in each mode. */
const TAKES = { hybrid: "near", retrieved: "always", generated: "never" } as const;

type MotionContext = PipelineContext<MotionBundle>;

/**
 * Makes the motions of a request: each segment from the nearest recorded clip, varied by the network, or from noise alone, one after the
 * other without a seam; then path, heading and key poses are met exactly, feet are held, and the frame rate is that of the request.
 *
 * Motion i starts from seed + i. With a `source` no network runs: that motion is looped, freed of its way, or resampled.
 *
 * @param request as {@link resolveMotionParams} gave it
 * @throws CoreError INVALID_REQUEST, ASSET_UNREADABLE, INFERENCE_FAILED, OUT_OF_MEMORY, BUNDLE_INVALID; the signal's reason when aborted
 */
export async function generateMotion(
  request: ResolvedMotionParams,
  context: MotionContext,
): Promise<GeneratedMotion[]> {
  if (request.source !== undefined) return [await takeSource(request, request.source, context)];
  const pace = spokenPace(request);
  const params = pace === undefined ? request : { ...request, speed: request.speed * pace };
  const { bundle, signal, onProgress } = context;
  const prepared = await prepare(params, context);
  const { plan, rows } = prepared;
  const count = params.num_motions_per_prompt;
  const drawn = Array.from({ length: count }, (_, index) => choose(params, prepared, index));
  const { motion_diffusion: config } = bundle.manifest;
  const each = drawn.map(({ parts }) =>
    countSteps({
      parts,
      config,
      steps: params.num_inference_steps,
      variation: variationOf(params),
      tail_frames: tailOf(params),
    }),
  );
  const total_steps = Math.max(
    1,
    each.reduce((sum, steps) => sum + steps, 0),
  );
  let step = 0;
  const report = (stage: string, progress: number) => onProgress({ stage, progress, step, total_steps });
  report("encode", ENCODE_SHARE);

  const results: GeneratedMotion[] = [];
  for (const [index, { parts, origin, warnings }] of drawn.entries()) {
    const seed = (params.seed + index) >>> 0;
    const share = (1 - ENCODE_SHARE) / count;
    const before = ENCODE_SHARE + index * share;
    const start = step;
    const { every_steps, max_size } = params.preview;
    const made = await makeTimeline({
      parts,
      targets: prepared.targets,
      config,
      rows,
      denoiser: prepared.denoiser,
      unsaid: prepared.unsaid,
      steps: params.num_inference_steps,
      guidance_scale: params.guidance_scale,
      variation: variationOf(params),
      tail_frames: tailOf(params),
      generator: new TorchGenerator(seed),
      onStep: (guess) => {
        step++;
        const part = (step - start) / Math.max(1, each[index] ?? 1);
        report("denoise", before + share * (1 - FINISH_SHARE) * part);
        if (every_steps > 0 && (step - start) % every_steps === 0) {
          context.onPreview({ image: drawMotionStrip(guess(), max_size), output_index: index, step });
        }
      },
    });
    report("finish", before + share * (1 - FINISH_SHARE));
    await breathe(signal);
    const motion = finishMotion(made, {
      ...params,
      duration_s: plan.duration_s,
      output_fps: params.output.fps,
      contacts_known: parts.every(({ reference }) => reference !== undefined),
      tremor_s: Math.max(...origin.map(({ kind }) => (kind === "source" ? 0 : TREMORS_S[kind]))),
    });
    results.push({ motion, seed, segments: spansOf(params, params.output.fps), origin, warnings });
    report("finish", before + share);
    await breathe(signal);
  }
  return results;
}

/** Gives the motion of a file with what is asked of it done; no network runs. */
async function takeSource(
  params: ResolvedMotionParams,
  sha256: string,
  { readAsset, onProgress, signal }: MotionContext,
): Promise<GeneratedMotion> {
  onProgress({ stage: "read", progress: 0, step: 0, total_steps: 1 });
  const { motion: source, segments } = decodeMotion(await readAsset(sha256));
  await breathe(signal);
  const { speed } = params;
  const duration_s = frameCount(source) / source.fps / speed;
  const motion = finishMotion(source, {
    ...params,
    duration_s,
    output_fps: params.output.fps,
    tremor_s: 0,
    contacts_known: true,
  });
  onProgress({ stage: "finish", progress: 1, step: 1, total_steps: 1 });
  const frameAt = (frame: number) => Math.round((frame / source.fps / speed) * params.output.fps);
  return {
    motion,
    seed: params.seed,
    segments: segments.map(({ prompt, start_frame, end_frame }) => ({
      prompt,
      start_frame: frameAt(start_frame),
      end_frame: frameAt(end_frame),
    })),
    origin: [{ segment: 0, kind: "source", clips: [] }],
    warnings: [],
  };
}

/** What all motions of a request share. */
async function prepare(params: ResolvedMotionParams, context: MotionContext) {
  const { bundle, sessions, signal } = context;
  const { motion_diffusion: config, components } = bundle.manifest;
  const rows = await loadMotionRows(bundle);
  const plan = planMotion(params, config.fps);
  const tokenizer = await loadMotionTokenizer(bundle);
  const texts = [...new Set(plan.parts.flatMap(({ prompt }) => [prompt, withoutTempo(prompt)]))];
  const encoder = await sessions.session("text_encoder");
  const [unsaid, ...vectors] = await encodeTexts(["", ...texts], tokenizer, encoder, "text");
  const text = new Map(texts.map((prompt, i) => [prompt, vectors[i] ?? new Float32Array()]));
  await breathe(signal);
  // From noise alone no clip is taken, but what the library does not know the network does not either.
  const library = rows.encode === undefined ? undefined : await loadClipLibrary(bundle);
  let embedding = text;
  if (library !== undefined && components.retriever !== undefined) {
    const found = await encodeTexts(texts, tokenizer, await sessions.session("retriever"), "embedding");
    embedding = new Map(texts.map((prompt, i) => [prompt, found[i] ?? new Float32Array()]));
  }
  await breathe(signal);
  const graph = await sessions.session("denoiser");
  const denoiser = createMotionDenoiser(graph, config, rows.width, signal);
  const targets = motionTargets(params, plan.frames, plan.duration_s, plan.fps * plan.speed);
  return { plan, rows, text, embedding, library, unsaid: unsaid ?? new Float32Array(), denoiser, targets };
}
type Prepared = Awaited<ReturnType<typeof prepare>>;

/** Chooses what each part of a motion is made from. */
function choose(
  params: ResolvedMotionParams,
  { plan, rows, text, embedding, library, targets }: Prepared,
  index: number,
): { parts: TimelinePart[]; origin: MotionOrigin[]; warnings: string[] } {
  const found = plan.parts.map((part, i): FoundReference => {
    if (library === undefined) return {};
    const beyond = i === plan.parts.length - 1 ? tailOf(params) : BLEND_FRAMES;
    const vectorOf = (prompt: string) => ({ prompt, embedding: embedding.get(prompt) ?? new Float32Array() });
    return findReference(library, {
      ...vectorOf(part.prompt),
      plain: tempoOf(part.prompt) === undefined ? undefined : vectorOf(withoutTempo(part.prompt)),
      frames: part.end - part.start + beyond + (i > 0 && targets.path === undefined ? SLACK_FRAMES : 0),
      course: courseOf(targets, part.start, part.end + beyond),
      choice: index,
      take: TAKES[params.mode],
    });
  });
  const timed = targets.path !== undefined || targets.heading !== undefined || targets.keys.length > 0;
  const parts = plan.parts.map((part, i): TimelinePart => {
    const reference = found[i]?.reference?.motion;
    // Tempo that the playing gives is not asked of the network as well.
    const said = spokenPace(params) === undefined ? part.prompt : withoutTempo(part.prompt);
    const next = found[i + 1];
    // Where times are told they are kept, and rows that no motion gives cannot be played otherwise.
    const free = !timed && rows.encode !== undefined && next !== undefined && next.reference === undefined;
    const slack = reference === undefined && free ? { slack_frames: SLACK_FRAMES } : {};
    return { ...part, text: text.get(said) ?? new Float32Array(), ...(reference && { reference }), ...slack };
  });
  const varied = stepsOf(params.num_inference_steps, variationOf(params)) > 0;
  const origin = params.segments.map((_, segment): MotionOrigin => {
    const own = plan.parts.flatMap((part, i) => (part.segment === segment ? [found[i]?.reference] : []));
    const clips = own.flatMap((reference) => (reference === undefined ? [] : [reference.clip]));
    const kind = clips.length === 0 ? "generated" : varied || clips.length < own.length ? "varied" : "retrieved";
    return { segment, kind, clips };
  });
  const warnings = plan.parts.flatMap(({ segment }, i) => {
    const { unknown, reference } = found[i] ?? {};
    if (unknown === undefined) return [];
    const made = reference === undefined ? "It was made from noise alone." : "That was taken.";
    return [`Segment ${segment + 1} says an action that the bundle does not know; nearest: "${unknown}". ${made}`];
  });
  return { parts, origin, warnings: [...new Set(warnings)] };
}

/** Gives the part of a path that a part of the timeline goes; beyond the path's end it goes straight on. */
function courseOf({ path, heading }: MotionTargets, start: number, end: number): PathCourse | undefined {
  if (path === undefined) return undefined;
  const last = path.length / 2 - 1;
  const part = new Float64Array((end - start) * 2);
  for (let frame = start; frame < end; frame++) {
    const at = Math.min(frame, last);
    for (let k = 0; k < 2; k++) {
      const step = (path[last * 2 + k] ?? 0) - (path[last * 2 - 2 + k] ?? 0);
      part[(frame - start) * 2 + k] = (path[at * 2 + k] ?? 0) + step * (frame - at);
    }
  }
  const looks =
    heading && Float64Array.from({ length: end - start }, (_, i) => heading[Math.min(start + i, last)] ?? 0);
  return looks === undefined ? { path: part } : { path: part, heading: looks };
}

function variationOf({ mode, variation }: ResolvedMotionParams): number {
  return mode === "retrieved" ? 0 : variation;
}

function tailOf({ loop }: ResolvedMotionParams): number {
  return loop ? LOOP_TAIL_FRAMES : 0;
}

function spansOf({ segments }: ResolvedMotionParams, fps: number): MotionSegmentSpan[] {
  let time = 0;
  return segments.map(({ prompt, duration_s }) => {
    const start_frame = Math.round(time * fps);
    time += duration_s;
    return { prompt, start_frame, end_frame: Math.round(time * fps) };
  });
}
