import { join } from "node:path";
import { expect, test } from "vitest";
import { createOrtSession, type OrtSessionOptions } from "../../core/src/inference/ort-session.ts";
import { tryProvider } from "../../core/src/inference/providers.ts";
import type { Component } from "../../core/src/models/component.ts";
import { fromHalf, toHalf } from "../../core/src/tensor/float16.ts";
import { GRAPH_SPECS, GRAPHS, type GraphName } from "../models/make-bundle.ts";

function load(graph: GraphName, change: Partial<Component> = {}, options: Partial<OrtSessionOptions> = {}) {
  const file = `${graph}.onnx`;
  const component = { file, sha256: "0".repeat(64), size: 1, external_data: [], ...GRAPH_SPECS[graph], ...change };
  const label = `${graph} of bundle "test"`;
  return createOrtSession({ file: join(GRAPHS, file), component, label, provider: "cpu", threads: 1, ...options });
}

test("float32 goes in and comes out, and the inputs stay whole", async () => {
  const graph = await load("add");
  const x = { dims: [3], data: Float32Array.of(1, 2, 3) };
  const { sum } = await graph.run({ x, y: { dims: [3], data: Float32Array.of(10, 20, 30) } });
  expect(sum).toEqual({ dims: [3], data: Float32Array.of(11, 22, 33) });
  expect(x.data).toEqual(Float32Array.of(1, 2, 3));
  await graph.release();
});

test("float16 is converted both ways; int64 and bool cross as they are", async () => {
  const graph = await load("half");
  const values = Float32Array.of(0.1, -2.5, 1000);
  const feeds = {
    x: { dims: [3], data: values },
    count: { dims: [1], data: BigInt64Array.of(2n ** 53n) },
    flag: { dims: [3], data: Uint8Array.of(1, 0, 1) },
  };
  const { doubled, count_plus_one, not_flag } = await graph.run(feeds);
  expect(doubled?.data).toEqual(fromHalf(toHalf(fromHalf(toHalf(values)).map((value) => value * 2))));
  expect(count_plus_one?.data).toEqual(BigInt64Array.of(2n ** 53n + 1n));
  expect(not_flag?.data).toEqual(Uint8Array.of(0, 1, 0));
  const bits = await graph.run({ ...feeds, x: { dims: [3], data: toHalf(values) } }, ["doubled"]);
  expect(bits).toEqual({ doubled });
  await graph.release();
});

const one = { dims: [1], data: Float32Array.of(1) };
test.each([
  ['was given no "y"', { x: one }],
  ['takes no "z"; it takes: x, y', { x: one, y: one, z: one }],
  ['was given "x" of shape [1, 1]; expected [n]', { x: { dims: [1, 1], data: Float32Array.of(1) }, y: one }],
  ['was given "x" with 1 elements for the shape [2]', { x: { dims: [2], data: Float32Array.of(1) }, y: one }],
  ['was given "x" as BigInt64Array; it wants float32', { x: { dims: [1], data: BigInt64Array.of(1n) }, y: one }],
])("a wrong feed is named: %s", async (message, feeds) => {
  const graph = await load("add");
  await expect(graph.run(feeds)).rejects.toMatchObject({
    code: "INFERENCE_FAILED",
    message: expect.stringContaining(`The add of bundle "test" ${message}`),
  });
  await graph.release();
});

test("a fixed axis must have its size", async () => {
  const graph = await load("layers");
  const x = { dims: [1, 4, 2, 2], data: new Float32Array(16) };
  await expect(graph.run({ x })).rejects.toMatchObject({
    code: "INFERENCE_FAILED",
    message: expect.stringContaining("[1, 4, 2, 2]; expected [1, 3, h, w]"),
  });
  await graph.release();
});

const { inputs, outputs } = GRAPH_SPECS.add;
test.each([
  ['has no input "z"; it has: x, y', { inputs: [...inputs, { name: "z", dtype: "float32" as const, shape: ["n"] }] }],
  ['wants "y", which bundle.json does not name', { inputs: inputs.slice(0, 1) }],
  [
    'output "sum" is float32; bundle.json says int64',
    { outputs: outputs.map((value) => ({ ...value, dtype: "int64" as const })) },
  ],
  ['input "x" has 1 axes; bundle.json says 2', { inputs: inputs.map((value) => ({ ...value, shape: ["n", 2] })) }],
])("a graph that differs from its manifest is not taken: %s", async (message, change) => {
  await expect(load("add", change)).rejects.toMatchObject({
    code: "BUNDLE_INVALID",
    message: expect.stringContaining(message),
  });
});

test("what is no graph is BUNDLE_CORRUPT, without a path of this machine", async () => {
  const error = await load("corrupt").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "BUNDLE_CORRUPT", message: expect.stringContaining("corrupt.onnx") });
  expect(String(error)).not.toContain("/fixtures/");
});

test("an allocation that fails is OUT_OF_MEMORY with a remedy", async () => {
  const graph = await load("allocate");
  const shape = { dims: [1], data: BigInt64Array.of(1n << 50n) };
  await expect(graph.run({ shape })).rejects.toMatchObject({
    code: "OUT_OF_MEMORY",
    remedy: expect.stringContaining("smaller size"),
  });
  const { total } = await graph.run({ shape: { dims: [1], data: BigInt64Array.of(8n) } });
  expect(total?.data).toEqual(Float32Array.of(0));
  await graph.release();
});

test("a failure inside a graph is INFERENCE_FAILED with the runtime's reason", async () => {
  const graph = await load("add");
  const y = { dims: [2], data: Float32Array.of(1, 2) };
  await expect(graph.run({ x: { dims: [3], data: new Float32Array(3) }, y })).rejects.toMatchObject({
    code: "INFERENCE_FAILED",
    message: expect.stringContaining("broadcast"),
  });
  await graph.release();
});

test("the processor passes its trial; a provider of another platform is not there", async () => {
  expect(await tryProvider("cpu")).toEqual({ provider: "cpu", usable: true });
  const elsewhere = process.platform === "win32" ? "coreml" : "directml";
  expect(await tryProvider(elsewhere)).toMatchObject({
    usable: false,
    reason: expect.stringContaining("not part of the runtime"),
  });
});
