import { expect, test } from "vitest";
import { explainEnd, type HostEnd, oomKills } from "../../core/src/host/explain-end.ts";

const GB = 1e9;
const memory = (memory_free: number) => ({ memory_bytes: 5 * GB, memory_total: 16 * GB, memory_free });
const end = (change: Partial<HostEnd>): HostEnd => ({
  exit_code: null,
  signal: null,
  stderr: "",
  memory: memory(8 * GB),
  oom_kill: false,
  ...change,
});

test.each<[string, Partial<HostEnd>, string]>([
  ["a kill with memory to spare", { signal: "SIGKILL" }, "HOST_CRASHED"],
  ["a kill that the kernel counted", { signal: "SIGKILL", oom_kill: true }, "OUT_OF_MEMORY"],
  ["a kill with memory nearly full", { signal: "SIGKILL", memory: memory(0.2 * GB) }, "OUT_OF_MEMORY"],
  ["a kill of which nothing else is known", { signal: "SIGKILL", memory: undefined }, "HOST_CRASHED"],
  ["a crash with memory nearly full", { signal: "SIGSEGV", memory: memory(0.2 * GB) }, "HOST_CRASHED"],
  [
    "an abort for want of memory",
    { signal: "SIGABRT", stderr: "terminate called after throwing 'std::bad_alloc'" },
    "OUT_OF_MEMORY",
  ],
  [
    "a full JavaScript heap",
    { signal: "SIGABRT", stderr: "FATAL ERROR: JavaScript heap out of memory" },
    "OUT_OF_MEMORY",
  ],
  ["an exit", { exit_code: 70 }, "HOST_CRASHED"],
])("%s", (_what, change, code) => {
  const error = explainEnd(end(change));
  expect(error.code).toBe(code);
  expect(error.remedy).toBeDefined();
});

test.runIf(process.platform === "linux")("Linux counts the processes that it ends for want of memory", () => {
  expect(oomKills()).toBeGreaterThanOrEqual(0);
});
