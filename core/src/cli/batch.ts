import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CoreClient } from "../client/core-client.ts";
import { makeFolder } from "../make-folder.ts";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import { followJob, interruptSignal } from "./follow-job.ts";
import { saveMade } from "./generate-image.ts";
import { type RequestFile, readRequestFile, uploadFiles } from "./image-request.ts";
import type { Output } from "./output.ts";
import { frameName, parseFrames } from "./parse-frames.ts";
import { mimeOf } from "./read-input.ts";
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
  file: string;
}

/**
 * `genga batch`: one request file over a frame range, one signed output each. A frame that is there and still as signed by the same
 * request is left alone, so the same command goes on where it broke off. One frame's failure does not stop the others.
 *
 * @returns whether every frame is there and signed
 * @throws CoreError CANCELLED after Ctrl-C, once the frames that ran are cancelled
 */
export async function batch(choice: CoreChoice, options: BatchOptions, output: Output): Promise<boolean> {
  const { request, folder } = await readRequestFile(options.request);
  const extension = extensionOf(request);
  const pattern = options.name ?? `frame.####.${extension}`;
  if (!pattern.includes("#")) {
    throw new CoreError("INVALID_REQUEST", `The name "${pattern}" has no #### for the frame number.`);
  }
  makeFolder(options.out);
  const frames = parseFrames(options.frames).map((frame) => ({
    frame,
    file: join(options.out, frameName(pattern, frame)),
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
  { frame, file }: Frame,
  options: BatchOptions,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const params = await uploadFiles(client, request.params, folder, frame);
  params.num_images_per_prompt = 1;
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
  if (!options.force && existsSync(file) && (await isSignedBy(client, file, params))) {
    output.tell({ event: "frame_kept", frame, file }, `${file}  kept`);
    return;
  }
  const { job_id, duplicate } = await client.submit("image", params, { idempotency_key, ...who });
  const follow = () => followJob(client, job_id, `frame ${frame}`, output, signal);
  const outputs = await follow().catch(async (error: unknown) => {
    if (!duplicate || signal.aborted) throw error;
    // The first job of this key had failed or was cancelled earlier: only such work is done again.
    await client.retry(job_id);
    return await follow();
  });
  for (const made of outputs) await saveMade(client, made, file, output);
}

function seedOf(seed: unknown, frame: number, policy: BatchOptions["seedPolicy"]): number {
  const first = typeof seed === "number" ? seed : 0;
  return policy === "fixed" ? first : (first + frame) >>> 0;
}

/** Tells whether a file is still as signed, by a job with these parameters. */
async function isSignedBy(client: CoreClient, file: string, params: Record<string, unknown>): Promise<boolean> {
  const asset = await client.putAsset(await readFile(file), mimeOf(file));
  const { verification } = await client.call({ type: "verify", sha256: asset.sha256 }, "verified");
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

function extensionOf(request: RequestFile): string {
  const output = request.params.output;
  const mime = typeof output === "object" && output !== null && "mime" in output ? output.mime : "image/png";
  return mime === "image/jpeg" ? "jpg" : mime === "image/webp" ? "webp" : "png";
}
