import sharp from "sharp";
import { afterEach, expect, test } from "vitest";
import type { JobEvent } from "../../core/src/protocol/core-messages.ts";
import { RECORDING, type ReplayOptions, type ReplayServer, replayComfyui } from "../support/replay-comfyui.ts";
import { type ComfyCore, follow, generate, serverSettings, startComfyCore } from "./replay-core.ts";

const STEPS = "comfyui:default/workflow:steps";
const FAILS = "comfyui:default/workflow:fails";
const servers: ReplayServer[] = [];
const cores: ComfyCore[] = [];

afterEach(async () => {
  for (const core of cores.splice(0)) await core.close();
  for (const server of servers.splice(0)) await server.stop();
});

async function replay(options: ReplayOptions = {}): Promise<ReplayServer> {
  const server = await replayComfyui(options);
  servers.push(server);
  return server;
}

async function coreWith(comfyui: unknown[], settings: Record<string, unknown> = {}): Promise<ComfyCore> {
  const core = await startComfyCore(comfyui, settings);
  cores.push(core);
  return core;
}

const request = (seed: number, more: Record<string, unknown> = {}) => ({
  bundle: STEPS,
  prompt: "",
  width: 64,
  height: 64,
  seed,
  ...more,
});
const ofType = <T extends JobEvent["type"]>(events: readonly JobEvent[], type: T) =>
  events.filter((event): event is Extract<JobEvent, { type: T }> => event.type === type);

test("a picture is made as ComfyUI told it: progress to the end and never back, previews, the file's own pixels", async () => {
  const server = await replay();
  const { client, offered } = await coreWith([serverSettings(server.url)]);
  await offered(STEPS);
  const { events, end } = await generate(client, request(5, { preview: { every_steps: 3 } }));
  const progress = ofType(events, "progress").map((event) => event.progress);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(progress.at(-1)).toBe(1);
  expect(ofType(events, "preview").every(({ mime, bytes }) => mime === "image/webp" && bytes.length > 0)).toBe(true);
  expect(ofType(events, "preview").length).toBeGreaterThan(0);
  if (end.type !== "result") throw new Error(JSON.stringify(end));
  const [output] = end.outputs;
  if (output === undefined) throw new Error("no output");
  const [recorded] = Object.values(RECORDING.scenarios.steps?.files ?? {});
  const wanted = await sharp(Buffer.from(recorded ?? "", "base64"))
    .removeAlpha()
    .raw()
    .toBuffer();
  const given = await sharp(await client.getAsset(output.asset.sha256))
    .removeAlpha()
    .raw()
    .toBuffer();
  expect(given.equals(wanted)).toBe(true);
  expect(output.record.execution).toMatchObject({
    provider: "comfyui",
    runtime: expect.stringMatching(/^ComfyUI 0\.3\.75/),
  });
  expect(output.record.backend).toMatchObject({ name: "ComfyUI", version: "0.3.75", server: "default" });
  expect(output.record.params.workflow).toEqual(RECORDING.scenarios.steps?.graph);
});

test("previews without metadata belong to the prompt that runs", async () => {
  const server = await replay();
  const { client, offered } = await coreWith([serverSettings(server.url)]);
  await offered(STEPS);
  const { events } = await generate(client, request(8, { preview: { every_steps: 1 } }));
  expect(RECORDING.scenarios["plain previews"]?.frames.some((frame) => "binary" in frame)).toBe(true);
  expect(ofType(events, "preview").length).toBeGreaterThan(0);
});

test.each([
  ["error", "INFERENCE_FAILED", /Sky genga:prompt=how.*the sky at sky\.bin is missing/],
  ["memory", "OUT_OF_MEMORY", /ran out of memory in "Sky/],
])(
  "a node that fails by %s ends the job with %s, naming the node and no folder of the machine",
  async (how, code, message) => {
    const server = await replay();
    const { client, offered } = await coreWith([serverSettings(server.url)]);
    await offered(FAILS);
    const { end } = await generate(client, { bundle: FAILS, prompt: how, width: 64, height: 64 });
    expect(end).toMatchObject({ type: "failed", error: { code, remedy: expect.any(String) } });
    if (end.type === "failed") {
      expect(end.error.message).toMatch(message);
      expect(end.error.message).not.toContain("/home/");
    }
  },
);

test("a cancelled job is interrupted on the server by its own id, and the next one runs", async () => {
  const server = await replay({ auto: false });
  const { client, offered } = await coreWith([serverSettings(server.url, { jobs: 1 })]);
  await offered(STEPS);
  const first = await client.submit("image", request(5));
  const prompt = await server.prompt(0);
  prompt.play(10);
  await client.cancel(first.job_id);
  expect((await follow(client, first.job_id)).end.type).toBe("cancelled");
  const interrupts = server.requests.filter(({ line }) => line === "POST /interrupt");
  expect(interrupts.map(({ body }) => JSON.parse(body))).toEqual([{ prompt_id: prompt.prompt_id }]);
  const second = await client.submit("image", request(6));
  (await server.prompt(1)).play();
  expect((await follow(client, second.job_id)).end.type).toBe("result");
});

test("a cancelled job that waits in the server's queue is taken out of it, and the one that runs goes on", async () => {
  const server = await replay({ auto: false });
  const { client, offered } = await coreWith([serverSettings(server.url, { jobs: 2 })]);
  await offered(STEPS);
  const running = await client.submit("image", request(5));
  const playing = await server.prompt(0);
  const waiting = await client.submit("image", request(6));
  const queued = await server.prompt(1);
  await client.cancel(waiting.job_id);
  expect((await follow(client, waiting.job_id)).end.type).toBe("cancelled");
  expect(server.requests.some(({ line, body }) => line === "POST /queue" && body.includes(queued.prompt_id))).toBe(
    true,
  );
  expect(server.requests.some(({ line }) => line === "POST /interrupt")).toBe(false);
  playing.play();
  expect((await follow(client, running.job_id)).end.type).toBe("result");
});

test("what happened while the connection was broken is caught up from the history", async () => {
  const server = await replay({ auto: false });
  const { client, offered } = await coreWith([serverSettings(server.url)]);
  await offered(STEPS);
  const { job_id } = await client.submit("image", request(5));
  const prompt = await server.prompt(0);
  prompt.play(5);
  server.dropSockets();
  prompt.play();
  expect((await follow(client, job_id)).end.type).toBe("result");
  expect(server.prompts).toHaveLength(1);
});

test("a job whose server was restarted is sent again, once, and has one result", async () => {
  const server = await replay({ auto: false });
  const { client, offered } = await coreWith([serverSettings(server.url)]);
  await offered(STEPS);
  const { job_id } = await client.submit("image", request(5));
  (await server.prompt(0)).play(10);
  await server.stop();
  servers.splice(servers.indexOf(server), 1);
  const back = await replay({ port: server.port });
  const { events, end } = await follow(client, job_id);
  expect(end.type).toBe("result");
  expect(ofType(events, "result")).toHaveLength(1);
  expect(back.prompts).toHaveLength(1);
});

test("a server that stays away ends its jobs with BACKEND_UNAVAILABLE, and requests are refused at once", async () => {
  const server = await replay({ auto: false });
  const core = await coreWith([serverSettings(server.url)], { comfyui_patience_ms: 300 });
  const { client, offered } = core;
  await offered(STEPS);
  const { job_id } = await client.submit("image", request(5));
  await server.prompt(0);
  await server.stop();
  servers.splice(servers.indexOf(server), 1);
  const { end } = await follow(client, job_id);
  expect(end).toMatchObject({ type: "failed", error: { code: "BACKEND_UNAVAILABLE" } });
  // Clients heard of it, and the bundle is still listed.
  await offered(STEPS, false);
  await expect(client.submit("image", request(6))).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
});

test("a server that comes late is announced to clients that are connected already", async () => {
  const server = await replay();
  const { port } = server;
  await server.stop();
  servers.splice(servers.indexOf(server), 1);
  const { client, offered } = await coreWith([serverSettings(server.url)]);
  expect(client.welcome?.capabilities.bundles.some(({ id }) => id === STEPS)).toBe(false);
  await replay({ port });
  await offered(STEPS);
  const bundle = client.welcome?.capabilities.bundles.find(({ id }) => id === STEPS);
  expect(bundle).toMatchObject({ backend: "comfyui:default", online: true, allowed: true, family: "comfyui-workflow" });
});

/** Waits until each server was asked for its nodes and then for nothing more for a second: what it offers is known. */
async function silence(asked: ReplayServer[]): Promise<void> {
  let before = "";
  const state = () => {
    const now = asked.map(({ requests }) => requests.length).join();
    const known = asked.every(({ requests }) => requests.some(({ line }) => line.endsWith("/object_info")));
    const same = now === before;
    before = now;
    return known && same;
  };
  await expect.poll(state, { interval: 1000 }).toBe(true);
}

test("two servers of one name share jobs by load, and one takes over what the other loses", async () => {
  const busy = await replay({ auto: false });
  const idle = await replay({ auto: false });
  const { client, offered } = await coreWith([serverSettings(busy.url), serverSettings(idle.url)]);
  await offered(STEPS);
  await silence([busy, idle]);
  await busy.setQueue(5);
  const first = await client.submit("image", request(5));
  await idle.prompt(0);
  await busy.setQueue(0);
  const second = await client.submit("image", request(6));
  await busy.prompt(0);
  (await idle.prompt(0)).play();
  expect((await follow(client, first.job_id)).end.type).toBe("result");
  await busy.stop();
  servers.splice(servers.indexOf(busy), 1);
  const taken = await idle.prompt(1);
  expect(taken.scenario).toBe(RECORDING.scenarios["steps-6"]);
  taken.play();
  const { events, end } = await follow(client, second.job_id);
  expect([end.type, ofType(events, "result").length]).toEqual(["result", 1]);
});

test("a graph that the server takes in part only is refused, and what it took is cancelled", async () => {
  const server = await replay({ auto: false });
  const core = await coreWith([serverSettings(server.url)]);
  await core.offered(STEPS);
  // The recorded answer of a graph of which one output cannot run: 200 with node_errors.
  const partly = RECORDING.scenarios["partly refused"];
  expect(partly?.answer).toMatchObject({ status: 200, json: { node_errors: { 4: expect.anything() } } });
  const { refusalOf } = await import("../../bridges/comfyui/comfy-errors.ts");
  const { GraphSchema } = await import("../../bridges/comfyui/graph.ts");
  const graph = GraphSchema.parse(partly?.graph);
  const refusal = refusalOf("default", graph, 200, partly?.answer.json);
  expect(refusal).toMatchObject({ code: "BACKEND_FAILED", message: expect.stringMatching(/"Second".*images/) });
  const whole = RECORDING.scenarios.steps;
  expect(refusalOf("default", graph, 200, whole?.answer.json)).toBeUndefined();
  const { status, json } = RECORDING.scenarios.refused?.answer ?? { status: 0, json: {} };
  expect(refusalOf("default", graph, status, json)).toMatchObject({
    message: expect.stringMatching(/Sampler.*smaller than min/),
  });
});

test("the policy refuses before anything is sent: a pack's node may bring models along that nobody declared", async () => {
  const server = await replay();
  const { client, offered } = await coreWith([serverSettings(server.url)], { policy: "declared" });
  await offered(STEPS);
  const bundle = client.welcome?.capabilities.bundles.find(({ id }) => id === STEPS);
  expect(bundle).toMatchObject({ allowed: false, refusal: expect.stringContaining("BackendTestSteps") });
  await expect(client.submit("image", request(5))).rejects.toMatchObject({ code: "POLICY_REFUSED" });
  expect(server.requests.some(({ line }) => line === "POST /prompt")).toBe(false);
});

test("with prompt privacy the graph is on record by its hash alone", async () => {
  const server = await replay();
  const { client, offered } = await coreWith([serverSettings(server.url)], { prompt_privacy: true });
  await offered(STEPS);
  const { end } = await generate(client, request(5));
  if (end.type !== "result") throw new Error(JSON.stringify(end));
  expect(end.outputs[0]?.record.params.workflow).toMatch(/^sha256:[0-9a-f]{64}$/);
});

test("local jobs and ComfyUI jobs do not wait for each other", async () => {
  const server = await replay({ auto: false });
  const { client, offered } = await coreWith([serverSettings(server.url, { jobs: 1 })]);
  await offered(STEPS);
  const remote = await client.submit("image", request(5));
  await server.prompt(0);
  const behind = await client.submit("image", request(6));
  const local = await generate(client, {
    bundle: "tiny-random-sd",
    prompt: "a well",
    width: 64,
    height: 64,
    num_inference_steps: 1,
  });
  expect(local.end.type).toBe("result");
  expect(server.prompts).toHaveLength(1);
  (await server.prompt(0)).play();
  (await server.prompt(1)).play();
  expect((await follow(client, remote.job_id)).end.type).toBe("result");
  expect((await follow(client, behind.job_id)).end.type).toBe("result");
});

test.each([
  [{ num_inference_steps: 4, scheduler: "lcm" }, "params.scheduler", "genga:sampler"],
  [{ negative_prompt: "blur" }, "params.negative_prompt", "genga:negative_prompt"],
  [{ regions: [{ prompt: "sky", mask: "0".repeat(64) }] }, "params.regions", "workflow"],
])("a request for what a workflow has no place for is refused, naming the field: %j", async (more, path, said) => {
  const server = await replay();
  const { client, offered } = await coreWith([serverSettings(server.url)]);
  await offered(STEPS);
  const asked = client.call({ type: "validate", task: "image", params: request(5, more) }, "validated");
  await expect(asked).rejects.toMatchObject({ code: "INVALID_REQUEST", message: expect.stringContaining(path) });
  await expect(asked).rejects.toMatchObject({ message: expect.stringContaining(said) });
});
