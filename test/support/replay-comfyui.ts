import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { type WebSocket, WebSocketServer } from "ws";

/** One prompt as the real ComfyUI answered it. */
export interface Scenario {
  graph: Record<string, unknown>;
  prompt_id: string;
  answer: { status: number; json: unknown };
  frames: ({ text: string } | { binary: string })[];
  /** Entry of `/history`; null if the prompt was refused. */
  history: unknown;
  /** Result files by name, base64. */
  files: Record<string, string>;
}

/** What test/comfyui/record-frames.ts wrote down. */
export interface Recording {
  origin: string;
  system_stats: unknown;
  features: unknown;
  object_info: Record<string, unknown>;
  scenarios: Record<string, Scenario>;
}

/** A prompt that was sent to the server. */
export interface ReplayedPrompt {
  prompt_id: string;
  client_id: string;
  scenario: Scenario;
  /** Plays its next frames to the client, all by default; the last ends it. */
  play(frames?: number): void;
}

/** Options of {@link replayComfyui}; the first that fits a graph decides. */
export interface ReplayOptions {
  port?: number;
  /** Whether prompts play at once; else the test plays them. */
  auto?: boolean;
  /** Changes what `/object_info` says. */
  object_info?: (recorded: Record<string, unknown>) => Record<string, unknown>;
}

/** A server that answers as the recorded ComfyUI did. */
export interface ReplayServer {
  readonly url: string;
  readonly port: number;
  /** Every prompt that was taken, in order. */
  readonly prompts: ReplayedPrompt[];
  /** Requests as `METHOD /path`, and the bodies of POSTs. */
  readonly requests: { line: string; body: string }[];
  /** Resolves with the n-th prompt (from 0), now or later. */
  prompt(index: number): Promise<ReplayedPrompt>;
  /** Breaks every WebSocket; prompts go on. */
  dropSockets(): void;
  /** What others have in the queue. */
  setQueue(remaining: number): Promise<void>;
  /** Stops it as a crash does; queue and history are lost. */
  stop(): Promise<void>;
}

export const RECORDING: Recording = JSON.parse(
  readFileSync(fileURLToPath(new URL("../golden/comfyui/recording.json", import.meta.url)), "utf8"),
);

/** Starts a server that replays the recording: prompts are known by their graphs. */
export async function replayComfyui(options: ReplayOptions = {}): Promise<ReplayServer> {
  const prompts: ReplayedPrompt[] = [];
  const requests: ReplayServer["requests"] = [];
  const history = new Map<string, unknown>();
  const queue = new Map<string, ReplayedPrompt>();
  const sockets = new Map<string, WebSocket>();
  const waiting = new Set<() => void>();
  const files = new Map<string, string>();
  let others = 0;

  const send = (client: string, frame: { text: string } | { binary: string }, recorded: string, prompt_id: string) => {
    const socket = sockets.get(client);
    if ("text" in frame) socket?.send(frame.text.replaceAll(recorded, prompt_id));
    else
      socket?.send(
        Buffer.from(Buffer.from(frame.binary, "base64").toString("latin1").replaceAll(recorded, prompt_id), "latin1"),
      );
  };
  const tellQueue = () => {
    const status = { type: "status", data: { status: { exec_info: { queue_remaining: queue.size + others } } } };
    for (const socket of sockets.values()) socket.send(JSON.stringify(status));
  };

  const take = (graph: unknown, prompt_id: string, client_id: string): { status: number; json: unknown } => {
    const scenario = Object.values(RECORDING.scenarios).find(
      (one) => JSON.stringify(one.graph) === JSON.stringify(graph),
    );
    if (scenario === undefined) return { status: 400, json: { error: "no scenario has this graph", node_errors: {} } };
    const json = JSON.parse(JSON.stringify(scenario.answer.json).replaceAll(scenario.prompt_id, prompt_id));
    if (scenario.answer.status !== 200) return { status: scenario.answer.status, json };
    let next = 0;
    const prompt: ReplayedPrompt = {
      prompt_id,
      client_id,
      scenario,
      play(count = scenario.frames.length) {
        if (!queue.has(prompt_id)) return;
        const frames = scenario.frames.slice(next, next + count);
        next += frames.length;
        if (next >= scenario.frames.length) {
          queue.delete(prompt_id);
          history.set(
            prompt_id,
            JSON.parse(JSON.stringify(scenario.history).replaceAll(scenario.prompt_id, prompt_id)),
          );
          for (const [name, bytes] of Object.entries(scenario.files)) files.set(name, bytes);
        }
        for (const frame of frames) send(client_id, frame, scenario.prompt_id, prompt_id);
        tellQueue();
      },
    };
    queue.set(prompt_id, prompt);
    prompts.push(prompt);
    for (const check of [...waiting]) check();
    tellQueue();
    if (options.auto !== false) setImmediate(() => prompt.play());
    return { status: 200, json };
  };

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString("latin1");
    requests.push({ line: `${request.method} ${url.pathname}`, body });
    const json = (value: unknown, status = 200) => {
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
    };
    const [, head = "", id = ""] = url.pathname.split("/");
    switch (head) {
      case "system_stats":
        return json(RECORDING.system_stats);
      case "features":
        return json(RECORDING.features);
      case "object_info":
        return json(options.object_info?.(RECORDING.object_info) ?? RECORDING.object_info);
      case "prompt": {
        const { prompt, prompt_id, client_id } = JSON.parse(body);
        const { status, json: told } = take(prompt, prompt_id, client_id);
        return json(told, status);
      }
      case "history":
        return json(history.has(id) ? { [id]: history.get(id) } : {});
      case "queue": {
        if (request.method === "GET") {
          const [running, ...pending] = [...queue.values()].map((prompt, i) => [
            i,
            prompt.prompt_id,
            prompt.scenario.graph,
            {},
            [],
          ]);
          return json({ queue_running: running === undefined ? [] : [running], queue_pending: pending });
        }
        const [first] = queue.keys();
        // The one that runs is not deleted.
        for (const deleted of JSON.parse(body).delete ?? []) if (deleted !== first) queue.delete(deleted);
        return json({});
      }
      case "interrupt": {
        const { prompt_id } = JSON.parse(body);
        const prompt = queue.get(prompt_id);
        const recorded = RECORDING.scenarios.interrupted;
        if (prompt !== undefined && recorded !== undefined) {
          queue.delete(prompt_id);
          history.set(
            prompt_id,
            JSON.parse(JSON.stringify(recorded.history).replaceAll(recorded.prompt_id, prompt_id)),
          );
          for (const frame of recorded.frames.slice(-2)) send(prompt.client_id, frame, recorded.prompt_id, prompt_id);
        }
        return json({});
      }
      case "view": {
        const bytes = files.get(url.searchParams.get("filename") ?? "");
        if (bytes === undefined) return json({ error: "no such file" }, 404);
        return void response.writeHead(200, { "Content-Type": "image/png" }).end(Buffer.from(bytes, "base64"));
      }
      default:
        return json({}, 404);
    }
  };

  const http = createServer((request, response) => void answer(request, response));
  const websockets = new WebSocketServer({ noServer: true });
  http.on("upgrade", (request, socket, head) => {
    const client = new URL(request.url ?? "/", "http://localhost").searchParams.get("clientId") ?? "";
    websockets.handleUpgrade(request, socket, head, (opened) => {
      sockets.set(client, opened);
      opened.on("close", () => sockets.get(client) === opened && sockets.delete(client));
      tellQueue();
    });
  });
  http.listen(options.port ?? 0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const { port } = address;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    prompts,
    requests,
    prompt: (index) =>
      new Promise((resolve) => {
        const check = () => {
          const found = prompts[index];
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
    dropSockets() {
      for (const socket of sockets.values()) socket.terminate();
    },
    async setQueue(remaining) {
      others = remaining;
      tellQueue();
      // Frames are answered in order: with the pong, the status before it has been heard.
      const heard = [...sockets.values()].map((socket) => once(socket, "pong"));
      for (const socket of sockets.values()) socket.ping();
      await Promise.all(heard);
    },
    async stop() {
      for (const socket of sockets.values()) socket.terminate();
      const closed = once(http, "close");
      http.close();
      http.closeAllConnections();
      await closed;
    },
  };
}
