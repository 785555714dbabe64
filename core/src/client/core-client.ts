import { createHash } from "node:crypto";
import { WebSocket } from "ws";
import type { ClientMessage } from "../protocol/client-messages.ts";
import { bulkBuffer, decodeFrame, encodeBulk, encodeMessage, PROTOCOL_VERSION } from "../protocol/codec.ts";
import {
  type CoreMessage,
  CoreMessageSchema,
  type JobEvent,
  JobEventSchema,
  type Welcome,
} from "../protocol/core-messages.ts";
import { CoreError } from "../protocol/errors.ts";
import type { AssetRef, Task } from "../protocol/fields.ts";

/** Where a running core is. */
export interface CoreAddress {
  url: string;
  token: string;
}

/** Options of {@link CoreClient}. */
export interface CoreClientOptions {
  name: string;
  version: string;
  user?: string;
  /** Times a lost connection is made again while jobs are followed, with 0.25 s to 4 s between. */
  reconnects?: number;
}

/** Options of {@link CoreClient.submit}. */
export interface SubmitOptions {
  idempotency_key?: string;
  priority?: number;
  project?: string;
  shot?: string;
  /** Keeps prompts out of the job's files and records. */
  prompt_privacy?: boolean;
}

type Reply = Extract<CoreMessage, { reply_to: string }>;
type ReplyTo<T extends CoreMessage["type"]> = Extract<CoreMessage, { type: T }>;
type Outgoing = {
  [T in ClientMessage["type"]]: Omit<Extract<ClientMessage, { type: T }>, "id">;
}[ClientMessage["type"]];

interface Followed {
  last_sequence: number;
  /** All since it is followed, so that several may follow one job, each from the first. */
  events: JobEvent[];
  followers: number;
  waiting: (() => void)[];
}

const UNACKNOWLEDGED_CHUNKS = 8;
const FINAL_EVENTS: ReadonlySet<string> = new Set(["result", "failed", "cancelled"]);

/**
 * A client of one core: requests, replies, and job events without loss over dropped connections.
 *
 * Every method rejects with a CoreError that carries the core's own code, or CORE_NOT_RUNNING when the connection is gone.
 */
export class CoreClient {
  welcome: Welcome | undefined;
  private socket: WebSocket | undefined;
  private closed = false;
  private nextId = 1;
  private readonly waiting = new Map<string, { resolve: (reply: Reply) => void; reject: (error: CoreError) => void }>();
  private readonly streams = new Map<string, (message: CoreMessage) => void>();
  private readonly followed = new Map<string, Followed>();
  /** Last sequence number seen of jobs that ended, so that a retry is followed without its history. */
  private readonly ended = new Map<string, number>();

  constructor(
    private readonly address: CoreAddress,
    private readonly options: CoreClientOptions,
  ) {}

  /** Connects and says hello. */
  async open(): Promise<Welcome> {
    const socket = new WebSocket(this.address.url, PROTOCOL_VERSION, {
      maxPayload: 64 * 1024 * 1024,
      perMessageDeflate: false,
      // Masks keep what a page sends from fooling proxies (RFC 6455 §10.3). To this machine itself there is none, and without
      // masks a frame is neither copied nor changed.
      ...(isLoopback(this.address.url) ? { generateMask: (mask: Buffer) => mask.fill(0) } : {}),
    });
    this.socket = socket;
    return await new Promise<Welcome>((resolve, reject) => {
      const fail = (cause: unknown) =>
        reject(
          new CoreError("CORE_NOT_RUNNING", `No core answers at ${this.address.url}.`, {
            remedy: "Start one with `genga serve`.",
            cause,
          }),
        );
      socket.once("error", fail);
      socket.once("open", () => {
        const client = { name: this.options.name, version: this.options.version };
        socket.send(
          encodeMessage({
            type: "hello",
            client: this.options.user === undefined ? client : { ...client, user: this.options.user },
            protocols: [PROTOCOL_VERSION],
            token: this.address.token,
          }),
        );
      });
      socket.on("message", (data: Buffer) => {
        const message = parseCoreMessage(data);
        if (message.type === "welcome") {
          this.welcome = message;
          resolve(message);
        } else if (message.type === "error" && this.welcome === undefined) {
          reject(CoreError.fromBody(definedOnly(message.error)));
        } else {
          this.receive(message);
        }
      });
      socket.once("close", () => {
        fail(new Error("closed"));
        this.onClose(socket);
      });
    });
  }

  /** Sends a message and gives its reply. */
  async call<T extends Reply["type"]>(message: Outgoing, expected: T): Promise<ReplyTo<T>> {
    const id = String(this.nextId++);
    const reply = await this.send(id, message);
    return expectReply(reply, expected);
  }

  /** Asks for a job; its events are followed from the first. */
  async submit(task: Task, params: Record<string, unknown>, options: SubmitOptions = {}): Promise<ReplyTo<"accepted">> {
    // Not attached by the request itself, so that no event can come before the job is known here.
    const accepted = await this.call(
      { type: "request", task, params, priority: 0, attach: false, ...options },
      "accepted",
    );
    await this.follow(accepted.job_id);
    return accepted;
  }

  /** Begins to follow a job's events, those missed included. */
  async follow(job_id: string, after_event = 0): Promise<void> {
    if (!this.followed.has(job_id))
      this.followed.set(job_id, { last_sequence: after_event, events: [], followers: 0, waiting: [] });
    await this.call({ type: "attach", job_id, after_event }, "done");
  }

  /** Gives a followed job's events in order, up to its final one; may be called several times for one job. */
  async *events(job_id: string): AsyncGenerator<JobEvent> {
    const job = this.followed.get(job_id);
    if (job === undefined) throw new Error(`Job ${job_id} is not followed.`);
    job.followers += 1;
    try {
      for (let next = 0; ; ) {
        const event = job.events[next];
        if (event !== undefined) {
          next += 1;
          yield event;
          if (FINAL_EVENTS.has(event.type)) return;
        } else if (this.closed) {
          throw new CoreError("CORE_NOT_RUNNING", "The connection to the core was lost and could not be made again.", {
            remedy: "Start the core again; the job goes on, and `genga jobs` shows it.",
          });
        } else {
          await new Promise<void>((resolve) => {
            job.waiting.push(resolve);
          });
        }
      }
    } finally {
      job.followers -= 1;
      if (job.followers === 0 && this.followed.get(job_id) === job) {
        this.ended.set(job_id, job.last_sequence);
        this.followed.delete(job_id);
      }
    }
  }

  /** Queues a failed or cancelled job again and follows it from there. */
  async retry(job_id: string): Promise<void> {
    await this.call({ type: "jobs_update", action: "retry", job_ids: [job_id] }, "jobs");
    await this.follow(job_id, this.ended.get(job_id) ?? 0);
  }

  /** Cancels a job. */
  async cancel(job_id: string): Promise<void> {
    await this.call({ type: "cancel", job_id }, "done");
  }

  /** Uploads bytes unless the core has them; goes on where an earlier upload broke off. */
  async putAsset(bytes: Uint8Array, mime: string, name?: string): Promise<AssetRef> {
    const id = String(this.nextId++);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const announcement = { type: "asset_put" as const, sha256, size: bytes.byteLength, mime };
    const ready = expectReply(
      await this.send(id, name === undefined ? announcement : { ...announcement, name }),
      "asset_ready",
    );
    if (ready.asset !== undefined) return ready.asset;
    const chunkBytes = this.welcome?.limits.max_chunk_bytes ?? 1024 * 1024;
    return await new Promise<AssetRef>((resolve, reject) => {
      // One buffer for each chunk on its way; the core has read a frame whole when it acknowledges it.
      const buffers: Uint8Array[] = [];
      let sent = ready.offset;
      let chunks = 0;
      const pump = (acknowledged: number) => {
        while (sent < bytes.byteLength && sent - acknowledged < UNACKNOWLEDGED_CHUNKS * chunkBytes) {
          const chunk = bytes.subarray(sent, sent + chunkBytes);
          const slot = chunks++ % UNACKNOWLEDGED_CHUNKS;
          const buffer = buffers[slot] ?? bulkBuffer(Math.min(chunkBytes, bytes.byteLength));
          buffers[slot] = buffer;
          this.socket?.send(encodeBulk({ type: "asset_chunk", id, offset: sent }, chunk, buffer));
          sent += chunk.byteLength;
        }
      };
      this.waiting.set(id, { resolve: () => {}, reject: (error) => this.endStream(id, () => reject(error)) });
      this.streams.set(id, (message) => {
        if (message.type === "asset_progress") pump(message.offset);
        else if (message.type === "asset_stored") this.endStream(id, () => resolve(message.asset));
      });
      pump(ready.offset);
    });
  }

  /** Fetches an asset whole and checks its hash. @throws CoreError ASSET_NOT_FOUND, ASSET_CORRUPT */
  async getAsset(sha256: string): Promise<Uint8Array> {
    const id = String(this.nextId++);
    const parts: Uint8Array[] = [];
    await new Promise<void>((resolve, reject) => {
      this.waiting.set(id, { resolve: () => {}, reject: (error) => this.endStream(id, () => reject(error)) });
      this.streams.set(id, (message) => {
        if (message.type !== "asset_data") return;
        parts.push(message.bytes);
        if (message.last) this.endStream(id, resolve);
      });
      this.transmit({ type: "asset_get", sha256, offset: 0 }, id);
    });
    const bytes = Buffer.concat(parts);
    if (createHash("sha256").update(bytes).digest("hex") !== sha256) {
      throw new CoreError("ASSET_CORRUPT", `Asset ${sha256} arrived damaged.`, { remedy: "Fetch it again." });
    }
    return bytes;
  }

  /** Ends the connection; followed jobs go on in the core. */
  close(): void {
    this.closed = true;
    this.socket?.close(1000);
    this.wakeAll();
  }

  private async send(id: string, message: Outgoing): Promise<Reply> {
    return await new Promise<Reply>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.transmit(message, id);
    });
  }

  private transmit(message: Outgoing, id: string): void {
    if (this.socket?.readyState !== WebSocket.OPEN) {
      this.waiting.get(id)?.reject(connectionLost());
      this.waiting.delete(id);
      return;
    }
    this.socket.send(encodeMessage({ ...message, id }));
  }

  private endStream(id: string, then: () => void): void {
    this.streams.delete(id);
    this.waiting.delete(id);
    then();
  }

  private receive(message: CoreMessage): void {
    if (message.type === "capabilities_changed") {
      if (this.welcome !== undefined) this.welcome = { ...this.welcome, capabilities: message.capabilities };
      return;
    }
    if ("job_id" in message && "sequence" in message) {
      const job = this.followed.get(message.job_id);
      if (job === undefined || message.sequence <= job.last_sequence) return;
      job.last_sequence = message.sequence;
      job.events.push(JobEventSchema.parse(message));
      wake(job);
      return;
    }
    if (!("reply_to" in message) || message.reply_to === undefined) return;
    const pending = this.waiting.get(message.reply_to);
    if (message.type === "error") {
      this.waiting.delete(message.reply_to);
      pending?.reject(CoreError.fromBody(definedOnly(message.error)));
      return;
    }
    const stream = this.streams.get(message.reply_to);
    if (stream !== undefined) {
      stream(message);
      return;
    }
    this.waiting.delete(message.reply_to);
    pending?.resolve(message as Reply);
  }

  private onClose(socket: WebSocket): void {
    if (socket !== this.socket) return;
    for (const { reject } of [...this.waiting.values()]) reject(connectionLost());
    this.waiting.clear();
    if (this.closed || this.followed.size === 0) this.wakeAll();
    else void this.reconnect();
  }

  private async reconnect(): Promise<void> {
    const attempts = this.options.reconnects ?? 5;
    for (let attempt = 0; attempt < attempts && !this.closed; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(4000, 250 * 2 ** attempt)));
      try {
        await this.open();
        for (const [job_id, job] of this.followed) await this.follow(job_id, job.last_sequence);
        return;
      } catch {
        // The next attempt tells; the last one ends below.
      }
    }
    this.closed = true;
    this.wakeAll();
  }

  private wakeAll(): void {
    for (const job of this.followed.values()) wake(job);
  }
}

function parseCoreMessage(data: Uint8Array): CoreMessage {
  const parsed = CoreMessageSchema.safeParse(decodeFrame(data));
  if (parsed.success) return parsed.data;
  throw new CoreError("MALFORMED_MESSAGE", "The core sent a message that this client cannot read.", {
    remedy: "Use a client and a core of the same version.",
    cause: parsed.error,
  });
}

function expectReply<T extends CoreMessage["type"]>(reply: CoreMessage, expected: T): ReplyTo<T> {
  if (reply.type !== expected)
    throw new CoreError("INTERNAL", `Expected a reply of type ${expected}, met ${reply.type}.`);
  return reply as ReplyTo<T>;
}

function connectionLost(): CoreError {
  return new CoreError("CORE_NOT_RUNNING", "The connection to the core was lost.", {
    remedy: "Start the core again with `genga serve`, then repeat the command.",
  });
}

// zod gives optional fields as `T | undefined`; the wire form has them absent.
function definedOnly(body: {
  code: CoreError["code"];
  message: string;
  remedy?: string | undefined;
  data?: Record<string, unknown> | undefined;
}) {
  const { code, message, remedy, data } = body;
  return { code, message, ...(remedy === undefined ? {} : { remedy }), ...(data === undefined ? {} : { data }) };
}

function isLoopback(url: string): boolean {
  return ["127.0.0.1", "[::1]", "localhost"].includes(new URL(url).hostname);
}

function wake(job: Followed): void {
  for (const resolve of job.waiting.splice(0)) resolve();
}
