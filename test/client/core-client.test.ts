import { afterEach, beforeEach, expect, test } from "vitest";
import { connectCore } from "../../core/src/client/connect.ts";
import type { CoreClient } from "../../core/src/client/core-client.ts";
import type { JobEvent } from "../../core/src/protocol/core-messages.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { startServer, TOKEN } from "../server/server-fixture.ts";
import { GradientHost } from "../support/gradient-host.ts";
import { type JobSetup, makeGate, makeHome, openJobs, request } from "../support/job-setup.ts";

let home: ReturnType<typeof makeHome>;
let host: GradientHost;
let setup: JobSetup;
let server: Awaited<ReturnType<typeof startServer>>;
let clients: CoreClient[];
beforeEach(async () => {
  home = makeHome();
  host = new GradientHost();
  setup = await openJobs(home.home, host);
  server = await startServer({}, { jobs: setup.jobs, assets: setup.assets });
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.close();
  await server.close();
  await setup.close();
  home.remove();
});

async function connect(): Promise<CoreClient> {
  const address = { url: `ws://127.0.0.1:${server.port}`, token: TOKEN };
  const client = await connectCore(address, { name: "test", version: "1", reconnects: 0 });
  clients.push(client);
  return client;
}

async function read(client: CoreClient, job_id: string): Promise<JobEvent[]> {
  const events: JobEvent[] = [];
  for await (const event of client.events(job_id)) events.push(event);
  return events;
}

const kinds = (events: JobEvent[]) => events.map(({ type }) => type).filter((type) => type !== "progress");
const fail = () => {
  throw new CoreError("INFERENCE_FAILED", "A graph failed.");
};

test("a retried job is followed to the end of the retry, by its own client and by one that was never there", async () => {
  host.onStep = fail;
  const client = await connect();
  const { job_id } = await client.submit("image", request("p").params);
  expect(kinds(await read(client, job_id))).toEqual(["queued", "started", "failed"]);

  const gate = makeGate();
  host.onStep = () => gate.wait();
  await client.retry(job_id);
  await gate.arrived;
  const other = await connect();
  await other.follow(job_id);
  gate.open();
  const expected = ["queued", "started", "result"];
  expect(kinds(await read(client, job_id))).toEqual(expected);
  expect(kinds(await read(other, job_id))).toEqual(expected);
  const late = await connect();
  await late.follow(job_id);
  expect(kinds(await read(late, job_id))).toEqual(expected);
});

test("a client that never saw a job fail retries it and gets its result", async () => {
  host.onStep = fail;
  const first = await connect();
  const { job_id } = await first.submit("image", request("p").params);
  await read(first, job_id);
  host.onStep = () => undefined;
  const second = await connect();
  await second.retry(job_id);
  expect(kinds(await read(second, job_id))).toEqual(["queued", "started", "result"]);
});

test("two followers of one job, as of a request sent twice with one key, both see it to its end", async () => {
  const gate = makeGate();
  host.onStep = () => gate.wait();
  const client = await connect();
  const options = { idempotency_key: "the same" };
  const first = await client.submit("image", request("p").params, options);
  const reading = read(client, first.job_id);
  await gate.arrived;
  const second = await client.submit("image", request("p").params, options);
  expect(second).toMatchObject({ job_id: first.job_id, duplicate: true });
  const both = Promise.all([reading, read(client, second.job_id)]);
  gate.open();
  for (const events of await both) expect(kinds(events)).toEqual(["queued", "started", "result"]);
});
