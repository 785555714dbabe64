import { api, type MotionOutput } from "comfyui/api";
import type { ComfyNode, DomWidget } from "comfyui/app";
import { button, element } from "../../core/src/web/dom.ts";
import { readMotion } from "./motion-file.ts";
import { MotionPlayer } from "./motion-player.ts";
import { findNode } from "./nodes.ts";
import { assetUrl, Problem } from "./server.ts";
import { text } from "./texts.ts";

const WIDGET = "genga_motion";
const HEIGHT_PX = 290;
const NODES = new Set(["GengaGenerateMotion", "GengaLoadMotion", "GengaSaveMotion"]);

/** What stands on one node. */
interface Panel {
  widget: DomWidget;
  player: MotionPlayer;
  /** Everything that is shown: tabs of the variations, the player, a problem. */
  content: HTMLElement;
  tabs: HTMLElement;
  problem: HTMLElement;
  filled: boolean;
  /** Counts what was asked for, so that a slow answer to an earlier one is not shown. */
  asked: number;
}

const panels = new WeakMap<ComfyNode, Panel>();

/** Plays the motions of nodes that give some, from now on. */
export function watchMotions(): void {
  api.addEventListener("executed", ({ detail }) => {
    const motions = detail.output?.genga_motion;
    if (motions === undefined || motions.length === 0) return;
    const node = findNode(detail.display_node ?? detail.node);
    if (node !== undefined) show(node, motions);
  });
}

/**
 * Gives the motion nodes the place for their player when they are created: Nodes 2.0 of frontend 1.32 shows no control that comes later
 * to a node whose links changed. It takes no room until there is a motion.
 */
export function prepareMotion(node: ComfyNode): void {
  if (NODES.has(node.comfyClass ?? node.type)) addPanel(node);
}

function show(node: ComfyNode, motions: readonly MotionOutput[]): void {
  const panel = panels.get(node) ?? addPanel(node);
  const first = !panel.filled;
  panel.filled = true;
  const tabs = motions.map((motion, index) => {
    const tab = button(motion.seed === null ? `${index + 1}` : `${index + 1}: ${motion.seed}`, () => choose(index));
    tab.ariaLabel = `${text("variation")} ${index + 1}`;
    return tab;
  });
  const choose = (index: number) => {
    for (const [other, tab] of tabs.entries()) tab.ariaPressed = String(other === index);
    const motion = motions[index];
    if (motion !== undefined) void load(panel, motion);
  };
  panel.tabs.replaceChildren(...(tabs.length > 1 ? tabs : []));
  placeOf(node, panel.widget.element).replaceChildren(panel.content);
  choose(0);
  if (!first) return;
  const [width, height] = node.computeSize();
  node.setSize([Math.max(node.size[0], width, 320), Math.max(node.size[1], height)]);
  node.setDirtyCanvas(true, true);
}

async function load(panel: Panel, { sha256 }: MotionOutput): Promise<void> {
  const asked = ++panel.asked;
  panel.problem.textContent = "";
  try {
    const response = await fetch(assetUrl(sha256));
    if (!response.ok) throw new Problem("ASSET_NOT_FOUND", text("motion_gone"));
    const motion = readMotion(await response.text());
    if (asked === panel.asked) panel.player.show(motion);
  } catch (error) {
    if (asked === panel.asked) panel.problem.textContent = Problem.from(error).message;
  }
}

/**
 * Gives the place on the page. Nodes 2.0 of frontend 1.32 knows nodes by their number: another workflow's node of the same number takes
 * over what was drawn for the one before, with that one's controls, and this node's own place is nowhere.
 */
function placeOf(node: ComfyNode, place: HTMLElement): Element {
  if (place.isConnected) return place;
  return document.querySelector(`[data-node-id="${CSS.escape(String(node.id))}"] .genga-motion-place`) ?? place;
}

function addPanel(node: ComfyNode): Panel {
  const place = element("div", { className: "genga genga-motion-place" });
  const player = new MotionPlayer();
  const tabs = element("div", { className: "genga-motion-tabs" });
  const problem = element("p", { className: "error", role: "alert" });
  const height = () => (panels.get(node)?.filled === true ? HEIGHT_PX : 0);
  const widget = node.addDOMWidget(WIDGET, WIDGET, place, {
    serialize: false,
    hideOnZoom: false,
    margin: 4,
    getMinHeight: height,
  });
  // A workflow that is saved now must load where this pack is missing.
  widget.serialize = false;
  const content = element("div", { className: "genga-motion-panel" }, tabs, player.element, problem);
  const panel: Panel = { widget, player, content, tabs, problem, filled: false, asked: 0 };
  panels.set(node, panel);
  const removed = node.onRemoved;
  node.onRemoved = function onRemoved() {
    player.close();
    removed?.call(this);
  };
  return panel;
}
