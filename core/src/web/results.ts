import type { JobSummary } from "../protocol/core-messages.ts";
import type { AssetRef } from "../protocol/fields.ts";
import { button, element } from "./dom.ts";
import { renderThumbnail } from "./thumbnail.ts";

/** Shows what was made, newest first; a click opens where it comes from. */
export function renderResults(
  jobs: readonly JobSummary[],
  onOpen: (asset: AssetRef, job: JobSummary) => void,
): HTMLElement {
  const made = jobs
    .filter(({ state }) => state === "succeeded")
    .flatMap((job) => job.outputs.map((asset) => ({ asset, job })));
  return element(
    "section",
    { className: "results" },
    element(
      "header",
      {},
      element("h2", {}, "Results"),
      made.length === 0 ? undefined : element("span", { className: "hint" }, "A click shows what made it."),
    ),
    made.length === 0
      ? element(
          "p",
          { className: "empty card" },
          "Nothing was made yet. What Blender, ComfyUI or the command line ask for appears here: try ",
          element("code", {}, 'genga generate image --prompt "a village" --out village.png'),
          " in a terminal.",
        )
      : undefined,
    element(
      "div",
      { className: "grid" },
      ...made.slice(0, 60).map(({ asset, job }) => renderResult(asset, job, onOpen)),
    ),
  );
}

function renderResult(
  asset: AssetRef,
  job: JobSummary,
  onOpen: (asset: AssetRef, job: JobSummary) => void,
): HTMLElement {
  const card = button("", () => onOpen(asset, job), "result");
  card.title = job.label;
  card.append(
    asset.mime.startsWith("image/")
      ? element("img", { src: `/assets/${asset.sha256}`, alt: job.label, loading: "lazy" })
      : renderThumbnail(asset, job),
    asset.mime.startsWith("image/") ? "" : element("span", { className: "caption name" }, asset.name ?? asset.mime),
    element("span", { className: "caption" }, job.label || job.task),
    element("span", { className: "caption soft" }, [job.client, job.project, job.shot].filter(Boolean).join(" · ")),
  );
  return card;
}
