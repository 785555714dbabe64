import { fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { type Remote, wrap } from "comlink";
import type { Logger } from "../logger.ts";
import type { CoreError } from "../protocol/errors.ts";
import { explainEnd, oomKills } from "./explain-end.ts";
import { processEndpoint } from "./process-endpoint.ts";
import { transferErrors } from "./transfer-errors.ts";
import { type HostApi, type HostEvent, type HostMemory, isHostEvent } from "./worker-api.ts";

/** Options of {@link startHostProcess}. */
export interface HostProcessOptions {
  /** Built file of host/main.ts. */
  host_entry: string;
  /** Built file of host/worker.ts. */
  worker_entry: string;
  logger: Logger;
  /** Environment of the process; settings of the core (GENGA_*) are left out of it. */
  env: Record<string, string | undefined>;
  onEvent?: (event: HostEvent) => void;
}

/** A running inference process. */
export interface HostProcess {
  readonly pid: number | undefined;
  readonly api: Remote<HostApi>;
  /** Resolves when the process is gone, with the error for those who waited for it. */
  readonly ended: Promise<CoreError>;
  /** Waits for a call, but no longer than the process lives. */
  call<T>(answer: Promise<T>): Promise<T>;
  /** Ends it at once. */
  kill(): void;
  /** Lets it end by itself, at once if it does not. */
  stop(): Promise<void>;
}

/** What Dawn prints while it looks for a device: a warning and the place in its source. */
const PROVIDER_TRIAL =
  /Couldn't load Vulkan|^\s+at \S.* \(\S*dawn\S*:\d+\)$|^Warning: .*(vulkan|libvulkan|vkCreateInstance|adapter)/i;
const STDERR_TAIL = 8 * 1024;
const LAST_WORDS_MS = 500;
const STOP_MS = 3000;
/** The process itself hardly needs memory; pixels and weights live outside the JavaScript heap. */
const HEAP_MB = 2048;

/** Forks an inference process. */
export function startHostProcess({ host_entry, worker_entry, logger, env, onEvent }: HostProcessOptions): HostProcess {
  transferErrors();
  const kills = oomKills();
  const child = fork(host_entry, [worker_entry], {
    serialization: "advanced",
    // Not the core's own flags: an inspector or a loader is meant for the core.
    execArgv: [`--max-old-space-size=${HEAP_MB}`],
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("GENGA_"))),
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let stderr = "";
  let memory: HostMemory | undefined;
  const lines = child.stderr === null ? undefined : createInterface({ input: child.stderr });
  lines?.on("line", (line) => {
    stderr = `${stderr}${line}\n`.slice(-STDERR_TAIL);
    logLine(line, logger);
  });
  child.on("message", (message: unknown) => {
    if (!isHostEvent(message)) return;
    if (message.event === "memory") memory = message.memory;
    onEvent?.(message);
  });
  // A failed send is told by the process's end; without a listener it would end the core.
  child.on("error", (err) => logger.warn({ err }, "the inference process cannot be reached"));
  const ended = new Promise<CoreError>((resolve) => {
    const settle = async (exit_code: number | null, signal: NodeJS.Signals | null) => {
      // The last words come after the end. (`close` would wait for them, but never comes after a disconnect: Node 20.20.)
      if (lines !== undefined && child.stderr?.closed === false) {
        await Promise.race([once(lines, "close"), delay(LAST_WORDS_MS)]);
      }
      const oom_kill = kills !== undefined && (oomKills() ?? 0) > kills;
      resolve(explainEnd({ exit_code, signal, stderr, memory, oom_kill }));
    };
    child.once("exit", settle);
    child.once("error", () => {
      if (child.pid === undefined) void settle(null, null);
    });
  });

  return {
    pid: child.pid,
    api: wrap<HostApi>(processEndpoint(child)),
    ended,
    call: (answer) => Promise.race([answer, ended.then((error) => Promise.reject(error))]),
    kill: () => {
      child.kill("SIGKILL");
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Hands a line from the process to the core's log: its own log lines as such, what libraries print as a warning. */
function logLine(line: string, logger: Logger): void {
  try {
    const record: unknown = JSON.parse(line);
    if (typeof record === "object" && record !== null && "level" in record && "msg" in record) {
      const { level, msg, time: _time, pid: host_pid, ...rest } = record as Record<string, unknown>;
      const fields = { host_pid, ...rest };
      if (Number(level) >= 50) logger.error(fields, String(msg));
      else if (Number(level) >= 40) logger.warn(fields, String(msg));
      else if (Number(level) >= 30) logger.info(fields, String(msg));
      else logger.debug(fields, String(msg));
      return;
    }
  } catch {
    // Not ours.
  }
  if (line.trim() === "") return;
  // The trial of WebGPU on a machine without it: the choice of provider is told in a line of its own.
  if (PROVIDER_TRIAL.test(line)) logger.debug({ line }, "the inference process wrote");
  else logger.warn({ line }, "the inference process wrote");
}
