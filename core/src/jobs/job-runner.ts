import type { AssetStore } from "../assets/asset-store.ts";
import type { PipelinePreview } from "../pipelines/pipeline.ts";
import type { Output } from "../protocol/core-messages.ts";
import { CoreError } from "../protocol/errors.ts";
import type { GenerationRecord, InputFacts, ModelFacts } from "../protocol/record.ts";
import type { IngredientInput, Provenance } from "../provenance/provenance.ts";
import type { Job } from "./job.ts";
import { admitModels } from "./job-admission.ts";
import type { EventBody } from "./job-events.ts";
import type { NamedAsset, TaskFile, TaskRequest, TaskResult } from "./task.ts";

/** What a run needs of the core. */
export interface RunnerParts {
  assets: AssetStore;
  provenance: Provenance;
  /** Name and version of the program, for the record. */
  software: string;
  clock: () => number;
}

/** How a run is watched and ended. */
export interface RunOptions {
  /** Ends inference within one step. */
  signal: AbortSignal;
  /** Whether the person cancelled: then what is finished but not signed is dropped as well. */
  isCancelled(): boolean;
  emit(event: EventBody): void;
}

/** Share of the whole job's progress that belongs to inference; encoding and signing share the rest. */
const INFERENCE_SHARE = 0.95;

/**
 * Runs a job from its stored inputs to stored, signed outputs: inputs → inference → encode → record → seal → store.
 *
 * @throws CoreError whatever a stage throws; CANCELLED after the signal
 */
export async function runJob(
  job: Job,
  request: TaskRequest,
  parts: RunnerParts,
  options: RunOptions,
): Promise<Output[]> {
  const models = admitModels(request.bundle, parts.provenance);
  const { inputs, facts, bytes } = await readInputs(request.assets, parts);
  const report = progressReporter(options.emit, parts.clock);
  const preview = previewReporter(request.preview_max_size, options.emit);
  const prompt_privacy = parts.provenance.prompt_privacy || job.prompt_privacy === true;
  const result = await request.run(
    { job_id: job.job_id, inputs: bytes, prompt_privacy },
    {
      signal: options.signal,
      onProgress: ({ stage, progress, step, total_steps }) =>
        report(stage, progress * INFERENCE_SHARE, step, total_steps),
      onPreview: preview.take,
    },
  );
  await preview.idle();

  const outputs: Output[] = [];
  const total = result.files.length;
  report("sign", INFERENCE_SHARE, 0, total);
  for (const [index, encode] of result.files.entries()) {
    if (options.isCancelled()) throw new CoreError("CANCELLED", "The job was cancelled.");
    outputs.push(await finishOutput(index, await encode(), { job, result, models, inputs, facts, parts }));
    report("sign", INFERENCE_SHARE + (1 - INFERENCE_SHARE) * ((index + 1) / total), index + 1, total);
  }
  return outputs;
}

interface OutputContext {
  job: Job;
  result: TaskResult;
  models: ModelFacts[];
  inputs: IngredientInput[];
  facts: InputFacts[];
  parts: RunnerParts;
}

async function finishOutput(
  index: number,
  file: TaskFile,
  { job, result, models, inputs, facts, parts }: OutputContext,
): Promise<Output> {
  const { bytes, mime, title, seed, pixels, workflow } = file;
  const original = file.record.mesh?.origin.model;
  if (original !== undefined) parts.provenance.admitLibraryModel(original);
  const record: GenerationRecord = {
    version: 1,
    task: job.task,
    job_id: job.job_id,
    output_index: index,
    created: new Date(parts.clock()).toISOString(),
    software: parts.software,
    params: { ...(result.recorded_params ?? job.params), ...(workflow === undefined ? {} : { workflow }) },
    seed,
    models,
    ...(result.backend === undefined ? {} : { backend: result.backend }),
    inputs: facts,
    ...file.record,
    who: {
      client: `${job.client} ${job.client_version}`,
      ...(job.user === undefined ? {} : { user: job.user }),
      ...(job.project === undefined ? {} : { project: job.project }),
      ...(job.shot === undefined ? {} : { shot: job.shot }),
    },
    execution: result.execution,
    policy: parts.provenance.policy,
  };
  const sealed = await parts.provenance.seal({
    bytes,
    mime,
    title,
    record,
    inputs,
    ...(pixels === undefined ? {} : { pixels }),
    prompt_privacy: job.prompt_privacy ?? false,
  });
  const asset = await parts.assets.put(sealed.bytes, mime, title);
  const sidecar =
    sealed.sidecar === undefined
      ? undefined
      : await parts.assets.put(sealed.sidecar, "application/c2pa", `${title}.c2pa`);
  return {
    asset,
    seed,
    ...file.facts,
    ...(sidecar === undefined ? {} : { sidecar }),
    record: sealed.record,
  };
}

/** Reads every input once, checked against its hash, with the state of its own credential. */
async function readInputs(named: readonly NamedAsset[], { assets, provenance }: RunnerParts) {
  const bytes: Record<string, Uint8Array> = {};
  const inputs: IngredientInput[] = [];
  const facts: InputFacts[] = [];
  const credentials = new Map<string, InputFacts["credential"]>();
  for (const { role, sha256 } of named) {
    const ref = await assets.stat(sha256);
    const content = bytes[sha256] ?? (await assets.read(sha256));
    bytes[sha256] = content;
    const mime = ref?.mime ?? "application/octet-stream";
    const credential = credentials.get(sha256) ?? (await provenance.inspect(content, mime));
    credentials.set(sha256, credential);
    const name = ref?.name === undefined ? {} : { name: ref.name };
    facts.push({ role, sha256, mime, ...name, credential });
    inputs.push({ role, sha256, mime, ...name, bytes: content });
  }
  return { bytes, inputs, facts };
}

/** Keeps progress from going back, and estimates the time left from the pace since inference began its steps. */
function progressReporter(emit: RunOptions["emit"], clock: () => number) {
  let reached = 0;
  let pace: { from: number; since_ms: number } | undefined;
  return (stage: string, progress: number, step: number, total_steps: number): void => {
    reached = Math.min(1, Math.max(reached, progress));
    const now_ms = clock();
    // Loading a model takes its own time; the pace counts from the first step.
    if (pace === undefined && stage !== "load") pace = { from: reached, since_ms: now_ms };
    const done = pace === undefined ? 0 : reached - pace.from;
    const eta =
      pace === undefined || done <= 0 ? {} : { eta_ms: Math.round(((now_ms - pace.since_ms) / done) * (1 - reached)) };
    emit({ type: "progress", stage, progress: reached, step, total_steps, ...eta });
  };
}

/** Encodes previews one after another; of those that come meanwhile, only the latest is shown. */
function previewReporter(max_size: number, emit: RunOptions["emit"]) {
  let waiting: PipelinePreview | undefined;
  let busy = false;
  let last: Promise<void> = Promise.resolve();
  const work = async () => {
    busy = true;
    try {
      const { default: sharp } = await import("sharp");
      while (waiting !== undefined) {
        const { image, output_index, step } = waiting;
        waiting = undefined;
        const { width, height, channels, data } = image;
        const bytes = await sharp(data, { raw: { width, height, channels } })
          .resize(max_size, max_size, { fit: "inside", withoutEnlargement: true })
          .webp({ quality: 80, effort: 1 })
          .toBuffer();
        emit({ type: "preview", mime: "image/webp", bytes: new Uint8Array(bytes), output_index, step });
      }
    } catch {
      // A preview that cannot be encoded is no reason to lose the picture.
    } finally {
      busy = false;
    }
  };
  return {
    take(preview: PipelinePreview): void {
      waiting = preview;
      if (!busy) last = work();
    },
    async idle(): Promise<void> {
      await last;
    },
  };
}
