import type { JobSummary } from "../protocol/core-messages.ts";
import { promptsOf } from "../protocol/prompts-of.ts";
import type { Job } from "./job.ts";

/** Characters of the prompt that a list shows. */
const LABEL_LENGTH = 80;

/** Gives a job as lists show it. */
export function summarise(job: Job, live: { position?: number | undefined; progress?: number } = {}): JobSummary {
  const sidecars = job.outputs.flatMap(({ sidecar }) => (sidecar === undefined ? [] : [sidecar]));
  return {
    job_id: job.job_id,
    task: job.task,
    state: job.state,
    client: job.client,
    priority: job.priority,
    ...(live.position === undefined ? {} : { position: live.position }),
    attempts: job.attempts,
    created: job.created,
    ...(job.started === undefined ? {} : { started: job.started }),
    ...(job.ended === undefined ? {} : { ended: job.ended }),
    label: shorten(promptsOf(job.params).join(", ")),
    progress: job.state === "succeeded" ? 1 : (live.progress ?? 0),
    outputs: job.outputs.map(({ asset }) => asset),
    ...(sidecars.length === 0 ? {} : { sidecars }),
    ...(job.error === undefined ? {} : { error: job.error }),
    ...(job.evicted === true ? { evicted: true } : {}),
    ...(job.project === undefined ? {} : { project: job.project }),
    ...(job.shot === undefined ? {} : { shot: job.shot }),
  };
}

/** Cuts between characters, never inside one that takes two code units. */
function shorten(prompt: string): string {
  const characters = Array.from(prompt.slice(0, 2 * LABEL_LENGTH));
  return characters.length <= LABEL_LENGTH ? characters.join("") : `${characters.slice(0, LABEL_LENGTH - 1).join("")}…`;
}
