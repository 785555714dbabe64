import { createHash, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { ComfyServerSettings } from "../../core/src/comfyui-settings.ts";
import type { Logger } from "../../core/src/logger.ts";
import { CoreError, toCoreError } from "../../core/src/protocol/errors.ts";
import { ComfyConnection, SERVER_TIMES, type ServerTimes } from "./comfy-connection.ts";
import { refusalOf, strangeAnswer } from "./comfy-errors.ts";
import type { PromptEvent } from "./comfy-events.ts";
import {
  type ComfyFile,
  type ComfyQueue,
  filesOf,
  type HistoryEntry,
  isResultOf,
  readHistory,
  readQueue,
} from "./comfy-history.ts";
import { ComfyHttp } from "./comfy-http.ts";
import { deferred } from "./deferred.ts";
import type { Graph } from "./graph.ts";
import type { ServerFacts } from "./server-facts.ts";

/** The server no longer knows a prompt, or cannot be reached: it may be run again, here or elsewhere. */
export class PromptLostError extends Error {
  override readonly name = "PromptLostError";
}

/** How a prompt is watched. */
export interface PromptOptions {
  signal: AbortSignal;
  /** Time for which the server may be away before the prompt is given up. */
  patience_ms(): number;
  onEvent(event: PromptEvent): void;
}

interface Tracked {
  onEvent(event: PromptEvent): void;
  /** Looks in the server's history whether it has ended. */
  look(): void;
  heard: number;
}

const HISTORY_TRIES = 4;
const HISTORY_PAUSE_MS = 100;
const WATCH_MS = 500;
const UPLOAD_MS = 120_000;
const DOWNLOAD_MS = 300_000;

const UploadedSchema = z.object({
  name: z.string().max(1000),
  subfolder: z.string().max(1000).catch(""),
  type: z.string().max(50).catch("input"),
});

/** Folder among the server's temporary files that inputs are put into. */
const UPLOAD_FOLDER = "genga";

/**
 * One running ComfyUI server: runs prompts and knows how each of them ends. After a broken connection it
 * looks in the server's history and queue for what it missed; a prompt that is in neither is lost (the server was restarted).
 */
export class ComfyServer {
  /** Name of the pool, as in settings. */
  readonly pool: string;
  readonly settings: ComfyServerSettings;
  readonly #label: string;
  readonly #http: ComfyHttp;
  readonly #times: ServerTimes;
  readonly #logger: Logger;
  readonly #tracked = new Map<string, Tracked>();
  /** Prompts that were given up while the server was away; ended when it is back. */
  readonly #abandoned = new Set<string>();
  /** The ending of those, one after another. */
  #ending: Promise<void> = Promise.resolve();
  readonly #connection: ComfyConnection;
  /** Prompt that runs, for frames that do not name theirs. */
  #executing: string | undefined;

  constructor(
    settings: ComfyServerSettings,
    options: { label: string; times?: Partial<ServerTimes>; logger: Logger; onChange: () => void },
  ) {
    this.settings = settings;
    this.pool = settings.name;
    this.#label = options.label;
    this.#times = { ...SERVER_TIMES, ...options.times };
    this.#logger = options.logger;
    this.#http = new ComfyHttp({ label: options.label, url: settings.url, headers: settings.headers });
    this.#connection = new ComfyConnection(this.#http, {
      label: options.label,
      times: this.#times,
      logger: options.logger,
      onEvent: (event) => this.#hear(event),
      onOnline: () => this.#takeUp(),
      onChange: options.onChange,
    });
  }

  get online(): boolean {
    return this.#connection.online;
  }

  /** Milliseconds since it was reached or lost. */
  get unchanged_ms(): number {
    return this.#connection.unchanged_ms;
  }

  /** What it said when it was reached last; undefined until then. */
  get facts(): ServerFacts | undefined {
    return this.#connection.facts;
  }

  /** Why it cannot be reached. */
  get problem(): CoreError {
    return this.#connection.problem;
  }

  /** Prompts that it has to do, other clients' included. */
  get queue_remaining(): number {
    return this.#connection.queue_remaining;
  }

  /** Facts of a safetensors file that its maker wrote into it; empty if there are none. */
  async metadata(folder: string, filename: string): Promise<Record<string, unknown>> {
    const found = await this.#http
      .find(`view_metadata/${encodeURIComponent(folder)}`, { filename })
      .catch(() => undefined);
    return z.record(z.string(), z.unknown()).catch({}).parse(found);
  }

  /**
   * Puts a PNG among the server's temporary files. The same bytes have the same name.
   *
   * @returns what a LoadImage node takes
   * @throws CoreError ASSET_TOO_LARGE, BACKEND_UNAVAILABLE, BACKEND_FAILED
   */
  async upload(png: Uint8Array, signal: AbortSignal): Promise<string> {
    const limit = this.facts?.max_upload_bytes ?? Number.POSITIVE_INFINITY;
    if (png.byteLength > limit) {
      throw new CoreError(
        "ASSET_TOO_LARGE",
        `An input picture has ${png.byteLength} bytes; ComfyUI server "${this.#label}" takes at most ${limit}.`,
        { remedy: "Make the picture smaller, or start ComfyUI with a larger --max-upload-size." },
      );
    }
    const form = new FormData();
    const filename = `${createHash("sha256").update(png).digest("hex")}.png`;
    form.set("image", new Blob([Uint8Array.from(png)], { type: "image/png" }), filename);
    form.set("subfolder", UPLOAD_FOLDER);
    form.set("type", "temp");
    form.set("overwrite", "true");
    const answer = UploadedSchema.safeParse(
      await this.#http.upload("upload/image", form, { signal, timeout_ms: UPLOAD_MS }),
    );
    if (!answer.success) throw strangeAnswer(this.#label, "upload/image", answer.error);
    const { name, subfolder, type } = answer.data;
    return `${subfolder === "" ? "" : `${subfolder}/`}${name} [${type}]`;
  }

  async download(
    { filename, subfolder, type }: ComfyFile,
    max_bytes: number,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    return await this.#http.bytes(
      "view",
      { filename, subfolder, type },
      { signal, timeout_ms: DOWNLOAD_MS, max_bytes },
    );
  }

  /** Tells whether it has a prompt in its queue, or the result of this very graph; `taken` if the id stands for something else. */
  async knows(prompt_id: string, graph: Graph): Promise<"yes" | "no" | "taken"> {
    const [{ queue_running, queue_pending }, entry] = await Promise.all([
      readQueue(this.#http, this.#label),
      readHistory(this.#http, this.#label, prompt_id),
    ]);
    if ([...queue_running, ...queue_pending].includes(prompt_id) || isResultOf(entry, graph)) return "yes";
    return entry === undefined ? "no" : "taken";
  }

  /**
   * Runs a graph and gives the pictures that it left on the server. One that the server has already under this id, from before the
   * core was restarted, is followed and not sent again.
   *
   * @throws PromptLostError if the server lost it, or is away for too long; CoreError CANCELLED after the signal; BACKEND_FAILED if the
   * graph was refused or nothing is heard any more; INFERENCE_FAILED and OUT_OF_MEMORY naming the node
   */
  async run(
    wanted_id: string,
    graph: Graph,
    extra_data: Record<string, unknown>,
    { signal, patience_ms, onEvent }: PromptOptions,
  ): Promise<ComfyFile[]> {
    let prompt_id = wanted_id;
    const outcome = deferred<ComfyFile[]>();
    outcome.promise.catch(() => undefined);
    let looking = false;
    let looked = performance.now();
    const look = () => {
      if (looking) return;
      looking = true;
      void this.#outcome(prompt_id, graph)
        .then(
          (files) => files && outcome.resolve(files),
          (thrown: unknown) => outcome.reject(thrown),
        )
        .finally(() => {
          looking = false;
        });
    };
    const tracked: Tracked = { onEvent, look, heard: performance.now() };
    const onAbort = () => void this.#cancel(prompt_id).finally(() => outcome.reject(cancelled()));
    const watch = setInterval(
      () => {
        const now = performance.now();
        if (!this.online) {
          if (this.unchanged_ms >= patience_ms()) outcome.reject(new PromptLostError(this.problem.message));
        } else if (now - tracked.heard > this.#times.stall_ms) {
          outcome.reject(stalled(this.#label, Math.round((now - tracked.heard) / 60_000)));
        } else if (now - looked > this.#times.look_ms) {
          looked = now;
          look();
        }
      },
      Math.min(WATCH_MS, this.#times.look_ms),
    );
    let sent = false;
    try {
      // An earlier attempt may have given up this very prompt: its end must not be that of this one.
      await this.#ending;
      this.#abandoned.delete(prompt_id);
      const known = await this.knows(prompt_id, graph);
      if (known === "taken") prompt_id = randomUUID();
      if (signal.aborted) throw cancelled();
      this.#tracked.set(prompt_id, tracked);
      sent = true;
      if (known !== "yes") await this.#submit(prompt_id, graph, extra_data);
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) onAbort();
      if (known === "yes") look();
      const files = await outcome.promise;
      sent = false;
      return files;
    } catch (thrown) {
      // An interrupt of ours may be heard as the end of the prompt before it is acknowledged.
      if (signal.aborted) throw cancelled(thrown);
      // What is not known to have ended may still run there, or will once the server is back.
      const error = thrown instanceof PromptLostError ? thrown : toCoreError(thrown);
      if (error instanceof PromptLostError || error.code === "BACKEND_UNAVAILABLE" || error.code === "BACKEND_FAILED") {
        if (sent) this.#abandon(prompt_id);
      }
      // A server that goes between two requests has lost the prompt.
      if (error instanceof CoreError && error.code === "BACKEND_UNAVAILABLE") throw new PromptLostError(error.message);
      throw error;
    } finally {
      clearInterval(watch);
      signal.removeEventListener("abort", onAbort);
      this.#tracked.delete(prompt_id);
    }
  }

  /** Gives up a prompt that may still run: it is ended now, or when the server is back. */
  #abandon(prompt_id: string): void {
    this.#abandoned.add(prompt_id);
    if (this.online) this.#endAbandoned();
  }

  close(): void {
    this.#connection.close();
  }

  async #submit(prompt_id: string, graph: Graph, extra_data: Record<string, unknown>): Promise<void> {
    const body = { prompt: graph, prompt_id, client_id: this.#connection.client_id, extra_data };
    const { status, json } = await this.#http.post("prompt", body, { timeout_ms: UPLOAD_MS });
    const refusal = refusalOf(this.#label, graph, status, json);
    if (refusal === undefined) return;
    // Some of its outputs may have been queued all the same.
    if (status === 200) await this.#cancel(prompt_id);
    throw refusal;
  }

  /** Takes a prompt from the queue, or interrupts it; on old servers only if it is the one that runs. */
  async #cancel(prompt_id: string): Promise<void> {
    if (!this.online) {
      this.#abandoned.add(prompt_id);
      return;
    }
    try {
      await this.#http.post("queue", { delete: [prompt_id] });
      const { queue_running } = await readQueue(this.#http, this.#label);
      if (queue_running.includes(prompt_id)) await this.#http.post("interrupt", { prompt_id });
    } catch (thrown) {
      this.#abandoned.add(prompt_id);
      this.#logger.warn({ server: this.#label, prompt_id, err: thrown }, "a ComfyUI prompt could not be cancelled yet");
    }
  }

  #endAbandoned(): void {
    this.#ending = this.#ending.then(async () => {
      for (const prompt_id of [...this.#abandoned]) {
        if (!this.#abandoned.delete(prompt_id) || this.#tracked.has(prompt_id)) continue;
        await this.#cancel(prompt_id);
      }
    });
  }

  /** Gives the pictures of a prompt that has ended, undefined while it waits or runs. */
  async #outcome(prompt_id: string, graph: Graph): Promise<ComfyFile[] | undefined> {
    for (let tries = 0; tries < HISTORY_TRIES; tries++) {
      let queue: ComfyQueue;
      let entry: HistoryEntry | undefined;
      try {
        // The queue first: a prompt that leaves it between the two looks is in the history already.
        queue = await readQueue(this.#http, this.#label);
        entry = await readHistory(this.#http, this.#label, prompt_id);
      } catch (thrown) {
        const error = toCoreError(thrown);
        if (error.code === "BACKEND_UNAVAILABLE") return undefined;
        throw error;
      }
      if (entry !== undefined) return filesOf(this.#label, graph, entry);
      if (queue.queue_running.includes(prompt_id)) return undefined;
      if (queue.queue_pending.includes(prompt_id)) {
        // Behind the long work of others it may wait for hours.
        const tracked = this.#tracked.get(prompt_id);
        if (tracked !== undefined) tracked.heard = performance.now();
        return undefined;
      }
      await delay(HISTORY_PAUSE_MS, undefined, { ref: false });
    }
    throw new PromptLostError(`ComfyUI server "${this.#label}" no longer knows the job.`);
  }

  /** After a break: ends what was given up meanwhile, and looks how the others ended. */
  #takeUp(): void {
    this.#executing = undefined;
    this.#endAbandoned();
    for (const { look } of this.#tracked.values()) look();
  }

  #hear(event: PromptEvent): void {
    if (event.type === "start") this.#executing = event.prompt_id;
    if (event.type === "executing" && event.prompt_id !== undefined) {
      this.#executing = event.node === undefined ? undefined : event.prompt_id;
    }
    const prompt_id = event.prompt_id ?? this.#executing;
    const tracked = prompt_id === undefined ? undefined : this.#tracked.get(prompt_id);
    if (tracked === undefined) return;
    tracked.heard = performance.now();
    tracked.onEvent(event);
    if (event.type === "ended" || (event.type === "executing" && event.node === undefined)) tracked.look();
  }
}

function stalled(label: string, minutes: number): CoreError {
  return new CoreError("BACKEND_FAILED", `ComfyUI server "${label}" said nothing of the job for ${minutes} minutes.`, {
    remedy: "Look at ComfyUI's own log, restart it, then retry the job.",
  });
}

function cancelled(cause?: unknown): CoreError {
  return new CoreError("CANCELLED", "The job was cancelled.", { cause });
}
