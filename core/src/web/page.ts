import type { CoreMessage, JobSummary } from "../protocol/core-messages.ts";
import type { AssetRef } from "../protocol/fields.ts";
import type { Verification } from "../protocol/verification.ts";
import { renderBundles } from "./bundles.ts";
import { connectCore } from "./connection.ts";
import { element } from "./dom.ts";
import { renderProvenance } from "./provenance-panel.ts";
import { type QueueActions, renderQueue } from "./queue.ts";
import { renderResults } from "./results.ts";
import { sidecarOf } from "./sidecar-of.ts";

type Status = Extract<CoreMessage, { type: "core_status" }>;

const JOBS_MS = 1000;
const STATUS_EVERY = 3;

let version = "";
let jobs: JobSummary[] = [];
let paused = false;
let status: Status | undefined;
let notice = "";
let opened: { asset: AssetRef; job: JobSummary; verification: Verification | Error | undefined } | undefined;
/** Each part with what it showed last: a part whose facts are the same is left alone, so that clicks and images survive. */
const shown = new Map<string, string>();
const places = Object.fromEntries(
  ["top", "notice", "queue", "results", "bundles", "panel"].map((name) => [name, element("div", { id: name })]),
);

const connection = connectCore((open, coreVersion) => {
  if (open) version = coreVersion;
  notice = open ? "" : "The core does not answer. Is it running? This page goes on by itself when it is back.";
  draw();
  if (open) void refresh(true);
});

const actions: QueueActions = {
  cancel: (job_id) => void act({ type: "cancel", job_id }, "done"),
  update: (action, job_ids) =>
    void act({ type: "jobs_update", action, ...(job_ids === undefined ? {} : { job_ids }) }, "jobs"),
};

async function act(
  message: { type: "cancel" | "jobs_update" } & Record<string, unknown>,
  answer: "done" | "jobs",
): Promise<void> {
  try {
    await connection.ask(answer, message);
    notice = "";
  } catch (error) {
    notice = error instanceof Error ? error.message : String(error);
  }
  await refresh(false);
}

async function refresh(withStatus: boolean): Promise<void> {
  try {
    const list = await connection.ask("jobs", { type: "jobs_list", limit: 200 });
    ({ jobs, paused } = list);
    if (withStatus) status = await connection.ask("core_status", { type: "status" });
  } catch (error) {
    notice = error instanceof Error ? error.message : String(error);
  }
  draw();
}

async function open(asset: AssetRef, job: JobSummary): Promise<void> {
  const sidecar = sidecarOf(asset, job);
  const now = { asset, job, verification: undefined };
  opened = now;
  draw();
  const verification = await connection
    .ask("verified", {
      type: "verify",
      sha256: asset.sha256,
      ...(sidecar === undefined ? {} : { sidecar: sidecar.sha256 }),
    })
    .then((reply) => reply.verification)
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  if (opened === now) opened = { ...now, verification };
  draw();
}

function draw(): void {
  part("top", { version, status, open: connection.isOpen }, () => renderTop());
  part("notice", { notice }, () =>
    element("p", { className: notice === "" ? "hidden" : "notice", role: "status" }, notice),
  );
  part("queue", { jobs, paused }, () => renderQueue(jobs, paused, actions));
  part("results", { made: jobs.filter(({ state }) => state === "succeeded") }, () =>
    renderResults(jobs, (asset, job) => void open(asset, job)),
  );
  part("bundles", { bundles: status?.bundles }, () => renderBundles(status?.bundles ?? []));
  const panel = opened;
  const failure = panel?.verification instanceof Error ? panel.verification.message : undefined;
  part("panel", { panel, failure }, () =>
    panel === undefined ? element("div") : renderProvenance(panel.asset, panel.job, panel.verification, close),
  );
}

function close(): void {
  opened = undefined;
  draw();
}

function part(name: string, state: unknown, render: () => HTMLElement): void {
  const text = JSON.stringify(state);
  if (shown.get(name) === text) return;
  shown.set(name, text);
  places[name]?.replaceChildren(render());
}

function renderTop(): HTMLElement {
  const facts =
    status === undefined
      ? []
      : [
          `${status.provider} · ${status.device}`,
          `${memory(status.memory_bytes)} in use`,
          `policy ${status.policy}`,
          `${status.clients} ${status.clients === 1 ? "client" : "clients"}`,
          `up ${uptime(status.uptime_s)}`,
        ];
  return element(
    "header",
    { className: "top" },
    element("img", { src: "/icon.svg", alt: "", width: 28, height: 28 }),
    element("h1", {}, "Genga"),
    element("span", { className: "version" }, version),
    element(
      "span",
      { className: connection.isOpen ? "fact dot on" : "fact dot" },
      connection.isOpen ? "connected" : "not connected",
    ),
    ...facts.map((fact) => element("span", { className: "fact" }, fact)),
  );
}

function memory(bytes: number): string {
  const mebibytes = bytes / 1024 ** 2;
  return mebibytes < 1000 ? `${Math.round(mebibytes)} MB` : `${(mebibytes / 1024).toFixed(1)} GB`;
}

function uptime(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

document.getElementById("page")?.replaceChildren(...Object.values(places));
draw();
let turn = 0;
setInterval(() => {
  if (!connection.isOpen || document.hidden) return;
  turn += 1;
  void refresh(turn % STATUS_EVERY === 0);
}, JOBS_MS);
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape" && opened !== undefined) close();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && connection.isOpen) void refresh(true);
});
