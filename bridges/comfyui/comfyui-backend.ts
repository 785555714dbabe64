import { createHash } from "node:crypto";
import type { ComfyServerSettings } from "../../core/src/comfyui-settings.ts";
import type { HostJobOptions } from "../../core/src/host/host-api.ts";
import type {
  BackendJob,
  BackendResult,
  ImageBackend,
  RemoteListing,
  RemoteRequest,
} from "../../core/src/host/image-backend.ts";
import type { Logger } from "../../core/src/logger.ts";
import type { GeneratedImage } from "../../core/src/pipelines/pipeline.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import type { Limits } from "../../core/src/protocol/limits.ts";
import { backendName } from "./catalog.ts";
import type { ServerTimes } from "./comfy-connection.ts";
import { PromptLostError } from "./comfy-server.ts";
import { nearest } from "./nearest.ts";
import { planRequest, type RequestPlan } from "./plan-request.ts";
import { runPicture } from "./run-picture.ts";
import { type PoolSeat, ServerPool } from "./server-pool.ts";

/** Options of {@link openComfyBackend}. */
export interface ComfyBackendOptions {
  servers: readonly ComfyServerSettings[];
  /** Folder that the files of workflows are relative to. */
  home: string;
  /** Folder for what may be deleted at any time: known hashes. */
  cache_folder: string;
  limits: Limits;
  /** Whether model files must be hashed before work starts, since the policy asks for it. */
  hash_first: boolean;
  /** Time for which jobs wait for a server that is away. */
  patience_ms: number;
  drawSeed: () => number;
  logger: Logger;
  /** Called when bundles come, go or change their state. */
  onChange: () => void;
  times?: Partial<ServerTimes>;
}

/** Times that a picture is begun again after its server lost it. */
const ATTEMPTS = 3;
/** Time for a server to come back before a job goes to another one. */
const GRACE_MS = 5000;

/** Makes pictures on ComfyUI servers; each is connected in the background, and again whenever it comes back. */
export function openComfyBackend(options: ComfyBackendOptions): ImageBackend {
  return new ComfyBackend(options);
}

class ComfyBackend implements ImageBackend {
  readonly #options: ComfyBackendOptions;
  readonly #pools = new Map<string, ServerPool>();

  constructor(options: ComfyBackendOptions) {
    this.#options = options;
    for (const name of new Set(options.servers.map((server) => server.name))) {
      const servers = options.servers.filter((server) => server.name === name);
      this.#pools.set(backendName(name), new ServerPool(name, servers, options));
    }
  }

  backendOf(bundle_id: string): string | undefined {
    const slash = bundle_id.indexOf("/");
    return bundle_id.startsWith("comfyui:") && slash > 0 ? bundle_id.slice(0, slash) : undefined;
  }

  workers(backend: string): number {
    // Jobs for a server that is no longer in the settings are taken one by one, and end with that as their reason.
    return this.#pools.get(backend)?.jobs ?? 1;
  }

  async resolve(raw: Record<string, unknown>, queued?: AbortSignal): Promise<RemoteRequest> {
    const id = String(raw.bundle);
    const pool = this.#pool(id);
    const offer = await pool.find(id, queued);
    if (offer === undefined) throw notFound(id, pool);
    if (queued === undefined) pool.refuseIfAway(offer.manifest.id);
    const { limits, drawSeed } = this.#options;
    const plan = planRequest(raw, offer, pool.facts(offer), { limits, drawSeed });
    const models = await pool.declare(plan.models, pool.seatsOf(offer.manifest.id), {
      hash: this.#options.hash_first,
      signal: queued,
    });
    const bundle = { manifest: offer.manifest, backend: backendName(pool.name), models };
    return { params: plan.params, bundle, memory_bytes: 0 };
  }

  async run(job: BackendJob, options: HostJobOptions): Promise<BackendResult> {
    const { signal } = options;
    const pool = this.#pool(job.bundle.manifest.id);
    const offer = await pool.find(job.bundle.manifest.id, signal);
    if (offer === undefined) throw notFound(job.bundle.manifest.id, pool);
    const { limits, drawSeed } = this.#options;
    // Reading a model of several gigabytes takes as long as the picture; both at once.
    const plan = planRequest({ ...job.params }, offer, pool.facts(offer), { limits, drawSeed });
    const hashing = pool.declare(plan.models, pool.seatsOf(offer.manifest.id), { hash: true, signal });
    hashing.catch(() => undefined);
    const begun = performance.now();
    const pictures = await plan.prepare(job.inputs, signal);
    const prepared = performance.now();
    const images: GeneratedImage[] = [];
    const count = plan.params.num_images_per_prompt;
    const seats = new Set<PoolSeat>();
    for (let index = 0; index < count; index++) {
      const done = await this.#picture({ job, pool, plan, pictures, index }, options);
      seats.add(done.seat);
      images.push(...done.images);
    }
    const used = [...seats];
    const facts = used.at(-1)?.server.facts;
    if (facts === undefined) throw new CoreError("INTERNAL", "A job of no pictures was run.");
    const made = performance.now();
    await hashing;
    const models = await pool.declare(plan.models, used, { hash: true, signal });
    return {
      task: "image",
      generated: images,
      execution: {
        provider: "comfyui",
        device: facts.device,
        runtime: `ComfyUI ${facts.version}${facts.pytorch === "" ? "" : ` (PyTorch ${facts.pytorch})`}`,
        platform: facts.platform,
      },
      timings_ms: { prepare: Math.round(prepared - begun), comfyui: Math.round(made - prepared) },
      backend: { name: "ComfyUI", version: facts.version, server: pool.name, models },
    };
  }

  list(): RemoteListing[] {
    return [...this.#pools.values()].flatMap((pool) => pool.list());
  }

  close(): void {
    for (const pool of this.#pools.values()) pool.close();
  }

  /** Makes the pictures of one seed, on another server or anew if the first one is lost. */
  async #picture(
    { job, pool, plan, pictures, index }: PictureJob,
    options: HostJobOptions,
  ): Promise<{ seat: PoolSeat; images: GeneratedImage[] }> {
    const { signal, onProgress } = options;
    const seed = (plan.params.seed + index) >>> 0;
    const count = plan.params.num_images_per_prompt;
    let reached = 0;
    const report: HostJobOptions["onProgress"] = (progress) => {
      reached = Math.max(reached, progress.progress);
      const { step, total_steps } = progress;
      onProgress({
        stage: progress.stage,
        progress: (index + reached) / count,
        step: index * total_steps + step,
        total_steps: total_steps * count,
      });
    };
    for (let attempt = 1; ; attempt++) {
      const onWait = () => report({ stage: "wait", progress: 0, step: 0, total_steps: plan.steps });
      const seat = await pool.take(plan.offer.manifest.id, signal, onWait);
      try {
        const patience_ms = () => (pool.hasOther(plan.offer.manifest.id, seat) ? GRACE_MS : this.#options.patience_ms);
        const watch = { signal, patience_ms, onProgress: report, onPreview: options.onPreview };
        const { job_id } = job;
        const { max_pixels } = this.#options.limits;
        const run = {
          plan,
          pictures,
          seed,
          job_id,
          prompt_id: promptId(job_id, index),
          output_index: index,
          max_pixels,
        };
        const images = await runPicture(seat.server, run, watch);
        return { seat, images };
      } catch (thrown) {
        // A server may also go while a picture is brought there or fetched.
        const gone = thrown instanceof CoreError && thrown.code === "BACKEND_UNAVAILABLE";
        if (!(thrown instanceof PromptLostError) && !gone) throw thrown;
        const { logger } = this.#options;
        logger.warn({ job_id: job.job_id, attempt, server: pool.name }, thrown.message);
        if (attempt < ATTEMPTS) continue;
        throw new CoreError("BACKEND_UNAVAILABLE", `ComfyUI server "${pool.name}" lost the job ${attempt} times.`, {
          remedy: "Look at why ComfyUI ends or restarts, then retry the job.",
          cause: thrown,
        });
      } finally {
        pool.free(seat);
      }
    }
  }

  #pool(bundle_id: string): ServerPool {
    const backend = this.backendOf(bundle_id);
    const pool = backend === undefined ? undefined : this.#pools.get(backend);
    if (pool !== undefined) return pool;
    const names = [...this.#pools.keys()].join(", ") || "none";
    throw new CoreError("BUNDLE_NOT_FOUND", `No ComfyUI server is called as in "${bundle_id}"; there are: ${names}.`, {
      remedy: "Correct the bundle, or add the server to the setting `comfyui`.",
    });
  }
}

interface PictureJob {
  job: BackendJob;
  pool: ServerPool;
  plan: RequestPlan;
  pictures: Awaited<ReturnType<RequestPlan["prepare"]>>;
  index: number;
}

/** Gives a picture's prompt the same id after a restart of the core, so that what the server has done is taken up. */
function promptId(job_id: string, index: number): string {
  const hex = createHash("sha256").update(`${job_id}\0${index}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function notFound(id: string, pool: ServerPool): CoreError {
  const ids = pool.list().map(({ manifest }) => manifest.id);
  const near = nearest(id, ids);
  const problem = pool.problemOf(id);
  if (problem !== undefined) return problem;
  return new CoreError(
    "BUNDLE_NOT_FOUND",
    `ComfyUI server "${pool.name}" offers no "${id}"${near === undefined ? "" : `; the nearest is "${near}"`}.`,
    { remedy: "Run `genga models list` to see what it offers.", data: { bundles: ids.slice(0, 100) } },
  );
}
