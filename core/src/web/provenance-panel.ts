import type { JobSummary } from "../protocol/core-messages.ts";
import type { AssetRef } from "../protocol/fields.ts";
import type { MeshFacts, TextureFacts } from "../protocol/mesh.ts";
import type { MotionFacts } from "../protocol/motion.ts";
import type { DeclaredModel, TrainingData } from "../protocol/record.ts";
import type { SigningRecord } from "../protocol/signing.ts";
import type { Verification } from "../protocol/verification.ts";
import { button, element, facts } from "./dom.ts";
import { renderModelViewer } from "./model-viewer.ts";
import { renderMotionViewer } from "./motion-viewer.ts";
import { shownModel, shownMotion } from "./shown-file.ts";
import { sidecarOf } from "./sidecar-of.ts";

const STATES: Record<Verification["state"], string> = {
  trusted: "Signature right, issuer trusted here",
  valid: "Signature right, issuer not among the trusted",
  tampered: "The bytes or the manifest were changed",
  known: "No credential left, but found in this core's log",
  unsigned: "Nothing is known of this file",
};

/** Shows what made a file, as its signed credential says it. */
export function renderProvenance(
  asset: AssetRef,
  job: JobSummary,
  verification: Verification | Error | undefined,
  onClose: () => void,
): HTMLElement {
  const sidecar = sidecarOf(asset, job);
  const panel = element(
    "aside",
    { className: "panel", ariaLabel: "Provenance" },
    element("header", {}, element("h2", {}, "Provenance"), button("Close", onClose)),
  );
  if (asset.mime.startsWith("image/")) panel.append(element("img", { src: `/assets/${asset.sha256}`, alt: job.label }));
  const motion = shownMotion(asset, job);
  if (motion !== undefined) panel.append(renderMotionViewer(`/assets/${motion.sha256}`));
  const model = shownModel(asset, job);
  if (model !== undefined) panel.append(renderModelViewer(`/assets/${model.sha256}`));
  if (verification === undefined) panel.append(element("p", { className: "empty" }, "Verifying …"));
  else if (verification instanceof Error) panel.append(element("p", { className: "error" }, verification.message));
  else panel.append(...renderVerification(verification));
  panel.append(
    element("h3", {}, "File"),
    facts([
      ["Name", asset.name],
      ["Type", asset.mime],
      ["Size", `${asset.size.toLocaleString()} bytes`],
      ["SHA-256", element("code", {}, asset.sha256)],
      ["", save(asset, "Save the file")],
      ["", sidecar === undefined ? undefined : save(sidecar, "Save its credential (.c2pa), to keep beside it")],
    ]),
  );
  const others = job.outputs.filter(({ sha256 }) => sha256 !== asset.sha256);
  if (others.length > 0) {
    const items = others.map((other) => element("li", {}, save(other, other.name ?? other.mime)));
    panel.append(element("h3", {}, "Other files of this job"), element("ul", { className: "files" }, ...items));
  }
  return panel;
}

function save({ sha256, name }: AssetRef, label: string): HTMLElement {
  return element("a", { href: `/assets/${sha256}`, download: name ?? sha256 }, label);
}

export function renderVerification({
  state,
  issuer,
  signed_with,
  record,
  signing,
  problems,
  log,
}: Verification): HTMLElement[] {
  const parts = [
    element("p", { className: `credential ${state}` }, element("strong", {}, state), ` — ${STATES[state]}`),
    facts([
      ["Signed by", issuer],
      ["Signed with", signed_with],
      ["Log", log === undefined ? undefined : `entry ${log.index} of ${log.tree_size}`],
    ]),
    ...problems.map(({ code, explanation }) => element("p", { className: "error" }, `${code}: ${explanation}`)),
  ];
  if (signing !== undefined) parts.push(...renderSigning(signing));
  if (record === undefined) return parts;
  const { who, execution } = record;
  parts.push(
    ...(record.motion === undefined ? [] : renderOrigin(record.motion)),
    ...(record.mesh === undefined ? [] : renderMesh(record.mesh)),
    ...(record.texture === undefined ? [] : renderTexture(record.texture)),
    element("h3", {}, "Models"),
    ...record.models.map(({ name, version, licence, training_data, manifest_sha256 }) =>
      facts([
        ["Model", `${name} ${version}`],
        ["Licence", `${licence.spdx}${licence.commercial_use ? "" : " (no commercial use)"}`],
        ["Bundle", element("code", {}, manifest_sha256)],
        [
          "Training data",
          training_data === "undeclared"
            ? element("em", {}, "undeclared")
            : training_data.length === 0
              ? "none: random weights"
              : dataList(training_data),
        ],
      ]),
    ),
    ...(record.backend?.models ?? []).map(outsideModel),
    element("h3", {}, "Inputs"),
    record.inputs.length === 0
      ? element("p", { className: "empty" }, "None.")
      : facts(
          record.inputs.map(({ role, name, mime, credential, sha256 }) => [
            role,
            `${name ?? mime} · ${credential} · ${sha256.slice(0, 12)}…`,
          ]),
        ),
    element("h3", {}, "Who and when"),
    facts([
      ["Client", who.client],
      ["Person", who.user],
      ["Project", who.project],
      ["Shot", who.shot],
      ["Made", new Date(record.created).toLocaleString()],
      ["With", `${record.software} · ${execution.runtime} · ${execution.provider} · ${execution.device}`],
      ["Policy", record.policy],
      ["Seed", String(record.seed)],
    ]),
    element("h3", {}, "Parameters"),
    element("pre", {}, JSON.stringify(record.params, null, 2)),
  );
  return parts;
}

/** What each segment of a motion was made of. */
function renderOrigin({ origin, frames, fps, warnings }: MotionFacts): HTMLElement[] {
  return [
    element("h3", {}, "Motion"),
    ...warnings.map((warning) => element("p", { className: "notice" }, warning)),
    facts([
      ["Length", `${frames} frames at ${fps} a second`],
      ...origin.map(({ segment, kind, clips }): [string, Node] => [
        `Segment ${segment + 1}`,
        clips.length === 0
          ? element("span", {}, kind)
          : element(
              "span",
              {},
              `${kind} from`,
              element(
                "ul",
                {},
                ...clips.map(({ id, licence, source }) => element("li", {}, `${id} — ${licence} — ${source}`)),
              ),
            ),
      ]),
    ]),
  ];
}

/** What a mesh came from, and what it holds. */
function renderMesh({ origin, triangles, vertices, size_m, closed, lod }: MeshFacts): HTMLElement[] {
  const { source, reason, category, values, model, warnings } = origin;
  return [
    element("h3", {}, "Mesh"),
    ...warnings.map((warning) => element("p", { className: "notice" }, warning)),
    facts([
      ["Source", `${source}${category === undefined ? "" : `: ${category}`}`],
      ["Because", reason],
      ["Original", model && `${model.name} by ${model.author}`],
      ["Licence", model?.licence],
      ["From", model?.source],
      ["Changed", model?.changes.join(", ")],
      ["Shape", values && wordsOf(values)],
      ["Triangles", `${triangles.toLocaleString()} (${vertices.toLocaleString()} vertices)`],
      ["Level of detail", lod === 0 ? undefined : String(lod)],
      ["Size", `${size_m.map((metres) => Number(metres.toPrecision(3))).join(" × ")} m`],
      ["Surface", closed ? "every part is closed" : "open"],
    ]),
  ];
}

/** `{ seatHeight: 0.45, arms: true }` as `seat height 0.45, arms true`. */
function wordsOf(values: Record<string, unknown>): string {
  const pairs = Object.entries(values).map(
    ([name, value]) =>
      `${name.replace(/_|(?=[A-Z])/g, " ").toLowerCase()} ${typeof value === "number" ? Number(value.toPrecision(3)) : typeof value === "object" ? JSON.stringify(value) : String(value)}`,
  );
  return pairs.join(", ");
}

/** How a mesh was painted. */
function renderTexture({ objects, views, painted, texture_size, warnings }: TextureFacts): HTMLElement[] {
  return [
    element("h3", {}, "Texture"),
    ...warnings.map((warning) => element("p", { className: "notice" }, warning)),
    facts([
      ["Painted", objects.join(", ")],
      ["Coverage", `${Math.floor(painted * 1000) / 10} % of what shows, from ${views} views`],
      ["Size", `${texture_size} × ${texture_size} pixels`],
    ]),
  ];
}

/** A file that was made elsewhere: what was declared of it, and by whom. */
function renderSigning({
  actions,
  models,
  ingredients,
  declared_by,
  software_agent,
  created,
  policy,
  parameters,
}: SigningRecord) {
  return [
    element("h3", {}, "Declared"),
    facts([
      ["By", [declared_by.client, declared_by.user].filter((part) => part !== undefined).join(", ")],
      ["Done", actions.map(({ action }) => action.replace("c2pa.", "")).join(", ")],
      ["Origin", actions.flatMap(({ digital_source_type: type }) => type ?? []).join(", ") || undefined],
      [
        "With",
        software_agent && [software_agent.name, software_agent.version].filter((part) => part !== undefined).join(" "),
      ],
      ["Project", declared_by.project],
      ["Shot", declared_by.shot],
      ["Signed", new Date(created).toLocaleString()],
      ["Policy", policy],
    ]),
    element("h3", {}, "Models as declared"),
    ...models.map(outsideModel),
    ...(models.length === 0 ? [element("p", { className: "empty" }, "None.")] : []),
    element("h3", {}, "Files that went in"),
    ingredients.length === 0
      ? element("p", { className: "empty" }, "None.")
      : facts(
          ingredients.map(({ relationship, role, name, mime, credential, sha256 }) => [
            role ?? relationship,
            `${name ?? mime} · ${credential} · ${sha256.slice(0, 12)}…`,
          ]),
        ),
    element("h3", {}, "Parameters"),
    element("pre", {}, JSON.stringify(parameters, null, 2)),
  ];
}

/** A model that ran outside the core. */
function outsideModel({ role, name, sha256, licence, training_data }: DeclaredModel): HTMLElement {
  return facts([
    [role, name],
    ["Hash", sha256 === undefined ? element("em", {}, "not given") : element("code", {}, sha256)],
    ["Licence", licence?.spdx ?? element("em", {}, "undeclared")],
    ["Training data", training_data === "undeclared" ? element("em", {}, "undeclared") : dataList(training_data)],
  ]);
}

/** So many data sets are listed at once; more of them wait behind a line that counts them. */
const DATA_LISTED = 4;

function dataList(data: readonly TrainingData[]): HTMLElement {
  const list = element(
    "ul",
    {},
    ...data.map(({ name, licence, source }) => element("li", {}, `${name} — ${licence} — ${source}`)),
  );
  if (data.length <= DATA_LISTED) return list;
  return element("details", {}, element("summary", {}, `${data.length} data sets`), list);
}
