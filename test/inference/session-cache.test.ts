import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createOrtSession } from "../../core/src/inference/ort-session.ts";
import { type GraphRequest, SessionCache } from "../../core/src/inference/session-cache.ts";
import { addComponent, sha256Of } from "../models/make-bundle.ts";

const BYTES = 2048 * 4096 * 4;
let folder: string;
let loads: string[];
let lines: string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "genga-sessions-"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "weights.bin"), new Float32Array(2048 * 4096).fill(0.25));
});
beforeEach(() => {
  loads = [];
  lines = [];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A real graph with 32 MiB of weights under a name of its own. */
function request(key: string): GraphRequest {
  const file = "weights.bin";
  const external_data = [{ file, sha256: sha256Of(join(folder, file)), size: statSync(join(folder, file)).size }];
  const component = { ...addComponent(folder, "external"), external_data };
  return {
    key,
    label: key,
    bytes: BYTES,
    load: () => {
      loads.push(key);
      return createOrtSession({
        file: join(folder, component.file),
        component,
        label: key,
        provider: "cpu",
        threads: 1,
      });
    },
  };
}
const open = (graphs: number) =>
  new SessionCache({
    budget_bytes: graphs * BYTES,
    logger: pino({ level: "debug" }, { write: (line) => void lines.push(line) }),
  });
const x = { dims: [1, 2048], data: new Float32Array(2048).fill(1) };

test("what was not used for longest goes first, and its memory is given back", async () => {
  const cache = open(2);
  const rss = () => process.memoryUsage.rss();
  const before = rss();
  for (const key of ["a", "b", "a", "c", "a"]) {
    const lease = cache.lease();
    await (await lease.graph(request(key))).run({ x });
    lease.end();
  }
  expect(loads).toEqual(["a", "b", "c"]);
  expect(cache.status()).toEqual({ loaded: 2, bytes: 2 * BYTES });
  const full = rss();
  await cache.clear();
  expect(cache.status()).toEqual({ loaded: 0, bytes: 0 });
  expect(full - before).toBeGreaterThan(1.5 * BYTES);
  expect(full - rss()).toBeGreaterThan(1.5 * BYTES);
});

test("a graph that runs is never released under its run", async () => {
  const cache = open(1);
  const lease = cache.lease();
  const a = await lease.graph(request("a"));
  const running = a.run({ x });
  const other = cache.lease();
  await other.graph(request("b"));
  expect((await running).product?.data[0]).toBe(512);
  expect(cache.status().loaded).toBe(2);
  expect(lines.join("")).toContain("exceed the memory budget");
});

test("within a job one graph makes room for the next, and comes back once, to stay", async () => {
  const cache = open(1);
  const lease = cache.lease();
  const text_encoder = await lease.graph(request("text_encoder"));
  await text_encoder.run({ x });
  const unet = await lease.graph(request("unet"));
  expect(cache.status().loaded).toBe(1);
  for (let step = 0; step < 3; step++) {
    await text_encoder.run({ x });
    await unet.run({ x });
  }
  // Each was pushed out once at most; loading both again at every step would be 8 loads.
  expect(loads).toEqual(["text_encoder", "unet", "text_encoder", "unet"]);
  lease.end();
});

test("graphs of ended jobs go before graphs of a running one", async () => {
  const cache = open(2);
  const running = cache.lease();
  await running.graph(request("mine"));
  const ended = cache.lease();
  await ended.graph(request("theirs"));
  ended.end();
  await running.graph(request("second"));
  await running.graph(request("mine"));
  expect(loads).toEqual(["mine", "theirs", "second"]);
});

test("two who ask at once share one load, and a failed load is tried again", async () => {
  const cache = open(4);
  const lease = cache.lease();
  const [a, b] = await Promise.all([lease.graph(request("a")), lease.graph(request("a"))]);
  await Promise.all([a.run({ x }), b.run({ x })]);
  expect(loads).toEqual(["a"]);
  let attempts = 0;
  const flaky: GraphRequest = {
    ...request("b"),
    load: () => (attempts++ === 0 ? Promise.reject(new Error("disk")) : request("b").load()),
  };
  await expect(lease.graph(flaky)).rejects.toThrow("disk");
  await lease.graph(flaky);
  expect(attempts).toBe(2);
});
