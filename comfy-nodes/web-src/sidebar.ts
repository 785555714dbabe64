import type { JobSummary } from "../../core/src/protocol/core-messages.ts";
import type { AssetRef } from "../../core/src/protocol/fields.ts";
import { button, element, facts } from "../../core/src/web/dom.ts";
import { openRecord, shownAsset } from "./record-dialog.ts";
import { assetUrl, type CoreState, get, Problem, post } from "./server.ts";
import { openSettings } from "./settings-dialog.ts";
import { text } from "./texts.ts";
import { toastProblem } from "./toast.ts";

const POLL_MS = 1500;
const MOST_RESULTS = 48;
const OPEN = new Set<JobSummary["state"]>(["running", "queued", "paused"]);
const ENDED = new Set<JobSummary["state"]>(["failed", "cancelled"]);

type Connected = Extract<CoreState, { state: "connected" }>;

/** Fills the sidebar's tab and keeps it up to date while it is seen; gives the function that ends that. */
export function showSidebar(root: HTMLElement): () => void {
  const places = {
    top: element("div"),
    notice: element("div", { role: "status" }),
    queue: element("section"),
    results: element("section"),
    bundles: element("section"),
  };
  /** What each part shows: one whose facts are the same is left alone, so that clicks and images survive. */
  const drawn = new Map<keyof typeof places, string>();
  let state: CoreState | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  const draw = () => {
    part("top", [state?.state, state?.state === "connected" && topFacts(state)], () => renderTop(state));
    part("notice", state?.state === "unreachable" ? state.error : undefined, () => renderNotice(state, refresh));
    if (state?.state !== "connected") {
      for (const name of ["queue", "results", "bundles"] as const) part(name, undefined, () => []);
      return;
    }
    const { jobs, paused, status } = state;
    part("queue", [jobs.filter(({ state: one }) => one !== "succeeded"), paused], () => renderQueue(jobs, paused, act));
    const made = jobs.filter(({ state: one }) => one === "succeeded");
    part("results", made, () => renderResults(made));
    part("bundles", status.bundles, () => renderBundles(status.bundles));
  };

  function part(name: keyof typeof places, shown: unknown, render: () => HTMLElement[]): void {
    const key = JSON.stringify(shown) ?? "";
    if (drawn.get(name) === key) return;
    drawn.set(name, key);
    const place = places[name];
    const focused = place.contains(document.activeElement) ? document.activeElement : null;
    const held = focused instanceof HTMLElement ? focused.dataset.key : undefined;
    place.replaceChildren(...render());
    // Whoever works with the keyboard stays where they were.
    if (held !== undefined) place.querySelector<HTMLElement>(`[data-key="${CSS.escape(held)}"]`)?.focus();
  }

  async function refresh(): Promise<void> {
    clearTimeout(timer);
    try {
      if (!document.hidden) state = await get<CoreState>("/genga/state");
    } catch (error) {
      const { code, message, remedy } = Problem.from(error);
      state = { state: "unreachable", error: { code, message, ...(remedy === undefined ? {} : { remedy }) } };
    }
    if (ended) return;
    draw();
    clearTimeout(timer);
    timer = setTimeout(() => void refresh(), POLL_MS);
  }

  async function act(path: string, body: object): Promise<void> {
    try {
      await post(path, body);
    } catch (error) {
      toastProblem(error);
    }
    await refresh();
  }

  root.classList.add("genga", "genga-sidebar");
  root.replaceChildren(...Object.values(places));
  draw();
  void refresh();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

type Act = (path: string, body: object) => Promise<void>;

function topFacts({ version, status, paused }: Connected) {
  const { provider, device, policy, prompt_privacy } = status;
  return { version, provider, device, policy, prompt_privacy, paused };
}

function renderTop(state: CoreState | undefined): HTMLElement[] {
  const on = state?.state === "connected";
  const label = state === undefined ? text("connecting") : on ? text("connected") : text("away");
  const settings = button("", () => void openSettings(), "genga-icon-button");
  settings.append(element("i", { className: "pi pi-cog", ariaHidden: "true" }));
  settings.ariaLabel = settings.title = text("settings");
  settings.dataset.key = "settings";
  const head = element(
    "header",
    {},
    element("i", { className: "genga-mark", ariaHidden: "true" }),
    element("h2", {}, "Genga"),
    element("span", { className: on ? "genga-dot on" : "genga-dot" }, label),
    settings,
  );
  if (!on) return [head];
  const { version, provider, device, policy, prompt_privacy } = topFacts(state);
  return [
    head,
    facts([
      ["Core", [version, provider, device].filter((one) => one !== "").join(" · ")],
      [text("policy"), policy],
      ["", prompt_privacy ? text("private") : undefined],
    ]),
  ];
}

function renderNotice(state: CoreState | undefined, again: () => Promise<void>): HTMLElement[] {
  if (state?.state !== "unreachable") return [];
  return [
    element(
      "div",
      { className: "genga-notice" },
      element("p", {}, state.error.message),
      element("p", {}, element("strong", {}, state.error.remedy)),
      element(
        "div",
        { className: "genga-actions" },
        keyed(
          "again",
          button(text("retry_now"), () => void again(), "primary"),
        ),
        keyed(
          "open-settings",
          button(text("settings"), () => void openSettings()),
        ),
      ),
    ),
  ];
}

function renderQueue(jobs: readonly JobSummary[], paused: boolean, act: Act): HTMLElement[] {
  const open = jobs.filter(({ state }) => OPEN.has(state));
  const troubled = jobs.filter(({ state }) => ENDED.has(state)).slice(0, 10);
  const update = (action: string) => void act("/genga/jobs/update", { action });
  return [
    element(
      "header",
      {},
      element("h3", {}, open.length === 0 ? text("queue") : `${text("queue")} (${open.length})`),
      paused
        ? keyed(
            "queue",
            button(text("resume_queue"), () => update("resume"), "primary"),
          )
        : keyed(
            "queue",
            button(text("pause_queue"), () => update("pause")),
          ),
    ),
    ...(open.length === 0
      ? [element("p", { className: "empty" }, paused ? text("queue_paused") : text("queue_empty"))]
      : []),
    list(open.map((job) => renderJob(job, act))),
    ...(troubled.length === 0
      ? []
      : [element("h4", {}, text("troubled")), list(troubled.map((job) => renderJob(job, act)))]),
  ];
}

function renderJob(job: JobSummary, act: Act): HTMLElement {
  const { job_id, state, label, error } = job;
  const name = label || job.task;
  const action = (key: "pause" | "resume" | "retry" | "remove") =>
    named(`${key} ${job_id}`, `${text(key)}: ${name}`, text(key), () =>
      act("/genga/jobs/update", { action: key, job_ids: [job_id] }),
    );
  const percent = Math.round(job.progress * 100);
  const small = [
    state === "running" ? `${percent} %` : state,
    job.client,
    job.project,
    job.shot,
    job.position === undefined ? undefined : job.position === 0 ? text("next") : `${job.position} ${text("ahead")}`,
  ];
  return element(
    "li",
    { className: `genga-job ${state}` },
    element("strong", { title: label }, name),
    state === "running"
      ? element("progress", { max: 1, value: job.progress, ariaLabel: `${name}: ${percent} %` })
      : undefined,
    element("p", { className: "small" }, small.filter((one) => one !== undefined).join(" · ")),
    error === undefined ? undefined : element("p", { className: "error" }, `${error.message} ${error.remedy ?? ""}`),
    element(
      "div",
      { className: "genga-actions" },
      state === "queued" ? action("pause") : undefined,
      state === "paused" ? action("resume") : undefined,
      ENDED.has(state) ? action("retry") : undefined,
      ENDED.has(state) ? action("remove") : undefined,
      OPEN.has(state)
        ? named(`cancel ${job_id}`, `${text("cancel")}: ${name}`, text("cancel"), () =>
            act(`/genga/jobs/${job_id}/cancel`, {}),
          )
        : undefined,
    ),
  );
}

function renderResults(jobs: readonly JobSummary[]): HTMLElement[] {
  const made = jobs.flatMap((job) => job.outputs.map((asset) => ({ asset, job }))).slice(0, MOST_RESULTS);
  return [
    element("header", {}, element("h3", {}, text("results"))),
    made.length === 0
      ? element("p", { className: "empty" }, text("results_empty"))
      : element("div", { className: "genga-grid" }, ...made.map(({ asset, job }) => renderResult(asset, job))),
  ];
}

function renderResult(asset: AssetRef, job: JobSummary): HTMLElement {
  const picture = asset.mime.startsWith("image/");
  const gone = job.evicted === true;
  const name = asset.name ?? `${asset.sha256.slice(0, 12)}.${asset.mime.split("/")[1]}`;
  const sidecar = job.sidecars?.find((one) => one.name === `${asset.name}.c2pa`)?.sha256;
  const card = button("", () => openRecord([shownAsset(asset.sha256, name, sidecar, picture)]), "genga-result");
  card.ariaLabel = `${job.label || name}. ${text("show_record")}`;
  card.title = [job.label || name, job.client].join("\n");
  card.disabled = gone;
  card.dataset.key = asset.sha256;
  card.append(
    picture && !gone
      ? element("img", { src: assetUrl(asset.sha256, true), alt: "", loading: "lazy" })
      : element("span", { className: "file" }, name),
    element("span", { className: "caption" }, job.label || name),
  );
  return card;
}

function renderBundles(bundles: Connected["status"]["bundles"]): HTMLElement[] {
  return [
    element(
      "details",
      {},
      element("summary", {}, `${text("bundles")} (${bundles.length})`),
      list(
        bundles.map((bundle) =>
          element(
            "li",
            { className: "genga-job" },
            element("strong", {}, bundle.name),
            element(
              "p",
              { className: "small" },
              [
                bundle.id,
                bundle.licence.spdx,
                bundle.training_data === "undeclared" ? text("undeclared") : undefined,
                bundle.purpose === "test" ? text("test_bundle") : undefined,
              ]
                .filter((one) => one !== undefined)
                .join(" · "),
            ),
            bundle.allowed
              ? undefined
              : element("p", { className: "error" }, `${text("refused")}: ${bundle.refusal ?? ""}`),
          ),
        ),
      ),
    ),
  ];
}

function list(items: HTMLElement[]): HTMLElement {
  return element("ul", { className: "genga-list" }, ...items);
}

function named(key: string, label: string, caption: string, onclick: () => unknown): HTMLButtonElement {
  const one = button(caption, () => void onclick());
  one.ariaLabel = label;
  return keyed(key, one);
}

function keyed(key: string, one: HTMLButtonElement): HTMLButtonElement {
  one.dataset.key = key;
  return one;
}
