import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { openAssetStore } from "../../core/src/assets/file-asset-store.ts";
import { type Config, readConfig } from "../../core/src/config.ts";
import { createLogger } from "../../core/src/logger.ts";
import { decodeFrame, encodeMessage, PROTOCOL_VERSION } from "../../core/src/protocol/codec.ts";
import { type CoreMessage, CoreMessageSchema } from "../../core/src/protocol/core-messages.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { listen } from "../../core/src/server/listen.ts";
import type { Services } from "../../core/src/server/services.ts";
import { openStore } from "../../core/src/store.ts";
import { createMemoryJobs } from "./memory-jobs.ts";

export const TOKEN = "a-token-for-tests-only-0123456789";
export const HELLO = {
  type: "hello",
  client: { name: "test", version: "1" },
  protocols: [PROTOCOL_VERSION],
  token: TOKEN,
};

/** A real server on a free port, with a real asset store in a temporary folder. */
export async function startServer(flags: Partial<Config> = {}, overrides: Partial<Services> = {}) {
  const home = await mkdtemp(join(tmpdir(), "genga-server-"));
  const config = readConfig({ env: { GENGA_HOME: home }, flags });
  const store = openStore(config.paths.store);
  const assets = await openAssetStore({
    folder: config.paths.assets,
    store,
    quota_bytes: config.quota_bytes,
    max_asset_bytes: config.max_asset_bytes,
    clock: Date.now,
  });
  const jobs = createMemoryJobs();
  const services: Services = {
    jobs,
    assets,
    limits: config.limits,
    capabilities: async () => ({ tasks: ["image"], bundles: [], schedulers: ["ddim"] }),
    status: async () => ({
      uptime_s: 1,
      provider: "cpu",
      device: "test",
      memory_bytes: process.memoryUsage().rss,
      queued: 0,
      running: 0,
      policy: "open",
      bundles: [],
    }),
    verify: async (sha256) => {
      throw new CoreError("ASSET_NOT_FOUND", `The store holds no asset ${sha256}.`);
    },
    sign: async ({ asset }) => {
      throw new CoreError("ASSET_NOT_FOUND", `The store holds no asset ${asset}.`);
    },
    logger: createLogger({ level: "silent", prompt_privacy: false }),
    ...overrides,
  };
  const server = await listen({ config, token: TOKEN, services });
  return {
    server,
    port: server.port,
    jobs,
    assets,
    url: `http://127.0.0.1:${server.port}`,
    async close() {
      await server.close();
      await assets.close();
      await store.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** A bare WebSocket whose messages are checked against the protocol and can be waited for. */
export class RawClient {
  readonly messages: CoreMessage[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly opened: Promise<void>;
  private waiting: (() => void)[] = [];

  constructor(
    port: number,
    options: { headers?: Record<string, string>; protocols?: string[]; path?: string } = {},
    readonly socket = new WebSocket(
      `ws://127.0.0.1:${port}${options.path ?? ""}`,
      options.protocols ?? [PROTOCOL_VERSION],
      {
        headers: options.headers ?? {},
        perMessageDeflate: false,
      },
    ),
  ) {
    this.opened = new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
      socket.once("unexpected-response", (_request, response) => {
        let body = "";
        response.on("data", (piece) => {
          body += piece;
        });
        response.on("end", () => reject(Object.assign(new Error(body), { status: response.statusCode })));
      });
    });
    this.opened.catch(() => {});
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.wake();
      });
    });
    socket.on("message", (data: Buffer) => {
      this.messages.push(CoreMessageSchema.parse(decodeFrame(data)));
      this.wake();
    });
  }

  send(message: object): void {
    this.socket.send(encodeMessage(message));
  }

  /** Gives the first message that fits, also one that came before. */
  async until<T extends CoreMessage["type"]>(
    type: T,
    fits: (message: Extract<CoreMessage, { type: T }>) => boolean = () => true,
  ): Promise<Extract<CoreMessage, { type: T }>> {
    for (;;) {
      const found = this.messages.find(
        (message): message is Extract<CoreMessage, { type: T }> =>
          message.type === type && fits(message as Extract<CoreMessage, { type: T }>),
      );
      if (found !== undefined) return found;
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error(`closed before a message "${type}" came`);
      await new Promise<void>((wake) => this.waiting.push(wake));
    }
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const go of waiting) go();
  }
}

/** Connects and says hello. */
export async function connect(port: number): Promise<RawClient> {
  const client = new RawClient(port);
  await client.opened;
  client.send(HELLO);
  await client.until("welcome");
  return client;
}

/** Fails unless this client still gets answers. */
export async function expectUnharmed(client: RawClient): Promise<void> {
  const id = `alive-${client.messages.length}-${Math.random()}`;
  client.send({ type: "jobs_list", id });
  await client.until("jobs", (message) => message.reply_to === id);
}
