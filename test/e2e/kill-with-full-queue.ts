import { expect } from "vitest";
import { kill, list, params, type RunningCores, until } from "./running-cores.ts";

/** Kills a core with one job running and so many queued; none may be lost, and each must end once. */
export async function killWithFullQueue(cores: RunningCores, count: number): Promise<void> {
  const first = await cores.start();
  // Something that was finished before the crash must be there after it, and not be made again.
  const done = await first.client.submit("image", params("finished before"));
  const [result] = (await until(first.client, done.job_id, "result")).slice(-1);
  const long = await first.client.submit("image", params("long", { num_inference_steps: 900 }));
  const before = await until(first.client, long.job_id, "progress");
  const accepted = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      first.client.call(
        {
          type: "request",
          task: "image",
          params: params(`frame ${i}`, { seed: i }),
          priority: 0,
          attach: false,
          idempotency_key: `frame ${i}`,
        },
        "accepted",
      ),
    ),
  );
  await kill(first.core);
  first.client.close();

  const second = await cores.start();
  const jobs = await list(second.client);
  expect(jobs).toHaveLength(count + 2);
  expect(jobs.filter(({ state }) => state === "succeeded").map(({ job_id }) => job_id)).toEqual([done.job_id]);
  const waiting = jobs.filter(({ state }) => state === "queued").map(({ label }) => label);
  expect(waiting.slice(-count)).toEqual(Array.from({ length: count }, (_, i) => `frame ${i}`));

  // The interrupted job goes on behind what its client has seen, as a second attempt.
  const cut = before.at(-1)?.sequence ?? 0;
  await second.client.follow(long.job_id, cut);
  const after = await until(second.client, long.job_id, "started");
  expect(after.at(-1)).toMatchObject({ attempt: 2 });
  expect(after.every(({ sequence }) => sequence > cut)).toBe(true);
  await second.client.cancel(long.job_id);

  for (const { job_id } of accepted) await second.client.follow(job_id);
  for (const { job_id } of accepted) {
    const events = await until(second.client, job_id, "result");
    expect(events.filter(({ type }) => type === "result")).toHaveLength(1);
  }
  const again = await second.client.call(
    {
      type: "request",
      task: "image",
      params: params("frame 7", { seed: 7 }),
      priority: 0,
      attach: false,
      idempotency_key: "frame 7",
    },
    "accepted",
  );
  expect(again).toMatchObject({ duplicate: true, job_id: accepted[7]?.job_id });
  const ended = await list(second.client);
  expect(ended.map(({ state }) => state).filter((state) => state === "succeeded")).toHaveLength(count + 1);
  const files = ended.flatMap(({ outputs }) => outputs);
  expect(files).toHaveLength(count + 1);
  for (const { sha256 } of [files[0], files[count / 2], files[count]].flatMap((file) => file ?? [])) {
    expect((await second.client.call({ type: "verify", sha256 }, "verified")).verification.state).toBe("trusted");
  }
  expect(result?.type === "result" && files.some(({ sha256 }) => sha256 === result.outputs[0]?.asset.sha256)).toBe(
    true,
  );
  second.client.close();
}
