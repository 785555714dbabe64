import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { killWithFullQueue } from "../e2e/kill-with-full-queue.ts";
import { kill, list, params, RunningCores, until } from "../e2e/running-cores.ts";

let cores: RunningCores;
beforeEach(() => {
  cores = new RunningCores();
});
afterEach(() => cores.remove());

describe("a core that is killed", () => {
  it("with 200 jobs queued and one running loses none, and ends each once", () => killWithFullQueue(cores, 200));

  it("at any moment hands out no half-written file and keeps every finished result", async () => {
    const results = new Map<string, string>();
    const asked: string[] = [];
    for (let round = 0; round < 3; round++) {
      const { core, client } = await cores.start();
      for (const [job_id, sha256] of results) {
        const job = (await list(client)).find((one) => one.job_id === job_id);
        expect(job?.outputs.map((asset) => asset.sha256)).toEqual([sha256]);
        await client.getAsset(sha256);
      }
      for (let i = 0; i < 3; i++)
        asked.push((await client.submit("image", params(`${round} ${i}`, { seed: 10 * round + i }))).job_id);
      // Each round it dies somewhere else in the life of the job after a result: encoding, signing, storing.
      const [first] = asked.slice(-3);
      const events = await until(client, first ?? "", "result");
      const last = events.at(-1);
      if (last?.type === "result") results.set(last.job_id, last.outputs[0]?.asset.sha256 ?? "");
      await kill(core);
      client.close();
    }
    const { client } = await cores.start();
    for (const job_id of asked) {
      await client.follow(job_id);
      const last = (await until(client, job_id, "result")).at(-1);
      if (last?.type === "result") await client.getAsset(last.outputs[0]?.asset.sha256 ?? "");
    }
    expect(readdirSync(join(cores.home, "assets", "tmp"))).toEqual([]);
    client.close();
  });
});
