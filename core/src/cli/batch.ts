import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CoreClient } from "../client/core-client.ts";
import { makeFolder } from "../make-folder.ts";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import type { Task } from "../protocol/fields.ts";
import { followJob, interruptSignal } from "./follow-job.ts";
import { defaultPattern, filesOf } from "./frame-files.ts";
import type { Output } from "./output.ts";
import { frameName, parseFrames } from "./parse-frames.ts";
import { mimeOf } from "./read-input.ts";
import { type RequestFile, readRequestFile, uploadFiles } from "./request-file.ts";
import { saveMade } from "./save-made.ts";
import { tellWarnings } from "./tell-warnings.ts";
import { type CoreChoice, withCore } from "./with-core.ts";

/** Options of `genga batch`, as commander gives them. */
export interface BatchOptions {
  request: string;
  frames: string;
  out: string;
  /** File name of a frame; `####` becomes its number. */
  name?: string;
  seedPolicy: "fixed" | "per-frame";
  /** Frames submitted at once; the core queues them. */
  ahead: number;
  force: boolean;
}

interface Frame {
  frame: number;
  /** One for each output of its job, in their order. */
  files: string[];
}

/** Field of each task that says how many a request makes, where it may make more than one; a frame is one. */
const COUNTS: Readonly<Partial<Record<Task, string>>> = {
  image: "num_images_per_prompt",
  motion: "num_motions_per_prompt",
  mesh: "num_meshes_per_prompt",
};

/**
 * `genga batch`: one request file over a frame range, one signed output each. A frame that is there and still as signed by the same
 * request is left alone, so the same command goes on where it broke off. One frame's failure does not stop the others.
 *
 * @returns whether every frame is there and signed
 * @throws CoreError CANCELLED after Ctrl-C, once the frames that ran are cancelled
 */
export async function batch(choice: CoreChoice, options: BatchOptions, output: Output): Promise<boolean> {
  const { request, folder } = await readRequestFile(options.request);
  const pattern = options.name ?? defaultPattern(request);
  if (!pattern.includes("#")) {
    throw new CoreError("INVALID_REQUEST", `The name "${pattern}" has no #### for the frame number.`);
  }
  makeFolder(options.out);
  const frames = parseFrames(options.frames).map((frame) => ({
    frame,
    files: filesOf(request, join(options.out, frameName(pattern, frame))),
  }));
  const interrupt = interruptSignal();
  const failed: number[] = [];
  try {
    await withCore(choice, async (client) => {
      const waiting = [...frames];
      const work = async () => {
        for (let next = waiting.shift(); next !== undefined && !interrupt.signal.aborted; next = waiting.shift()) {
          try {
            await makeFrame(client, request, folder, next, options, output, interrupt.signal);
          } catch (thrown) {
            failed.push(next.frame);
            const body = toCoreError(thrown).toBody();
            output.tell(
              { event: "frame_failed", frame: next.frame, ...body },
              `frame ${next.frame}: ${body.code}: ${body.message}`,
            );
          }
        }
      };
      await Promise.all(Array.from({ length: Math.min(options.ahead, frames.length) }, work));
      failed.push(...waiting.map(({ frame }) => frame));
    });
  } finally {
    interrupt.release();
    output.end();
  }
  failed.sort((a, b) => a - b);
  output.tell(
    { event: "batch_done", frames: frames.length, failed },
    failed.length === 0
      ? `${frames.length} frames are in ${options.out}`
      : `${frames.length - failed.length} of ${frames.length} frames are in ${options.out}; missing: ${failed.join(", ")}. The same command makes only these.`,
  );
  if (interrupt.signal.aborted && failed.length > 0) throw new CoreError("CANCELLED", "The batch was cancelled.");
  return failed.length === 0;
}

async function makeFrame(
  client: CoreClient,
  request: RequestFile,
  folder: string,
  { frame, files }: Frame,
  options: BatchOptions,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const params = await uploadFiles(client, request.task, request.params, folder, frame);
  const count = COUNTS[request.task];
  if (count !== undefined) params[count] = 1;
  params.seed = seedOf(params.seed, frame, options.seedPolicy);
  // Frame and content are the key: submitted again, it finds the first job. (Two frames may ask for the same, with a fixed seed and
  // one map for all; each needs a job of its own to follow.)
  const idempotency_key = createHash("sha256")
    .update(JSON.stringify([request.task, params, frame]))
    .digest("hex");
  const who = {
    ...(request.project === undefined ? {} : { project: request.project }),
    ...(request.shot === undefined ? {} : { shot: request.shot }),
  };
  if (!options.force && (await areSignedBy(client, files, params))) {
    for (const file of files) output.tell({ event: "frame_kept", frame, file }, `${file}  kept`);
    return;
  }
  const { job_id, duplicate } = await client.submit(request.task, params, { idempotency_key, ...who });
  const follow = () => followJob(client, job_id, `frame ${frame}`, output, signal);
  const outputs = await follow().catch(async (error: unknown) => {
    if (!duplicate || signal.aborted) throw error;
    // The first job of this key had failed or was cancelled earlier: only such work is done again.
    await client.retry(job_id);
    return await follow();
  });
  for (const [index, file] of files.entries()) {
    const made = outputs[index];
    if (made === undefined) continue;
    await saveMade(client, made, file, output);
    tellWarnings(
      made.texture?.warnings ?? (index === 0 ? (made.mesh?.origin.warnings ?? made.record.motion?.warnings ?? []) : []),
      output,
    );
  }
}

function seedOf(seed: unknown, frame: number, policy: BatchOptions["seedPolicy"]): number {
  const first = typeof seed === "number" ? seed : 0;
  return policy === "fixed" ? first : (first + frame) >>> 0;
}

async function areSignedBy(client: CoreClient, files: string[], params: Record<string, unknown>): Promise<boolean> {
  for (const file of files) if (!existsSync(file) || !(await isSignedBy(client, file, params))) return false;
  return true;
}

/** Tells whether a file is still as signed, by a job with these parameters. */
async function isSignedBy(client: CoreClient, file: string, params: Record<string, unknown>): Promise<boolean> {
  const asset = await client.putAsset(await readFile(file), mimeOf(file));
  const beside = `${file}.c2pa`;
  const sidecar = existsSync(beside) ? await client.putAsset(await readFile(beside), "application/c2pa") : undefined;
  const { verification } = await client.call(
    { type: "verify", sha256: asset.sha256, ...(sidecar === undefined ? {} : { sidecar: sidecar.sha256 }) },
    "verified",
  );
  if (verification.state !== "trusted" && verification.state !== "valid") return false;
  const recorded = verification.record?.params ?? {};
  return Object.entries(params).every(([name, value]) => matches(recorded[name], value));
}

/** Tells whether the recorded value is the one asked for; defaults that the record adds are no difference. */
function matches(recorded: unknown, asked: unknown): boolean {
  if (Array.isArray(asked)) {
    return (
      Array.isArray(recorded) &&
      recorded.length === asked.length &&
      asked.every((item, i) => matches(recorded[i], item))
    );
  }
  if (typeof asked === "object" && asked !== null) {
    return (
      typeof recorded === "object" &&
      recorded !== null &&
      Object.entries(asked).every(([name, value]) => matches(Reflect.get(recorded, name), value))
    );
  }
  if (typeof asked === "string" && typeof recorded === "string" && recorded.startsWith("sha256:")) {
    return recorded === `sha256:${createHash("sha256").update(asked).digest("hex")}`;
  }
  return recorded === asked;
}
