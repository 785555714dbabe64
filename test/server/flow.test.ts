import { expect, test } from "vitest";
import { expectConnectsHarmless } from "./many-connects.ts";
import { connect, expectUnharmed, HELLO, RawClient, startServer } from "./server-fixture.ts";

const request = (id: string) => ({ type: "request", id, task: "image", params: { prompt: "a barrel" } });

/** Asks for a job and gives its id. */
async function ask(client: RawClient, id = "r"): Promise<string> {
  client.send(request(id));
  return (await client.until("accepted", ({ reply_to }) => reply_to === id)).job_id;
}

test("events come in order behind accepted, and attach replays what was missed", async () => {
  const core = await startServer();
  const first = await connect(core.port);
  const job_id = await ask(first);
  core.jobs.emit(job_id, { type: "started", attempt: 1 });
  await first.until("started");
  expect(first.messages.map(({ type }) => type)).toEqual(["welcome", "accepted", "queued", "started"]);
  first.socket.terminate();
  core.jobs.emit(job_id, { type: "progress", stage: "denoise", progress: 0.5, step: 1, total_steps: 2 });
  core.jobs.emit(job_id, { type: "result", outputs: [], duration_ms: 5 });

  const second = await connect(core.port);
  second.send({ type: "attach", id: "a", job_id, after_event: 2 });
  await second.until("done");
  const sequences = second.messages.flatMap((message) => ("sequence" in message ? [message.sequence] : []));
  expect(sequences).toEqual([3, 4]);
  expect(core.jobs.listeners()).toBe(0);
  second.socket.close();
  await core.close();
});

test("an end that a replay goes on behind does not end the subscription; the last one does", async () => {
  const core = await startServer();
  const first = await connect(core.port);
  const job_id = await ask(first);
  const error = { code: "INFERENCE_FAILED", message: "A graph failed." } as const;
  core.jobs.emit(job_id, { type: "failed", error });
  core.jobs.emit(job_id, { type: "queued", position: 0 });

  const second = await connect(core.port);
  second.send({ type: "attach", id: "a", job_id, after_event: 0 });
  await second.until("done");
  expect(core.jobs.listeners()).toBe(1);
  core.jobs.emit(job_id, { type: "result", outputs: [], duration_ms: 5 });
  await second.until("result");
  expect(core.jobs.listeners()).toBe(0);
  for (const { socket } of [first, second]) socket.close();
  await core.close();
});

test("a closed connection leaves no listener behind", async () => {
  const core = await startServer();
  const client = await connect(core.port);
  for (let index = 0; index < 20; index++) await ask(client, `r${index}`);
  expect(core.jobs.listeners()).toBe(20);
  client.socket.terminate();
  const other = await connect(core.port);
  while (core.jobs.listeners() > 0) await expectUnharmed(other);
  other.socket.close();
  await core.close();
});

test("a slow reader gets the newest progress, and every event that counts", async () => {
  const core = await startServer({ max_outgoing_bytes: 8 * 1024 * 1024 });
  const client = await connect(core.port);
  const job_id = await ask(client);
  client.socket.pause();
  const bytes = new Uint8Array(512 * 1024);
  core.jobs.emit(job_id, { type: "started", attempt: 1 });
  for (let step = 1; step <= 200; step++) {
    core.jobs.emit(job_id, { type: "preview", mime: "image/webp", bytes, output_index: 0, step });
    core.jobs.emit(job_id, { type: "progress", stage: "denoise", progress: step / 200, step, total_steps: 200 });
  }
  core.jobs.emit(job_id, { type: "result", outputs: [], duration_ms: 1 });
  client.socket.resume();
  await client.until("result");
  const steps = client.messages.flatMap((message) => (message.type === "progress" ? [message.step] : []));
  expect(steps.at(-1)).toBe(200);
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
  // 100 MB of previews were made; what fits into sockets and queue came through, the rest gave way to newer ones.
  expect(client.messages.filter(({ type }) => type === "preview").length).toBeLessThan(60);
  expect(client.messages.filter(({ type }) => type === "started")).toHaveLength(1);
  client.socket.close();
  await core.close();
});

test("a reader that takes nothing is closed and may attach again; the core's memory stays bounded", async () => {
  const core = await startServer({ max_outgoing_bytes: 1024 * 1024 });
  const bystander = await connect(core.port);
  const client = await connect(core.port);
  const job_id = await ask(client);
  client.socket.pause();
  const before = process.memoryUsage().rss;
  const message = "x".repeat(100_000);
  let emitted = 0;
  // `failed` is an event that may not be dropped; a retry may fail again.
  while (core.jobs.listeners() > 0 && emitted < 2000) {
    core.jobs.emit(job_id, { type: "paused" });
    core.jobs.emit(job_id, { type: "queued", position: 0 });
    core.jobs.emit(job_id, { type: "progress", stage: message, progress: 0, step: 0, total_steps: 0 });
    for (let index = 0; index < 1000; index++) core.jobs.emit(job_id, { type: "paused" });
    emitted += 1;
    await new Promise((go) => setImmediate(go));
  }
  expect(core.jobs.listeners()).toBe(0);
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
  await expectUnharmed(bystander);
  client.socket.resume();
  await client.closed;
  const again = await connect(core.port);
  again.send({ type: "attach", id: "a", job_id, after_event: 1 });
  expect((await again.until("paused")).sequence).toBe(2);
  for (const { socket } of [again, bystander]) socket.terminate();
  await core.close();
});

test("replies nobody reads stop the reading of requests, not the core", async () => {
  const core = await startServer({ max_outgoing_bytes: 256 * 1024 });
  const client = await connect(core.port);
  const bystander = await connect(core.port);
  client.socket.pause();
  for (let index = 0; index < 5000; index++)
    client.send({ type: "validate", id: `${index}`, task: "image", params: { prompt: "y".repeat(10_000) } });
  await expectUnharmed(bystander);
  client.socket.resume();
  await client.until("validated", ({ reply_to }) => reply_to === "4999");
  expect(client.messages.filter(({ type }) => type === "validated")).toHaveLength(5000);
  for (const { socket } of [client, bystander]) socket.close();
  await core.close();
});

test("a peer that answers no ping is closed", async () => {
  const core = await startServer({ heartbeat_ms: 500 });
  const dead = new RawClient(core.port);
  await dead.opened;
  Reflect.set(dead.socket, "_autoPong", false);
  dead.send(HELLO);
  await dead.until("welcome");
  const alive = await connect(core.port);
  expect((await dead.closed).code).toBe(4408);
  await expectUnharmed(alive);
  alive.socket.close();
  await core.close();
});

test("1000 connects leave clients unharmed and let new ones in", async () => {
  await expectConnectsHarmless(1000);
});

test("WebSockets without hello are bounded, and the oldest is told why it must go", async () => {
  const core = await startServer({ max_strangers: 8 });
  const strangers: RawClient[] = [];
  for (let index = 0; index < 20; index++) {
    const stranger = new RawClient(core.port);
    await stranger.opened;
    strangers.push(stranger);
  }
  const [oldest] = strangers;
  expect((await oldest?.until("error"))?.error.code).toBe("RATE_LIMITED");
  expect((await oldest?.closed)?.code).toBe(4429);
  const client = await connect(core.port);
  await expectUnharmed(client);
  for (const { socket } of [...strangers, client]) socket.terminate();
  await core.close();
});

test("more clients than max_connections are refused with RATE_LIMITED", async () => {
  const core = await startServer({ max_connections: 2 });
  const clients = [await connect(core.port), await connect(core.port)];
  const third = new RawClient(core.port);
  await third.opened;
  third.send(HELLO);
  expect((await third.until("error")).error.code).toBe("RATE_LIMITED");
  expect((await third.closed).code).toBe(4429);
  for (const { socket } of clients) socket.close();
  await core.close();
});

test("a core that stops refuses new work and closes with 1001", async () => {
  const core = await startServer();
  const client = await connect(core.port);
  core.server.beginStop();
  client.send(request("late"));
  expect((await client.until("error")).error.code).toBe("SHUTTING_DOWN");
  expect((await fetch(`${core.url}/healthz`)).status).toBe(503);
  await core.close();
  expect((await client.closed).code).toBe(1001);
});
