import { CoreError } from "../protocol/errors.ts";
import type { Job } from "./job.ts";

/** No job has this id. */
export function jobNotFound(job_id: string): CoreError {
  return new CoreError("JOB_NOT_FOUND", `No job is called "${job_id}".`, {
    remedy: "List the jobs; ended ones are forgotten after a while.",
    data: { job_id },
  });
}

/** The job's state does not allow an action. */
export function wrongJobState(job: Job, action: string, expected: string): CoreError {
  return new CoreError(
    "JOB_STATE",
    `Job ${job.job_id} is ${job.state} and cannot be ${action}; expected: ${expected}.`,
    {
      data: { job_id: job.job_id, state: job.state },
    },
  );
}
