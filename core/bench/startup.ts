// How long from spawn to `welcome`, and what a core at rest takes of memory. `npm run build`, then `npx tsx core/bench/startup.ts`.
import { setTimeout as delay } from "node:timers/promises";
import { connectCore } from "../src/client/connect.ts";
import { quantile, report, runCore, temporaryHome } from "./running-core.ts";

const RUNS = 7;
const REST_MS = 3000;

const { home, remove } = temporaryHome();
const times: number[] = [];
const cpu: number[] = [];
let memory = 0;
let bare = 0;
try {
  // The first start makes keys and certificates, once in the life of a home folder.
  for (let run = 0; run <= RUNS; run++) {
    const started = performance.now();
    const core = await runCore(home);
    const client = await connectCore(core, { name: "bench", version: "1" });
    times.push(performance.now() - started);
    cpu.push(core.cpu());
    client.close();
    if (run === RUNS) {
      await delay(REST_MS);
      memory = core.memory();
    }
    await core.stop();
  }
  bare = await bareNode();
} finally {
  remove();
}
const [first = 0, ...later] = times;
const [firstCpu = 0, ...laterCpu] = cpu;
report("startup", {
  "first start to welcome, ms (target 1000)": first,
  "start to welcome, median, ms (target 1000)": quantile(later, 0.5),
  "start to welcome, slowest, ms": Math.max(...later),
  "bare `node -e 0` in the same run, ms": bare,
  "start to welcome / bare node": quantile(later, 0.5) / bare,
  "CPU of the core to welcome, first start, ms": firstCpu,
  "CPU of the core to welcome, median, ms": quantile(laterCpu, 0.5),
  "memory at rest, MB (target 150)": memory / 1e6,
  runs: later.length,
});

async function bareNode(): Promise<number> {
  const { spawnSync } = await import("node:child_process");
  const values = Array.from({ length: RUNS }, () => {
    const started = performance.now();
    spawnSync(process.execPath, ["-e", "0"]);
    return performance.now() - started;
  });
  return quantile(values, 0.5);
}
