// Makes motions for models/training/motion/evaluate.py through the pipeline of the core, in this process.
// First line of stdin: JSON with `bundle`, a folder. Each further line: parameters of the task `motion`. Answers a JSON line each:
// `root` [frames · 3], `rotations` [frames · 22 · 4] (x, y, z, w), `contacts`, `origin`, `ms`; or `error`.
import { createInterface } from "node:readline";
import { z } from "zod";
import { createOrtSession } from "../src/inference/ort-session.ts";
import type { BundleSessions } from "../src/inference/session.ts";
import { bundleFile, componentOf, isFor } from "../src/models/bundle.ts";
import { readBundle } from "../src/models/read-bundle.ts";
import { resolveMotionParams } from "../src/pipelines/motion-params.ts";
import { generateMotion } from "../src/pipelines/text-to-motion.ts";
import { LIMITS_DEFAULTS } from "../src/protocol/limits.ts";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const setup = z.object({ bundle: z.string() }).parse(JSON.parse((await lines.next()).value ?? ""));
const bundle = await readBundle(setup.bundle);
if (!isFor("motion", bundle))
  throw new Error(`${setup.bundle} is a bundle for ${bundle.manifest.task}; expected motion.`);

const loaded = new Map<string, ReturnType<typeof createOrtSession>>();
const sessions: BundleSessions = {
  session(name) {
    const component = componentOf(bundle, name);
    const open = () =>
      createOrtSession({
        file: bundleFile(bundle, component.file),
        component,
        label: name,
        provider: "cpu",
        threads: 1,
      });
    const known = loaded.get(name) ?? open();
    loaded.set(name, known);
    return known;
  },
};

for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
  const start = performance.now();
  try {
    const params = resolveMotionParams(JSON.parse(line.value), {
      bundle,
      limits: LIMITS_DEFAULTS,
      drawSeed: () => 0,
    });
    const [made] = await generateMotion(params, {
      bundle,
      sessions,
      readAsset: () => Promise.reject(new Error("no assets here")),
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onPreview: () => undefined,
    });
    if (made === undefined) throw new Error("no motion came out");
    const { root, rotations, contacts } = made.motion;
    const answer = { root: rounded(root), rotations: rounded(rotations), contacts: [...(contacts ?? [])] };
    print({ ...answer, origin: made.origin, ms: Math.round(performance.now() - start) });
  } catch (error) {
    print({ error: error instanceof Error ? error.message : String(error) });
  }
}
for (const graph of loaded.values()) await (await graph).release();

function rounded(values: Float32Array): number[] {
  return Array.from(values, (value) => Math.round(value * 1e5) / 1e5);
}

function print(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
