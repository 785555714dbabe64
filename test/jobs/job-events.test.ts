import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Job } from "../../core/src/jobs/job.ts";
import { JobBook } from "../../core/src/jobs/job-book.ts";
import type { JobEvent } from "../../core/src/protocol/core-messages.ts";
import { openStore, type Store } from "../../core/src/store.ts";

const PROGRESS = { type: "progress", stage: "denoise", progress: 0.5, step: 1, total_steps: 2 } as const;

let folder: string;
let store: Store;
let book: JobBook;
let job: Job;
let heard: JobEvent[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "genga-events-"));
  store = openStore(folder);
  book = new JobBook({ store, clock: Date.now });
  job = {
    job_id: "a",
    task: "image",
    params: {},
    state: "running",
    client: "test",
    client_version: "1",
    priority: 0,
    order: 0,
    attempts: 1,
    created: book.now(),
    outputs: [],
    last_sequence: 0,
  };
  heard = [];
  book.events.subscribe("a", 0, (event) => heard.push(event));
  await book.commit([job], () => ({ type: "started", attempt: 1 }));
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const types = () => heard.map(({ type }) => type);

test("an end reaches its listeners, though progress comes while it is written", async () => {
  book.events.fleeting("a", PROGRESS);
  const ended = book.commit([{ ...job, state: "cancelled" }], () => ({ type: "cancelled" }));
  for (let i = 0; i < 3; i++) book.events.fleeting("a", PROGRESS);
  await ended;
  book.events.fleeting("a", PROGRESS);
  expect(types()).toEqual(["started", "progress", "cancelled"]);
  const numbers = heard.map(({ sequence }) => sequence);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
});

test("an end whose writing failed keeps its place behind all that was heard when it is written again", async () => {
  book.events.fleeting("a", PROGRESS);
  const full = new Error("no room");
  const failed = book.commit(
    [{ ...job, state: "cancelled" }],
    () => ({ type: "cancelled" }),
    () => {
      throw full;
    },
  );
  await expect(failed).rejects.toBe(full);
  book.events.fleeting("a", PROGRESS);
  await book.commit([{ ...job, state: "cancelled" }], () => ({ type: "cancelled" }));
  expect(types()).toEqual(["started", "progress", "cancelled"]);
  const later: JobEvent[] = [];
  book.events.subscribe("a", heard[1]?.sequence ?? 0, (event) => later.push(event));
  expect(later.map(({ type }) => type)).toEqual(["cancelled"]);
});
