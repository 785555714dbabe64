import { connectCore, coreNotRunning, findCore } from "../client/connect.ts";
import type { JobsUpdate } from "../protocol/client-messages.ts";
import type { JobSummary } from "../protocol/core-messages.ts";
import { VERSION } from "../version.ts";
import type { Output } from "./output.ts";
import type { CoreChoice } from "./with-core.ts";

/** `genga jobs list`: open jobs in the order they will run, then ended ones, newest first. */
export async function listJobs(choice: CoreChoice, options: { limit: number }, output: Output): Promise<void> {
  await withRunningCore(choice, async (client) => {
    const { jobs, paused } = await client.call({ type: "jobs_list", limit: options.limit }, "jobs");
    if (output.json) output.tell({ event: "jobs", jobs, paused }, "");
    else {
      if (paused) output.tell({ event: "paused" }, "The queue is paused; `genga jobs resume` lets it go on.");
      output.tell({ event: "jobs" }, jobs.length === 0 ? "No jobs." : jobs.map(lineOf).join("\n"));
    }
  });
}

/** `genga jobs cancel ID…` */
export async function cancelJobs(choice: CoreChoice, ids: string[], output: Output): Promise<void> {
  await withRunningCore(choice, async (client) => {
    for (const job_id of ids) {
      await client.cancel(job_id);
      output.tell({ event: "cancelling", job_id }, `${job_id}  cancelling`);
    }
  });
}

/** `genga jobs pause | resume | retry | move | remove [ID…]`: without ids the whole queue, or all failed jobs. */
export async function updateJobs(
  choice: CoreChoice,
  action: JobsUpdate["action"],
  ids: string[],
  before: string | undefined,
  output: Output,
): Promise<void> {
  await withRunningCore(choice, async (client) => {
    const { jobs } = await client.call(
      {
        type: "jobs_update",
        action,
        ...(ids.length === 0 ? {} : { job_ids: ids }),
        ...(before === undefined ? {} : { before }),
      },
      "jobs",
    );
    output.tell({ event: "jobs", jobs }, jobs.length === 0 ? "No job was changed." : jobs.map(lineOf).join("\n"));
  });
}

// These commands are about a queue that is there: none is started for them.
async function withRunningCore(choice: CoreChoice, use: Parameters<typeof useClient>[1]): Promise<void> {
  const address =
    choice.url === undefined ? await findCore(choice.home) : { url: choice.url, token: choice.token ?? "" };
  if (address === undefined) throw coreNotRunning(choice.home);
  await useClient(address, use);
}

async function useClient(
  address: { url: string; token: string },
  use: (client: Awaited<ReturnType<typeof connectCore>>) => Promise<void>,
): Promise<void> {
  const client = await connectCore(address, { name: "genga-cli", version: VERSION });
  try {
    await use(client);
  } finally {
    client.close();
  }
}

function lineOf(job: JobSummary): string {
  const state = job.state === "running" ? `running ${Math.round(job.progress * 100)}%` : job.state;
  const detail = job.error === undefined ? job.label : `${job.error.code}: ${job.error.message}`;
  return `${job.job_id}  ${state.padEnd(12)} ${String(job.priority).padStart(4)}  ${job.client.padEnd(16)} ${detail}`;
}
