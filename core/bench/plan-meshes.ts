// Asks the core how it would answer prompts, without making anything; for models/training/mesh/calibrate.py.
// First line of stdin: JSON with `bundle`, a folder. Each further line: parameters of the task `mesh`. Answers a JSON line each: for every
// source of the bundle the `origin` of its answer, by the source's name; a source without an answer is left out.
import { createInterface } from "node:readline";
import { z } from "zod";
import { isFor } from "../src/models/bundle.ts";
import { readBundle } from "../src/models/read-bundle.ts";
import { resolveMeshParams } from "../src/pipelines/mesh-params.ts";
import { planMeshes } from "../src/pipelines/mesh-plan.ts";
import { LIMITS_DEFAULTS } from "../src/protocol/limits.ts";
import type { MeshOrigin } from "../src/protocol/mesh.ts";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const setup = z.object({ bundle: z.string() }).parse(JSON.parse((await lines.next()).value ?? ""));
const bundle = await readBundle(setup.bundle);
if (!isFor("mesh", bundle)) throw new Error(`${setup.bundle} is a bundle for ${bundle.manifest.task}; expected mesh.`);
const { sources } = bundle.manifest.mesh_diffusion;

for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
  const asked: object = JSON.parse(line.value);
  const answers: Record<string, MeshOrigin> = {};
  for (const source of [...sources, "auto" as const]) {
    const params = resolveMeshParams({ ...asked, source }, { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 0 });
    const [plan] = await planMeshes(params, bundle);
    if (plan !== undefined) answers[source] = plan.origin;
  }
  process.stdout.write(`${JSON.stringify(answers)}\n`);
}
