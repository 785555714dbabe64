import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GraphCache } from "../../core/src/inference/graph-cache.ts";
import type { OrtSessionOptions } from "../../core/src/inference/ort-session.ts";
import type { Component } from "../../core/src/models/component.ts";
import { DigestCache } from "../../core/src/models/digest-cache.ts";
import { addComponent, sha256Of } from "../models/make-bundle.ts";

let home: string;
let lines: string[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "genga-graphs-"));
  mkdirSync(join(home, "bundle"));
  lines = [];
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const graphs = () => join(home, "graphs");
function open(change: { runtime_version?: string; cpu_fingerprint?: string; max_bytes?: number } = {}) {
  return new GraphCache({
    folder: graphs(),
    digests: new DigestCache(join(home, "digests")),
    logger: pino({ level: "warn" }, { write: (line) => void lines.push(line) }),
    runtime_version: "1",
    cpu_fingerprint: "cpu",
    ...change,
  });
}
function settings(component: Component): OrtSessionOptions {
  return { file: join(home, "bundle", component.file), component, label: component.file, provider: "cpu", threads: 1 };
}
const x = { dims: [1, 3, 16, 16], data: Float32Array.from({ length: 768 }, (_, index) => Math.sin(index)) };

test("the second load comes from the cache and computes the same bytes", async () => {
  const component = addComponent(join(home, "bundle"), "layers");
  const first = await open().load(settings(component));
  const [entry] = readdirSync(graphs());
  expect(readdirSync(join(graphs(), entry ?? "")).sort()).toEqual(["SHA256SUMS", "graph.onnx"]);
  // The graph itself is gone: only the cache can serve the second one.
  rmSync(join(home, "bundle"), { recursive: true });
  const second = await open().load(settings(component));
  expect((await second.run({ x })).y).toEqual((await first.run({ x })).y);
});

test("a damaged entry is thrown away and made again", async () => {
  const component = addComponent(join(home, "bundle"), "layers");
  const first = await open().load(settings(component));
  const [entry] = readdirSync(graphs());
  const file = join(graphs(), entry ?? "", "graph.onnx");
  const bytes = readFileSync(file);
  // A flipped bit inside the weights: the runtime would load it without a word.
  const at = bytes.length - 1200;
  bytes[at] = (bytes[at] ?? 0) ^ 0x40;
  writeFileSync(file, bytes);
  const again = await open().load(settings(component));
  expect(lines.join("")).toContain("damaged");
  // The runtime writes the same graph with another order inside, so the bytes are held against their own entry.
  const recorded = () => readFileSync(join(graphs(), entry ?? "", "SHA256SUMS"), "utf8");
  expect(recorded()).toBe(`${sha256Of(file)}  graph.onnx\n`);
  expect((await again.run({ x })).y).toEqual((await first.run({ x })).y);
  writeFileSync(join(graphs(), entry ?? "", "SHA256SUMS"), "garbage");
  await open().load(settings(component));
  expect(recorded()).toBe(`${sha256Of(file)}  graph.onnx\n`);
});

test("another runtime, processor or graph has an entry of its own", async () => {
  const component = addComponent(join(home, "bundle"), "layers");
  await open().load(settings(component));
  await open({ runtime_version: "2" }).load(settings(component));
  await open({ cpu_fingerprint: "other" }).load(settings(component));
  await open().load(settings(addComponent(join(home, "bundle"), "add")));
  expect(readdirSync(graphs())).toHaveLength(4);
});

test("weights beside the graph are cached with it", async () => {
  const folder = join(home, "bundle");
  const weights = Float32Array.from({ length: 2048 * 4096 }, (_, index) => (index % 4096 === 7 ? 1 : 0));
  writeFileSync(join(folder, "weights.bin"), weights);
  const file = "weights.bin";
  const external_data = [{ file, sha256: sha256Of(join(folder, file)), size: statSync(join(folder, file)).size }];
  const component = { ...addComponent(folder, "external"), external_data };
  await (await open().load(settings(component))).release();
  rmSync(folder, { recursive: true });
  const graph = await open().load(settings(component));
  const { product } = await graph.run({ x: { dims: [1, 2048], data: new Float32Array(2048).fill(0.5) } });
  expect(product?.data[7]).toBe(1024);
  expect(product?.data[8]).toBe(0);
  await graph.release();
});

test("entries unused for longest make room, and drafts of killed processes go", async () => {
  const component = addComponent(join(home, "bundle"), "layers");
  await open().load(settings(component));
  const [old] = readdirSync(graphs());
  utimesSync(join(graphs(), old ?? ""), 1, 1);
  // A process id above every system's limit.
  mkdirSync(join(graphs(), `${"a".repeat(64)}.99999999-abcd`));
  await open({ runtime_version: "2", max_bytes: component.size * 1.5 }).load(settings(component));
  expect(readdirSync(graphs())).toHaveLength(1);
  expect(existsSync(join(graphs(), old ?? ""))).toBe(false);
});

test("a cache folder that cannot be made costs time, not the job", async () => {
  const component = addComponent(join(home, "bundle"), "layers");
  writeFileSync(graphs(), "a file in the way");
  const graph = await open().load(settings(component));
  expect((await graph.run({ x })).y?.dims).toEqual([1, 3, 16, 16]);
});
