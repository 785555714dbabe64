import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { HostJob, HostJobOptions, HostResult, InferenceHost } from "../../core/src/host/host-api.ts";
import { createInferenceHost, type InferenceHostOptions } from "../../core/src/host/inference-host.ts";
import { type ImageBundle, isFor } from "../../core/src/models/bundle.ts";
import { readBundle } from "../../core/src/models/read-bundle.ts";
import type { PipelinePreview, PipelineProgress } from "../../core/src/pipelines/pipeline.ts";
import { ImageParamsSchema } from "../../core/src/protocol/image.ts";
import { makeBundle } from "../models/make-bundle.ts";
import { type BuiltHost, buildHost } from "./build-host.ts";

let home: string;
let built: BuiltHost;
let bundle: ImageBundle;
let lines: string[] = [];
let hosts: InferenceHost[] = [];
/** For the tests that leave the process whole. */
let shared: InferenceHost;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "genga-host-"));
  built = await buildHost("test/host/graph-worker.ts");
  makeBundle(join(home, "bundle"), { graphs: ["slow", "allocate"] });
  bundle = await imageBundle(join(home, "bundle"));
  shared = open({ cancel_grace_ms: 60_000 });
  hosts = [];
});
afterEach(async () => {
  await Promise.all(hosts.map((host) => host.close()));
  hosts = [];
  lines = [];
});
afterAll(async () => {
  await shared.close();
  built.remove();
  rmSync(home, { recursive: true, force: true });
});

function open(options: Partial<InferenceHostOptions> = {}): InferenceHost {
  const host = createInferenceHost({
    provider: "cpu",
    workers: 1,
    threads: 1,
    memory_budget_bytes: 0,
    cancel_grace_ms: 200,
    cache_folder: join(home, "cache"),
    logger: pino({ level: "info" }, { write: (line) => void lines.push(line) }),
    env: process.env,
    restart_delay_ms: 1,
    host_entry: built.host_entry,
    worker_entry: built.worker_entry,
    ...options,
  });
  hosts.push(host);
  return host;
}

async function imageBundle(folder: string): Promise<ImageBundle> {
  const read = await readBundle(folder);
  if (isFor("image", read)) return read;
  throw new Error("no bundle that makes pictures");
}

/** The pictures of a result. */
function pictures(result: HostResult) {
  if (result.task !== "image") throw new Error("no pictures");
  return result.generated;
}

let count = 0;
function job(
  prompt: string,
  change: Partial<HostJob<"image">["params"]> = {},
  inputs: HostJob["inputs"] = {},
): HostJob<"image"> {
  const params = ImageParamsSchema.parse({ prompt });
  return {
    job_id: `job-${count++}`,
    task: "image",
    bundle,
    inputs,
    params: {
      ...params,
      width: 64,
      height: 64,
      bundle: "bundle",
      num_inference_steps: 3,
      guidance_scale: 1,
      scheduler: "ddim",
      seed: 5,
      ...change,
    },
  };
}

function watch(onStep: (progress: PipelineProgress) => void = () => undefined) {
  const cancel = new AbortController();
  const progress: PipelineProgress[] = [];
  const previews: PipelinePreview[] = [];
  const options: HostJobOptions = {
    signal: cancel.signal,
    onProgress: (step) => {
      progress.push(step);
      onStep(step);
    },
    onPreview: (preview) => previews.push(preview),
  };
  return { cancel, progress, previews, options };
}

const digest = (bytes: Uint8Array | undefined) =>
  createHash("sha256")
    .update(bytes ?? "")
    .digest("hex");

test("a job runs and gives pictures, progress, previews, timings and what it ran on", async () => {
  const host = open();
  const { options, progress, previews } = watch();
  const result = await host.run(job("steps"), options);
  expect(pictures(result)[0]).toMatchObject({ seed: 5, image: { width: 128, height: 128 } });
  expect(progress.map(({ step }) => step)).toEqual([1, 2, 3]);
  expect(digest(previews[0]?.image.data)).toBe(digest(pictures(result)[0]?.image.data));
  expect(result.execution).toMatchObject({ provider: "cpu", runtime: "onnxruntime-node 1.30.0 (1 thread)" });
  expect(result.execution.platform).toBe(`${process.platform} ${process.arch}`);
  expect(result.execution.device).not.toBe("");
  expect(result.timings_ms.load).toBeGreaterThan(0);
  expect(result.timings_ms.denoise).toBeGreaterThan(0);
  expect(await host.status()).toMatchObject({
    provider: "cpu",
    restarts: 0,
    busy: 0,
    workers: 1,
    pid: expect.any(Number),
  });
  expect(lines.filter((line) => line.includes("inference runs on"))).toHaveLength(1);
});

test("the same request gives the same bytes in another process", async () => {
  const first = await shared.run(job("steps"), watch().options);
  const second = await open().run(job("steps"), watch().options);
  expect(digest(pictures(second)[0]?.image.data)).toBe(digest(pictures(first)[0]?.image.data));
});

test("inputs cross byte by byte", async () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
  const sha256 = digest(bytes);
  const result = await shared.run(job("read", { init_image: sha256 }, { [sha256]: bytes }), watch().options);
  expect(digest(pictures(result)[0]?.image.data)).toBe(sha256);
  expect(bytes.length).toBe(100_000);
});

test("a cancelled job stops at the next step, and the process lives on", async () => {
  const { cancel, options, progress } = watch(({ step }) => {
    if (step === 2) cancel.abort();
  });
  await expect(shared.run(job("steps", { num_inference_steps: 10_000, width: 200 }), options)).rejects.toMatchObject({
    code: "CANCELLED",
  });
  expect(progress.map(({ step }) => step)).toEqual([1, 2]);
  expect(await shared.status()).toMatchObject({ restarts: 0, busy: 0 });
  await shared.run(job("steps"), watch().options);
});

test("a job that waits behind another is cancelled without being run", async () => {
  const first = watch(({ step }) => {
    if (step === 1) second.cancel.abort();
    if (step === 3) first.cancel.abort();
  });
  const second = watch();
  const long = shared.run(job("steps", { num_inference_steps: 10_000, width: 200 }), first.options);
  const waiting = shared.run(job("steps"), second.options);
  const outcomes = await Promise.allSettled([long, waiting]);
  for (const outcome of outcomes) expect(outcome).toMatchObject({ status: "rejected", reason: { code: "CANCELLED" } });
  expect(second.progress).toEqual([]);
});

test("a cancelled job that never reaches a step costs the process; the next job runs in another one", async () => {
  const host = open();
  const { cancel, options } = watch(() => cancel.abort());
  await expect(host.run(job("stuck"), options)).rejects.toMatchObject({ code: "CANCELLED" });
  await host.run(job("steps"), watch().options);
  expect(await host.status()).toMatchObject({ restarts: 1, busy: 0 });
});

test("a job beside one that had to be killed fails with HOST_CRASHED, to be tried again", async () => {
  const host = open({ workers: 2 });
  const beside = watch(() => stuck.cancel.abort());
  const stuck = watch();
  const killed = host.run(job("stuck"), stuck.options);
  const other = host.run(job("steps", { num_inference_steps: 1_000_000 }), beside.options);
  const [cancelled, crashed] = await Promise.allSettled([killed, other]);
  expect(cancelled).toMatchObject({ reason: { code: "CANCELLED" } });
  expect(crashed).toMatchObject({ reason: { code: "HOST_CRASHED", remedy: expect.any(String) } });
});

test("kill -9 of the process in mid-run rejects with HOST_CRASHED, and the next job runs", async () => {
  const host = open();
  const { options } = watch(() => {
    void host.status().then(({ pid }) => pid !== undefined && process.kill(pid, "SIGKILL"));
  });
  await expect(host.run(job("stuck"), options)).rejects.toMatchObject({
    code: "HOST_CRASHED",
    data: { signal: "SIGKILL" },
  });
  await host.run(job("steps"), watch().options);
  expect(await host.status()).toMatchObject({ restarts: 1 });
});

test("a process that aborts is told apart from one that runs out of memory", async () => {
  const host = open();
  await expect(host.run(job("abort"), watch().options)).rejects.toMatchObject({ code: "HOST_CRASHED" });
  await expect(host.run(job("allocate"), watch().options)).rejects.toMatchObject({
    code: "OUT_OF_MEMORY",
    remedy: expect.stringContaining("smaller"),
  });
  expect(await host.status()).toMatchObject({ restarts: 1 });
});

test("a worker whose JavaScript heap is full ends with OUT_OF_MEMORY and a way out, and the next job runs", async () => {
  const host = open();
  await expect(host.run(job("heap"), watch().options)).rejects.toMatchObject({
    code: "OUT_OF_MEMORY",
    remedy: expect.stringContaining("smaller"),
  });
  await host.run(job("steps"), watch().options);
  expect(await host.status()).toMatchObject({ restarts: 1 });
});

test("errors keep code, remedy and data through thread and process; unknown ones become INTERNAL and are logged", async () => {
  await expect(shared.run(job("refuse"), watch().options)).rejects.toMatchObject({
    name: "CoreError",
    code: "UNSUPPORTED_CONTROL",
    message: "No such control.",
    remedy: "Take another.",
    data: { kind: "depth" },
  });
  const fault = await shared.run(job("fault"), watch().options).catch((thrown: unknown) => thrown);
  expect(fault).toMatchObject({ code: "INTERNAL" });
  expect(String(fault)).not.toContain("a fault of the pipeline's own");
  await expect.poll(() => lines.join("")).toContain("a fault of the pipeline's own");
});

test("a graph that no longer matches its hash is not loaded", async () => {
  const folder = join(home, "changed");
  makeBundle(folder, { graphs: ["slow"] });
  const changed = await imageBundle(folder);
  const file = join(folder, "slow.onnx");
  const bytes = readFileSync(file);
  bytes[8] = (bytes[8] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  // Another process: the first has the right bytes in memory, and may go on with them.
  await expect(open().run({ ...job("steps"), bundle: changed }, watch().options)).rejects.toMatchObject({
    code: "BUNDLE_CORRUPT",
    data: { file: "slow.onnx" },
  });
});

test("auto falls back to the processor with one line; a provider asked for by name does not", async () => {
  const host = open({ provider: "auto" });
  await host.run(job("steps"), watch().options);
  const status = await host.status();
  const choices = lines.filter((line) => line.includes("inference runs on"));
  expect(choices).toHaveLength(1);
  expect(choices[0]).toContain(`inference runs on ${status.provider}`);
  const elsewhere = process.platform === "win32" ? "coreml" : "directml";
  await expect(open({ provider: elsewhere }).run(job("steps"), watch().options)).rejects.toMatchObject({
    code: "PROVIDER_UNAVAILABLE",
    remedy: expect.stringContaining("auto"),
  });
});

test("an idle process is unloaded, and comes back with the next job", async () => {
  const host = open({ idle_unload_ms: 20 });
  await host.run(job("steps"), watch().options);
  await expect.poll(async () => (await host.status()).pid).toBeUndefined();
  await host.run(job("steps"), watch().options);
  expect(await host.status()).toMatchObject({ restarts: 0 });
});

test("a closed host takes no job, and its process is gone", async () => {
  const host = open();
  await host.run(job("steps"), watch().options);
  const { pid } = await host.status();
  await host.close();
  expect(() => process.kill(pid ?? 0, 0)).toThrow("ESRCH");
  await expect(host.run(job("steps"), watch().options)).rejects.toMatchObject({ code: "SHUTTING_DOWN" });
});
