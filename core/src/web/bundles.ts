import type { BundleSummary } from "../protocol/core-messages.ts";
import { describeTraining } from "../protocol/describe-training.ts";
import { button, element } from "./dom.ts";

/** Shows the bundles with licence, training data and what the policy says of them. */
export function renderBundles(bundles: readonly BundleSummary[]): HTMLElement {
  return element(
    "section",
    { className: "bundles" },
    element("header", {}, element("h2", {}, "Bundles")),
    bundles.length === 0 ? element("p", { className: "empty" }, "None. `genga models import` adds one.") : undefined,
    ...bundles.map(
      ({ id, name, version, purpose, task, licence, training_data, allowed, refusal, controls, motion, mesh }) =>
        element(
          "article",
          { className: allowed ? "bundle" : "bundle refused" },
          element(
            "div",
            { className: "job-head" },
            element("strong", { title: name }, name),
            element("span", { className: allowed ? "state good" : "state failed" }, allowed ? "may run" : "refused"),
          ),
          element(
            "p",
            { className: "small" },
            `${id} ${version} · ${task} · ${purpose === "test" ? "random weights, for tests" : purpose}`,
          ),
          element("p", { className: "small" }, `${licence.spdx} · ${describeTraining(training_data)}`),
          controls.length === 0
            ? undefined
            : element(
                "p",
                { className: "tags", title: "Control maps that it takes" },
                ...controls.map((kind) => element("span", { className: "tag" }, kind)),
              ),
          motion && renderTags("Actions that it knows", motion.actions),
          mesh && renderTags(`Things that it knows; sources: ${mesh.sources.join(", ")}`, mesh.categories),
          allowed ? undefined : element("p", { className: "error" }, refusal ?? "Refused by the policy."),
        ),
    ),
  );
}

/** So many words are shown at once; the rest of a long list opens by a click. */
const TAGS = 24;

function renderTags(title: string, known: readonly { name: string; prompts: readonly string[] }[]): HTMLElement {
  const tags = known.map(({ name, prompts }) => element("span", { className: "tag", title: prompts.join("\n") }, name));
  const place = element("p", { className: "tags", title }, ...tags.slice(0, TAGS));
  if (tags.length > TAGS) {
    const more = button(`${tags.length - TAGS} more`, () => place.replaceChildren(...tags), "tag");
    place.append(more);
  }
  return place;
}
