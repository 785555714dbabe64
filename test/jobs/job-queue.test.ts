import { describe, expect, it } from "vitest";
import { JobQueue, moveInLane, type QueuedJob } from "../../core/src/jobs/job-queue.ts";

let order = 0;
/** Gives jobs from words such as `a1` (client a, job 1) or `b2!5` (priority 5), in the order in which they came. */
function jobs(words: string): QueuedJob[] {
  return words.split(" ").map((word) => {
    const [job_id = "", priority = "0"] = word.split("!");
    order += 1;
    return { job_id, client: job_id.replace(/\d+$/, ""), priority: Number(priority), order };
  });
}

function queueOf(words: string): JobQueue<QueuedJob> {
  const queue = new JobQueue();
  for (const job of jobs(words)) queue.add(job);
  return queue;
}

const ids = (list: readonly QueuedJob[]) => list.map(({ job_id }) => job_id).join(" ");

function takeAll(queue: JobQueue<QueuedJob>): string {
  const taken: QueuedJob[] = [];
  for (let job = queue.take(); job !== undefined; job = queue.take()) taken.push(job);
  return ids(taken);
}

describe("JobQueue", () => {
  it.each([
    ["one client's jobs as they came", "a1 a2 a3", "a1 a2 a3"],
    ["higher priority first", "a1 a2!5 a3!-1 a4!5", "a2 a4 a1 a3"],
    ["clients in turns", "a1 a2 a3 a4 b1 b2 c1", "a1 b1 c1 a2 b2 a3 a4"],
    ["turns within each priority", "a1 a2 b1!1 a3!1 b2 a4!1", "b1 a3 a4 b2 a1 a2"],
    ["a client that was just served by priority waits in the next class", "a1!1 a2!1 b1!1 a3 b2", "a1 b1 a2 b2 a3"],
  ])("runs %s", (_, words, expected) => {
    expect(ids(queueOf(words).list())).toBe(expected);
    expect(takeAll(queueOf(words))).toBe(expected);
  });

  it("serves a newcomer next, however many jobs another client has waiting", () => {
    const queue = queueOf(Array.from({ length: 500 }, (_, i) => `a${i}`).join(" "));
    expect(ids([queue.take(), queue.take()].flatMap((job) => job ?? []))).toBe("a0 a1");
    for (const job of jobs("b1 b2")) queue.add(job);
    expect(ids(queue.list(5))).toBe("b1 a2 b2 a3 a4");
    expect(queue.position("b1")).toBe(0);
    expect(queue.position("b2")).toBe(2);
    expect(queue.position("a499")).toBe(499);
  });

  it("counts the same positions as it lists and takes, for any mixture", () => {
    // Each seed gives another mixture of clients, priorities and jobs that were already taken.
    for (let seed = 1; seed <= 200; seed++) {
      let state = seed;
      const draw = (below: number) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 2 ** 32) * below);
      };
      const queue = new JobQueue();
      for (let i = 0; i < 12; i++) {
        const client = "abcd"[draw(4)] ?? "a";
        for (const job of jobs(`${client}${i}!${draw(3)}`)) queue.add(job);
        if (draw(4) === 0) queue.take();
      }
      const listed = queue.list();
      expect(listed.map(({ job_id }) => queue.position(job_id))).toEqual(listed.map((_, place) => place));
      expect(takeAll(queue)).toBe(ids(listed));
    }
  });

  it("puts a job that comes back in its old place", () => {
    const queue = queueOf("a1 a2 a3");
    const first = queue.take();
    if (first !== undefined) queue.add(first);
    expect(ids(queue.list())).toBe("a1 a2 a3");
  });

  it("forgets a job that is removed", () => {
    const queue = queueOf("a1 a2 b1");
    queue.remove("a1");
    expect(ids(queue.list())).toBe("a2 b1");
    expect(queue.position("a1")).toBeUndefined();
    expect(queue.remove("a1")).toBeUndefined();
    expect(queue.size).toBe(2);
  });
});

describe("moveInLane", () => {
  it.each([
    ["before the first", ["a4"], "a1", "a4 a1 a2 a3 a5"],
    ["before one further on", ["a1"], "a4", "a2 a3 a1 a4 a5"],
    ["several, as they were named", ["a5", "a3"], "a2", "a1 a5 a3 a2 a4"],
    ["to the end", ["a2", "a1"], undefined, "a3 a4 a5 a2 a1"],
    ["where it stands already", ["a2"], "a3", "a1 a2 a3 a4 a5"],
  ])("moves %s", (_, moved, before, expected) => {
    const lane = jobs("a1 a2 a3 a4 a5");
    const orders = moveInLane(lane, moved, before);
    const after = lane
      .map((job) => ({ ...job, order: orders.get(job.job_id) ?? job.order }))
      .sort((a, b) => a.order - b.order);
    expect(ids(after)).toBe(expected);
    expect(new Set(after.map((job) => job.order))).toEqual(new Set(lane.map((job) => job.order)));
  });

  it("changes nothing outside the moved span", () => {
    const orders = moveInLane(jobs("a1 a2 a3 a4 a5"), ["a3"], "a2");
    expect([...orders.keys()].sort()).toEqual(["a2", "a3"]);
  });
});
