import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { chooseProvider, type ProviderName, type ProviderTrial } from "../inference/provider-choice.ts";
import type { Logger } from "../logger.ts";
import { packageFolder } from "../package-folder.ts";
import { CoreError } from "../protocol/errors.ts";
import { deviceName } from "./device-name.ts";
import type { HostJob, HostJobOptions, HostResult, HostStatus, InferenceHost } from "./host-api.ts";
import { type HostProcess, startHostProcess } from "./host-process.ts";
import type { HostEvent } from "./worker-api.ts";

/** Options of {@link createInferenceHost}; zeros mean "choose for this machine", as in the settings. */
export interface InferenceHostOptions {
  provider: ProviderName | "auto";
  /** Jobs at once, each in its own thread with its own loaded graphs. */
  workers: number;
  /** Threads of one job; 0 = the machine's cores shared among workers. */
  threads: number;
  /** Memory for loaded graphs of all workers; 0 = half of the machine's. */
  memory_budget_bytes: number;
  /** Time for a step to end after a cancel before the process is ended. */
  cancel_grace_ms: number;
  /** Folder for what may be deleted at any time: optimised graphs, known hashes. */
  cache_folder: string;
  logger: Logger;
  /** Environment that the process gets, for graphics libraries. */
  env: Record<string, string | undefined>;
  prompt_privacy?: boolean;
  /** Ends the process when nothing ran for so long; 0 = never. */
  idle_unload_ms?: number;
  /** First pause before a crashed process is started again; doubles up to 30 s with each crash. */
  restart_delay_ms?: number;
  /** Built files of host/main.ts and host/worker.ts; those in dist/ by default. */
  host_entry?: string;
  worker_entry?: string;
}

interface Running {
  onEvent(event: HostEvent): void;
}

interface Started {
  process: HostProcess;
  /** Ended by us; no sign of trouble. */
  killed: boolean;
  provider: ProviderName;
  device: string;
}

const RESTART_DELAY_MS = 250;
const RESTART_DELAY_MAX_MS = 30_000;
/** Time for a driver to answer the first call. */
const TRIAL_MS = 60_000;
/** Crashes in a row after which `auto` gives a graphics provider up. */
const CRASHES_OF_PROVIDER = 2;

/** Makes the inference host; its process starts with the first job. */
export function createInferenceHost(options: InferenceHostOptions): InferenceHost {
  return new ForkedInferenceHost(options);
}

class ForkedInferenceHost implements InferenceHost {
  readonly workers: number;
  readonly #options: Required<InferenceHostOptions>;
  readonly #jobs = new Map<string, Running>();
  readonly #settled = new Set<Promise<unknown>>();
  /** Providers that took the process down. */
  readonly #excluded = new Map<ProviderName, string>();
  #host: Promise<Started> | undefined;
  #current: Started | undefined;
  #provider: ProviderName | undefined;
  #restarts = 0;
  #crashes = 0;
  #restartAt = 0;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: InferenceHostOptions) {
    const dist = join(packageFolder(), "dist");
    this.#options = {
      prompt_privacy: false,
      idle_unload_ms: 0,
      restart_delay_ms: RESTART_DELAY_MS,
      host_entry: join(dist, "host.js"),
      worker_entry: join(dist, "worker.js"),
      ...options,
    };
    this.workers = options.workers;
  }

  async run(job: HostJob, options: HostJobOptions): Promise<HostResult> {
    if (this.#closed) throw new CoreError("SHUTTING_DOWN", "The core is stopping and starts no more jobs.");
    if (options.signal.aborted) throw cancelledError();
    clearTimeout(this.#idle);
    const answer = this.#run(job, options);
    this.#settled.add(answer);
    try {
      const result = await answer;
      this.#crashes = 0;
      return result;
    } finally {
      this.#settled.delete(answer);
      this.#unloadWhenIdle();
    }
  }

  async #run(job: HostJob, { signal, onProgress, onPreview }: HostJobOptions): Promise<HostResult> {
    const started = await untilAborted(this.#start(), signal);
    const { process } = started;
    const { job_id } = job;
    const { cancel_grace_ms, logger } = this.#options;
    let lastStep = performance.now();
    let longestStep = 0;
    let grace: NodeJS.Timeout | undefined;
    let killed = false;
    this.#jobs.set(job_id, {
      onEvent: (event) => {
        if (event.event === "preview" && !signal.aborted) onPreview(event.preview);
        if (event.event !== "progress") return;
        const now = performance.now();
        longestStep = Math.max(longestStep, now - lastStep);
        lastStep = now;
        if (!signal.aborted) onProgress(event.progress);
      },
    });
    const onAbort = () => {
      void process.api.cancel(job_id);
      // A step that always takes longer than the grace period is slow, not stuck.
      const patience = Math.max(cancel_grace_ms, 2 * longestStep);
      grace = setTimeout(() => {
        killed = true;
        started.killed = true;
        logger.warn(
          { job_id, waited_ms: Math.round(patience) },
          "a cancelled job did not stop; ending the inference process",
        );
        process.kill();
      }, patience);
    };
    try {
      const answer = process.call(Promise.resolve(process.api.run(job)));
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) onAbort();
      return await answer;
    } catch (thrown) {
      if (killed) throw cancelledError();
      throw thrown;
    } finally {
      signal.removeEventListener("abort", onAbort);
      clearTimeout(grace);
      this.#jobs.delete(job_id);
    }
  }

  async status(): Promise<HostStatus> {
    const base = { restarts: this.#restarts, busy: this.#jobs.size, workers: this.workers };
    const started = await this.#host?.catch(() => undefined);
    const memory = await started?.process.call(started.process.api.memory()).catch(() => undefined);
    if (started === undefined || memory === undefined) {
      return {
        ...base,
        pid: undefined,
        provider: this.#provider ?? this.#options.provider,
        device: "",
        memory_bytes: 0,
      };
    }
    const { process, provider, device } = started;
    return { ...base, pid: process.pid, provider, device, memory_bytes: memory.memory_bytes };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    const patience = new AbortController();
    await Promise.race([
      Promise.allSettled(this.#settled),
      delay(this.#options.cancel_grace_ms, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
    await this.#unload();
  }

  #start(): Promise<Started> {
    this.#host ??= this.#startProcess().catch((thrown: unknown) => {
      this.#host = undefined;
      throw thrown;
    });
    return this.#host;
  }

  async #startProcess(): Promise<Started> {
    const {
      logger,
      provider: asked,
      workers,
      threads,
      memory_budget_bytes,
      cache_folder,
      prompt_privacy,
    } = this.#options;
    const wait = this.#restartAt - performance.now();
    if (wait > 0) await delay(wait);
    const slot: { process: HostProcess } = { process: this.#fork() };
    try {
      const facts = await slot.process.call(slot.process.api.facts());
      const { machine, runtime_version } = facts;
      if (this.#provider === undefined) {
        const choice = await chooseProvider(asked, process.platform, (provider) => this.#try(provider, slot));
        logger.info({ provider: choice.provider, trials: choice.trials }, choice.line);
        this.#provider = choice.provider;
      }
      const provider = this.#provider;
      const device = deviceName(provider, machine);
      await slot.process.call(
        slot.process.api.start(workers, {
          provider,
          device,
          platform: machine.platform,
          threads: threads > 0 ? threads : Math.max(1, Math.floor(machine.cores / workers)),
          budget_bytes: Math.floor(
            (memory_budget_bytes > 0 ? memory_budget_bytes : machine.memory_total / 2) / workers,
          ),
          memory_total: machine.memory_total,
          cpu_fingerprint: machine.cpu_fingerprint,
          runtime_version,
          cache_folder,
          log_level: logger.level,
          prompt_privacy,
        }),
      );
      const started = { process: slot.process, provider, device, killed: false };
      this.#current = started;
      void started.process.ended.then((error) => this.#onEnd(started, error));
      return started;
    } catch (thrown) {
      await slot.process.stop();
      if (thrown instanceof CoreError && thrown.code !== "PROVIDER_UNAVAILABLE") this.#countCrash();
      throw thrown;
    }
  }

  #fork(): HostProcess {
    const { host_entry, worker_entry, logger, env } = this.#options;
    return startHostProcess({
      host_entry,
      worker_entry,
      logger,
      env,
      onEvent: (event) => {
        if ("job_id" in event) this.#jobs.get(event.job_id)?.onEvent(event);
      },
    });
  }

  /** Tries a provider in the process; one that takes it down, or hangs, is not usable and gets no second chance. */
  async #try(provider: ProviderName, slot: { process: HostProcess }): Promise<ProviderTrial> {
    const known = this.#excluded.get(provider);
    if (known !== undefined) return { provider, usable: false, reason: known };
    const timer = setTimeout(() => slot.process.kill(), TRIAL_MS);
    try {
      return await slot.process.call(slot.process.api.tryProvider(provider));
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      this.#excluded.set(provider, reason);
      await slot.process.stop();
      slot.process = this.#fork();
      return { provider, usable: false, reason };
    } finally {
      clearTimeout(timer);
    }
  }

  #onEnd(started: Started, error: CoreError): void {
    if (this.#current !== started) return;
    this.#current = undefined;
    this.#host = undefined;
    this.#restarts++;
    if (started.killed) return;
    this.#countCrash();
    const { logger, provider: asked } = this.#options;
    logger.error({ code: error.code, ...error.data }, error.message);
    const { provider } = started;
    if (asked === "auto" && provider !== "cpu" && this.#crashes >= CRASHES_OF_PROVIDER) {
      this.#excluded.set(provider, `the process ended ${this.#crashes} times in a row`);
      this.#provider = undefined;
    }
  }

  #countCrash(): void {
    this.#crashes++;
    const pause = Math.min(this.#options.restart_delay_ms * 2 ** (this.#crashes - 1), RESTART_DELAY_MAX_MS);
    this.#restartAt = performance.now() + pause;
  }

  #unloadWhenIdle(): void {
    const { idle_unload_ms } = this.#options;
    if (idle_unload_ms <= 0 || this.#settled.size > 0 || this.#closed) return;
    this.#idle = setTimeout(() => void this.#unload(), idle_unload_ms);
    this.#idle.unref();
  }

  async #unload(): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    this.#current = undefined;
    const started = await host?.catch(() => undefined);
    await started?.process.stop();
  }
}

function cancelledError(): CoreError {
  return new CoreError("CANCELLED", "The job was cancelled.");
}

/** Waits for a promise, or for the signal. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(cancelledError());
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
