import type { CoreClient } from "../client/core-client.ts";
import type { JobEvent, Output as JobOutput } from "../protocol/core-messages.ts";
import { CoreError } from "../protocol/errors.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import type { Output } from "./output.ts";

/**
 * Shows a job's events until it ends and gives its outputs. Ctrl-C cancels the job first; a second one ends the command.
 *
 * @throws CoreError with the code that the job failed with, or CANCELLED
 */
export async function followJob(
  client: CoreClient,
  job_id: string,
  label: string,
  output: Output,
  signal: AbortSignal,
): Promise<JobOutput[]> {
  const cancel = () => {
    // The job may have ended meanwhile; its final event tells.
    client.cancel(job_id).catch(() => undefined);
  };
  if (signal.aborted) cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    for await (const event of client.events(job_id)) {
      output.showJob(event, label);
      const outputs = outcomeOf(event);
      if (outputs !== undefined) return outputs;
    }
  } finally {
    signal.removeEventListener("abort", cancel);
  }
  throw new CoreError("INTERNAL", `Job ${job_id} ended without a final event.`);
}

function outcomeOf(event: JobEvent): JobOutput[] | undefined {
  if (event.type === "result") return event.outputs;
  if (event.type === "cancelled") throw new CoreError("CANCELLED", "The job was cancelled.");
  if (event.type === "failed") {
    const { code, message, remedy, data } = event.error;
    throw new CoreError(code, message, {
      ...(remedy === undefined ? {} : { remedy }),
      ...(data === undefined ? {} : { data }),
    });
  }
  return undefined;
}

/**
 * Gives a signal that the first Ctrl-C or SIGTERM fires, and the function that stops listening. A second one ends the process with the
 * exit code of a cancelled job.
 */
export function interruptSignal(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const fire = () => {
    if (controller.signal.aborted) process.exit(EXIT_CODES.CANCELLED);
    controller.abort();
  };
  process.on("SIGINT", fire);
  process.on("SIGTERM", fire);
  return {
    signal: controller.signal,
    release: () => {
      process.off("SIGINT", fire);
      process.off("SIGTERM", fire);
    },
  };
}
