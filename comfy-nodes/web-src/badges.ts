import { api, type NodeOutput } from "comfyui/api";
import { app, type ComfyNode, type DomWidget, type MenuItem } from "comfyui/app";
import type { CredentialState } from "../../core/src/protocol/record.ts";
import { button, element } from "../../core/src/web/dom.ts";
import { findNode } from "./nodes.ts";
import { openRecord, type Shown, shownAsset, shownFile } from "./record-dialog.ts";
import { Problem, type Provenance } from "./server.ts";
import { text } from "./texts.ts";

/** Setting that turns badges off. */
export const BADGES_SETTING = "Genga.Badges";

const WIDGET = "genga_provenance";
const MOST_FILES = 16;
const HEIGHT_PX = 30;
/** The worst state of several files is the one to show. */
const WORST_FIRST: readonly CredentialState[] = ["tampered", "unsigned", "known", "valid", "trusted"];

const OWN_NODES = new Set([
  "GengaGenerateImage",
  "GengaGenerateMotion",
  "GengaLoadMotion",
  "GengaSaveMotion",
  "GengaSignAndSaveImage",
]);

const places = new WeakMap<ComfyNode, DomWidget>();
const shownFiles = new WeakMap<ComfyNode, Shown[]>();
/** Counts a node's runs, so that a slow answer to an earlier one is not shown. */
const runs = new WeakMap<ComfyNode, number>();

/** Puts a badge on each node whose files carry a credential, from now on. */
export function watchOutputs(): void {
  api.addEventListener("executed", ({ detail }) => {
    const node = findNode(detail.display_node ?? detail.node);
    if (node !== undefined) void update(node, filesOf(detail.output));
  });
}

/** Gives the entry of a node's menu that shows what made its pictures. */
export function provenanceMenu(node: ComfyNode): MenuItem[] {
  const files = shownFiles.get(node) ?? filesOf(app.nodeOutputs?.[String(node.id)]);
  if (files.length === 0) return [];
  return [{ content: text("menu"), callback: () => openRecord(files) }];
}

async function update(node: ComfyNode, files: Shown[]): Promise<void> {
  const run = (runs.get(node) ?? 0) + 1;
  runs.set(node, run);
  if (files.length > 0) shownFiles.set(node, files);
  if (files.length === 0 || app.extensionManager.setting.get(BADGES_SETTING) === false) return hide(node);
  const answers = await Promise.all(files.map((file) => file.read(false).catch(Problem.from)));
  if (runs.get(node) !== run) return;
  const signed = files.filter((_, index) => carries(answers[index]));
  if (signed.length === 0) return hide(node);
  const problem = answers.find((answer) => answer instanceof Problem);
  const found = answers.flatMap((answer) => (answer instanceof Problem ? [] : (answer.verification ?? [])));
  const state = problem === undefined ? WORST_FIRST.find((one) => found.some((each) => each.state === one)) : undefined;
  const undeclared = found.some(({ record, signing }) =>
    [...(record?.models ?? []), ...(signing?.models ?? [])].some((model) => model.training_data === "undeclared"),
  );
  const label = [
    text(state ?? "unchecked"),
    files.length > 1 ? `${signed.length}/${files.length} ${text("files")}` : undefined,
    undeclared ? text("undeclared") : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(" · ");
  show(node, () => {
    const badge = button(label, () => openRecord(signed), `genga-badge ${state ?? "unchecked"}`);
    badge.ariaLabel = `${text("provenance")}: ${label}. ${text("show_record")}`;
    badge.title = problem === undefined ? text("show_record") : [problem.message, problem.remedy].join(" ");
    return badge;
  });
}

// A problem is told of a file with a credential only: the server asks the core about no other.
function carries(answer: Provenance | Problem | undefined): boolean {
  if (answer instanceof Problem) return answer.code !== "ASSET_NOT_FOUND" && answer.code !== "INVALID_REQUEST";
  return answer?.credential === true;
}

/**
 * Gives our own nodes the place for their badge when they are created: Nodes 2.0 of frontend 1.32 shows no control that comes
 * later to a node whose links changed. Other packs' nodes get theirs with the first badge, so that their saved controls keep
 * their order.
 */
export function prepareBadge(node: ComfyNode): void {
  if (OWN_NODES.has(node.comfyClass ?? node.type)) addPlace(node);
}

function show(node: ComfyNode, makeBadge: () => HTMLElement): void {
  const place = (places.get(node) ?? addPlace(node)).element;
  const empty = place.childElementCount === 0;
  place.replaceChildren(makeBadge());
  leftPlace(node, place)?.replaceChildren(makeBadge());
  if (!empty) return;
  const [width, height] = node.computeSize();
  node.setSize([Math.max(node.size[0], width), Math.max(node.size[1], height)]);
  node.setDirtyCanvas(true, true);
}

function hide(node: ComfyNode): void {
  const widget = places.get(node);
  if (widget === undefined) return;
  widget.element.replaceChildren();
  leftPlace(node, widget.element)?.replaceChildren();
  if (!OWN_NODES.has(node.type)) {
    places.delete(node);
    node.removeWidget?.(widget);
  }
  node.setDirtyCanvas(true, true);
}

/**
 * Gives the place that stands on the page in this one's stead. Nodes 2.0 of frontend 1.32 knows nodes by their number: another
 * workflow's node of the same number takes over what was drawn for the one before, with that one's controls.
 */
function leftPlace(node: ComfyNode, place: HTMLElement): Element | undefined {
  if (place.isConnected) return undefined;
  return document.querySelector(`[data-node-id="${CSS.escape(String(node.id))}"] .genga-badge-place`) ?? undefined;
}

function addPlace(node: ComfyNode): DomWidget {
  const place = element("div", { className: "genga genga-badge-place" });
  const height = () => (place.childElementCount === 0 ? 0 : HEIGHT_PX);
  const widget = node.addDOMWidget(WIDGET, WIDGET, place, {
    serialize: false,
    hideOnZoom: false,
    margin: 4,
    getMinHeight: height,
    getMaxHeight: height,
  });
  // A workflow that is saved now must load where this pack is missing.
  widget.serialize = false;
  places.set(node, widget);
  return widget;
}

function filesOf(output: NodeOutput | null | undefined): Shown[] {
  const files = [...(output?.images ?? []), ...(output?.genga_files ?? [])]
    .filter((file) => typeof file?.filename === "string")
    .map(shownFile);
  const assets = (output?.genga_assets ?? []).map(({ sha256, name, sidecar }, index) =>
    shownAsset(sha256, name ?? `${index + 1}`, sidecar ?? undefined),
  );
  return [...files, ...assets].slice(0, MOST_FILES);
}
