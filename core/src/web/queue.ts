import type { JobSummary } from "../protocol/core-messages.ts";
import { button, element } from "./dom.ts";

/** What the buttons of the queue do. */
export interface QueueActions {
  cancel(job_id: string): void;
  update(action: "pause" | "resume" | "retry" | "remove", job_ids?: string[]): void;
}

/** Shows open jobs in the order they will run, and the ended ones that need a look. */
export function renderQueue(jobs: readonly JobSummary[], paused: boolean, actions: QueueActions): HTMLElement {
  const open = jobs.filter(({ state }) => state === "running" || state === "queued" || state === "paused");
  const troubled = jobs.filter(({ state }) => state === "failed" || state === "cancelled").slice(0, 20);
  const failed = jobs.some(({ state }) => state === "failed");
  return element(
    "section",
    { className: "queue" },
    element(
      "header",
      {},
      element(
        "h2",
        {},
        "Queue",
        open.length === 0 ? undefined : element("span", { className: "count" }, `${open.length}`),
      ),
      paused ? element("span", { className: "state paused" }, "paused") : undefined,
      element(
        "div",
        { className: "actions" },
        failed ? button("Retry failed", () => actions.update("retry")) : undefined,
        paused
          ? button("Resume queue", () => actions.update("resume"), "primary")
          : button("Pause queue", () => actions.update("pause")),
      ),
    ),
    open.length === 0
      ? element(
          "p",
          { className: "empty card" },
          paused ? "The queue is paused and empty." : "Nothing waits; the core is ready.",
        )
      : undefined,
    ...open.map((job) => renderJob(job, actions)),
    troubled.length === 0 ? undefined : element("h3", {}, "Ended without a result"),
    ...troubled.map((job) => renderJob(job, actions)),
  );
}

function renderJob(job: JobSummary, actions: QueueActions): HTMLElement {
  const { job_id, state } = job;
  const buttons = [
    state === "queued" ? button("Pause", () => actions.update("pause", [job_id])) : undefined,
    state === "paused" ? button("Resume", () => actions.update("resume", [job_id])) : undefined,
    state === "failed" || state === "cancelled" ? button("Retry", () => actions.update("retry", [job_id])) : undefined,
    state === "failed" || state === "cancelled"
      ? button("Remove", () => actions.update("remove", [job_id]))
      : undefined,
    state === "queued" || state === "paused" || state === "running"
      ? button("Cancel", () => actions.cancel(job_id), "danger")
      : undefined,
  ];
  const error = job.error;
  return element(
    "article",
    { className: `job ${state}` },
    element(
      "div",
      { className: "job-head" },
      element("span", { className: `state ${state}` }, state),
      element("strong", { title: job.label }, job.label || job.task),
      element("div", { className: "actions" }, ...buttons),
    ),
    state === "running" ? element("progress", { max: 1, value: job.progress, ariaLabel: "progress" }) : undefined,
    element(
      "p",
      { className: "small" },
      [
        job.client,
        job.project,
        job.shot,
        state === "running" ? `${Math.round(job.progress * 100)} %` : undefined,
        job.position === undefined ? undefined : job.position === 0 ? "next" : `${job.position} ahead`,
        job.attempts > 1 ? `attempt ${job.attempts}` : undefined,
      ]
        .filter((part) => part !== undefined)
        .join(" · "),
    ),
    error === undefined
      ? undefined
      : element("p", { className: "error" }, `${error.code}: ${error.message} ${error.remedy ?? ""}`),
  );
}
