import { readFileSync } from "node:fs";
import { CoreError } from "../protocol/errors.ts";
import type { HostMemory } from "./worker-api.ts";

/** How the inference process ended. */
export interface HostEnd {
  exit_code: number | null;
  signal: NodeJS.Signals | null;
  /** The last it wrote to stderr. */
  stderr: string;
  /** Its last report, at most a second old. */
  memory: HostMemory | undefined;
  /** Whether the system's count of processes ended for want of memory went up meanwhile. */
  oom_kill: boolean;
}

const MEMORY_TEXT = /bad_alloc|heap out of memory|Cannot allocate memory|Failed to reserve|out of memory/i;
const NEARLY_FULL = 0.95;

/**
 * Gives the error that the jobs in a process that ended get: OUT_OF_MEMORY where something says so (its own last words, the
 * kernel's count of such kills, memory nearly full at a SIGKILL), else HOST_CRASHED.
 */
export function explainEnd({ exit_code, signal, stderr, memory, oom_kill }: HostEnd): CoreError {
  const how = signal === null ? `exit code ${exit_code ?? "unknown"}` : signal;
  const full = memory !== undefined && memory.memory_free < memory.memory_total * (1 - NEARLY_FULL);
  const data = { signal, exit_code, ...(memory === undefined ? {} : { memory }) };
  if (MEMORY_TEXT.test(stderr) || (signal === "SIGKILL" && (oom_kill || full))) {
    return new CoreError("OUT_OF_MEMORY", `The inference process was ended because memory ran out (${how}).`, {
      remedy: "Choose a smaller size, fewer images at once or a smaller bundle, or close other programs.",
      data,
    });
  }
  return new CoreError("HOST_CRASHED", `The inference process ended unexpectedly (${how}).`, {
    remedy: "If it goes on, set the provider to cpu and run `genga doctor`.",
    data,
  });
}

/** Gives how many processes the system has ended for want of memory; undefined where it does not count. */
export function oomKills(): number | undefined {
  const counts = ["/sys/fs/cgroup/memory.events", "/proc/vmstat"].flatMap((path) => {
    try {
      const count = /^oom_kill (\d+)$/m.exec(readFileSync(path, "utf8"))?.[1];
      return count === undefined ? [] : [Number(count)];
    } catch {
      return [];
    }
  });
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}
