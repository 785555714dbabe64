import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import type { Logger } from "../../core/src/logger.ts";
import { type CoreError, toCoreError } from "../../core/src/protocol/errors.ts";
import { type PromptEvent, parseBinaryFrame, parseTextFrame } from "./comfy-events.ts";
import { type ComfyHttp, unavailable } from "./comfy-http.ts";
import { deferred } from "./deferred.ts";
import { readNodeTypes, readServerFacts, type ServerFacts } from "./server-facts.ts";

/** Waiting times, milliseconds; tests shorten them. */
export interface ServerTimes {
  connect_ms: number;
  reconnect_ms: number;
  reconnect_max_ms: number;
  heartbeat_ms: number;
  /** A prompt that runs without any sign of life for so long is given up; loading and some nodes tell nothing for minutes. */
  stall_ms: number;
  /** Between looks at the queue for a prompt of which nothing is heard. */
  look_ms: number;
  refresh_ms: number;
}

export const SERVER_TIMES: ServerTimes = {
  connect_ms: 20_000,
  reconnect_ms: 500,
  reconnect_max_ms: 10_000,
  heartbeat_ms: 20_000,
  stall_ms: 60 * 60_000,
  look_ms: 15_000,
  refresh_ms: 30_000,
};

/** What a connection tells. */
export interface ConnectionOptions {
  label: string;
  times: ServerTimes;
  logger: Logger;
  /** Called for each event but the server's own status. */
  onEvent(event: PromptEvent): void;
  /** Called whenever the server is reached, before anything is heard from it. */
  onOnline(): void;
  /** Called when the server comes or goes, and when its models may have changed. */
  onChange(): void;
}

const MAX_FRAME_BYTES = 32 * 1024 * 1024;

/** The WebSocket to one ComfyUI server, opened again whenever it breaks, and what the server says of itself. */
export class ComfyConnection {
  readonly client_id = randomUUID();
  readonly #label: string;
  readonly #http: ComfyHttp;
  readonly #times: ServerTimes;
  readonly #logger: Logger;
  readonly #onEvent: (event: PromptEvent) => void;
  readonly #onOnline: () => void;
  readonly #onChange: () => void;
  readonly #closed = new AbortController();
  #socket: WebSocket | undefined;
  #facts: ServerFacts | undefined;
  #queue_remaining = 0;
  #since = performance.now();
  #problem: CoreError | undefined;

  constructor(http: ComfyHttp, { label, times, logger, onEvent, onOnline, onChange }: ConnectionOptions) {
    this.#http = http;
    this.#label = label;
    this.#times = times;
    this.#logger = logger;
    this.#onEvent = onEvent;
    this.#onOnline = onOnline;
    this.#onChange = onChange;
    void this.#keepConnected();
  }

  get online(): boolean {
    return this.#socket !== undefined;
  }

  /** Milliseconds since it was reached or lost. */
  get unchanged_ms(): number {
    return performance.now() - this.#since;
  }

  /** What it said when it was reached last; undefined until then. */
  get facts(): ServerFacts | undefined {
    return this.#facts;
  }

  /** Why it cannot be reached. */
  get problem(): CoreError {
    return this.#problem ?? unavailable(this.#label, "it was not reached yet");
  }

  /** Prompts that it has to do, other clients' included. */
  get queue_remaining(): number {
    return this.#queue_remaining;
  }

  close(): void {
    this.#closed.abort();
    this.#socket?.terminate();
  }

  /** Connects, waits for the end of the connection, and begins anew, until the core stops. */
  async #keepConnected(): Promise<void> {
    const { signal } = this.#closed;
    let pause = this.#times.reconnect_ms;
    while (!signal.aborted) {
      try {
        this.#facts = await readServerFacts(this.#http, this.#label, {
          signal,
          timeout_ms: this.#times.connect_ms,
        });
        const { ended } = await this.#connect();
        pause = this.#times.reconnect_ms;
        this.#say(true);
        await ended;
        this.#problem = unavailable(this.#label, "the connection broke");
      } catch (thrown) {
        this.#problem = toCoreError(thrown);
      }
      this.#socket = undefined;
      if (signal.aborted) return;
      this.#say(false);
      await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
      pause = Math.min(pause * 2, this.#times.reconnect_max_ms);
    }
  }

  #said: boolean | undefined;
  #say(online: boolean): void {
    if (this.#said === online) return;
    this.#said = online;
    this.#since = performance.now();
    if (online) {
      this.#logger.info({ server: this.#label, version: this.#facts?.version }, "a ComfyUI server is connected");
    } else this.#logger.warn({ server: this.#label }, this.problem.message);
    this.#onChange();
  }

  /** Opens the WebSocket; `ended` resolves when it is closed. */
  async #connect(): Promise<{ ended: Promise<void> }> {
    const { url, headers } = this.#http.socket(this.client_id);
    const socket = new WebSocket(url, {
      headers,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
      handshakeTimeout: this.#times.connect_ms,
    });
    const ended = deferred<void>();
    const opened = deferred<void>();
    let alive = true;
    let heart: NodeJS.Timeout | undefined;
    let refresh: NodeJS.Timeout | undefined;
    const onClosed = () => socket.terminate();
    this.#closed.signal.addEventListener("abort", onClosed, { once: true });
    socket.on("open", () => {
      heart = setInterval(() => {
        if (!alive) return socket.terminate();
        alive = false;
        socket.ping();
      }, this.#times.heartbeat_ms).unref();
      refresh = setInterval(() => void this.#refresh(), this.#times.refresh_ms).unref();
      socket.send(JSON.stringify({ type: "feature_flags", data: { supports_preview_metadata: true } }));
      this.#socket = socket;
      this.#onOnline();
      opened.resolve();
    });
    socket.on("pong", () => {
      alive = true;
    });
    socket.on("message", (data, isBinary) => {
      alive = true;
      const bytes = Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
      const event = isBinary ? parseBinaryFrame(new Uint8Array(bytes)) : parseTextFrame(bytes.toString("utf8"));
      if (event?.type === "status") this.#queue_remaining = event.queue_remaining;
      else if (event !== undefined) this.#onEvent(event);
    });
    socket.on("error", (error) => opened.reject(unavailable(this.#label, error.message, error)));
    socket.on("close", () => {
      clearInterval(heart);
      clearInterval(refresh);
      this.#closed.signal.removeEventListener("abort", onClosed);
      opened.reject(unavailable(this.#label, "the connection was closed"));
      ended.resolve();
    });
    await opened.promise;
    return { ended: ended.promise };
  }

  /** Reads the node types again: models and workflows come and go while a server runs. */
  async #refresh(): Promise<void> {
    const facts = this.#facts;
    if (facts === undefined) return;
    try {
      const nodes = await readNodeTypes(this.#http, { signal: this.#closed.signal });
      if (this.#facts !== facts) return;
      this.#facts = { ...facts, nodes };
      this.#onChange();
    } catch (thrown) {
      this.#logger.debug({ server: this.#label, err: thrown }, "ComfyUI's node types could not be read again");
    }
  }
}
