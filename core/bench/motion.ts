// The Node half of motion.py: makes motions through the pipeline of the core, one for each line on stdin.
// First line: JSON with `bundle`, a folder, and `threads`. Further lines: parameters of the task `motion`. Answers a JSON line each: `ms`, `cpu_ms`
// of all threads, `frames`, `runs` (rows of each run of the denoiser) and `peak_mb`, the process' largest memory so far.
import { createInterface } from "node:readline";
import { z } from "zod";
import { createOrtSession } from "../src/inference/ort-session.ts";
import type { BundleSessions } from "../src/inference/session.ts";
import { bundleFile, componentOf, isFor } from "../src/models/bundle.ts";
import { readBundle } from "../src/models/read-bundle.ts";
import { frameCount } from "../src/motion/motion.ts";
import { resolveMotionParams } from "../src/pipelines/motion-params.ts";
import { generateMotion } from "../src/pipelines/text-to-motion.ts";
import { LIMITS_DEFAULTS } from "../src/protocol/limits.ts";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const setup = z.object({ bundle: z.string(), threads: z.int() }).parse(JSON.parse((await lines.next()).value ?? ""));
const bundle = await readBundle(setup.bundle);
if (!isFor("motion", bundle)) throw new Error(`${setup.bundle} is no bundle for motion.`);

const loaded = new Map<string, ReturnType<typeof createOrtSession>>();
let runs: number[] = [];
const sessions: BundleSessions = {
  async session(name) {
    const component = componentOf(bundle, name);
    const file = bundleFile(bundle, component.file);
    const open = () => createOrtSession({ file, component, label: name, provider: "cpu", threads: setup.threads });
    const known = loaded.get(name) ?? open();
    loaded.set(name, known);
    const { provider, run } = await known;
    return {
      provider,
      run: (feeds, outputs) => {
        if (name === "denoiser") runs.push(feeds.sample?.dims[0] ?? 0);
        return run(feeds, outputs);
      },
    };
  },
};

for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
  const options = { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 0 };
  const params = resolveMotionParams(JSON.parse(line.value), options);
  runs = [];
  const start = performance.now();
  const used = process.cpuUsage();
  const [made] = await generateMotion(params, {
    bundle,
    sessions,
    readAsset: () => Promise.reject(new Error("no assets here")),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onPreview: () => undefined,
  });
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(used);
  const cpu_ms = (user + system) / 1000;
  const frames = made === undefined ? 0 : frameCount(made.motion);
  process.stdout.write(
    `${JSON.stringify({ ms, cpu_ms, frames, runs, peak_mb: process.resourceUsage().maxRSS / 1000 })}\n`,
  );
}
for (const session of loaded.values()) await (await session).release();
