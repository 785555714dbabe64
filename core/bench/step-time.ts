// The Node half of step-time.py: loads one graph through the core's session code and runs it once for each line on stdin.
// First line: JSON with `folder`, `component` (as in bundle.json), `shapes` of the inputs and `threads`. Answers: milliseconds, a line each.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { createOrtSession } from "../src/inference/ort-session.ts";
import type { NamedTensors } from "../src/inference/session.ts";
import { ComponentSchema } from "../src/models/component.ts";
import { elementCount } from "../src/tensor/tensor.ts";

const Setup = z.object({
  folder: z.string(),
  component: ComponentSchema,
  inputs: z.record(z.string(), z.object({ shape: z.array(z.int()), file: z.string() })),
  output: z.string(),
  threads: z.int(),
});

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { folder, component, inputs, output, threads } = Setup.parse(JSON.parse((await lines.next()).value ?? ""));
const graph = await createOrtSession({
  file: join(folder, component.file),
  component,
  label: "unet",
  provider: "cpu",
  threads,
});
const feeds: NamedTensors = Object.fromEntries(
  Object.entries(inputs).map(([name, { shape, file }]) => {
    const bytes = new Uint8Array(readFileSync(join(folder, file)));
    return [name, { dims: shape, data: new Float32Array(bytes.buffer, 0, elementCount(shape)) }];
  }),
);
for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
  const start = performance.now();
  const results = await graph.run(feeds);
  const ms = performance.now() - start;
  // One value of the result, so that the caller sees that the same thing was computed.
  process.stdout.write(`${JSON.stringify({ ms, value: Number(results[output]?.data[0]) })}\n`);
}
await graph.release();
