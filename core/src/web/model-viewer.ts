import { button, element } from "./dom.ts";
import type { ModelStage } from "./model-stage.ts";

/** Pixels of the picture, twice what the page shows, for sharp edges on dense screens. */
const SIZE = { width: 960, height: 640 };
/** A variable, so that the page's bundle leaves the file where it is. */
const STAGE_FILE = "/model-stage.js";

/** Shows a GLB on a turntable: drag to go round it, wheel to come nearer, or look at its triangles. */
export function renderModelViewer(address: string): HTMLElement {
  const place = element("div", { className: "viewer" }, element("p", { className: "empty" }, "Loading the model …"));
  show(address, place).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    place.replaceChildren(element("p", { className: "error" }, `The model cannot be shown here: ${reason}`));
  });
  return place;
}

async function show(address: string, place: HTMLElement): Promise<void> {
  const [response, { showModel }] = await Promise.all([fetch(address), loadStage()]);
  if (!response.ok) throw new Error(`it cannot be fetched (${response.status}).`);
  const glb = await response.arrayBuffer();
  const canvas = element("canvas", { ...SIZE, title: "Drag to go round, wheel to come nearer" });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "The model");
  let stage: ModelStage | undefined;
  let lines = false;
  const turn = button("Turn", () => {
    if (stage !== undefined) stage.turning = !stage.turning;
  });
  const wires = button("Show triangles", () => {
    lines = !lines;
    wires.textContent = lines ? "Hide triangles" : "Show triangles";
    stage?.setWireframe(lines);
  });
  const onTurning = (turning: boolean) => {
    turn.textContent = turning ? "Stop" : "Turn";
  };
  place.replaceChildren(canvas, element("div", { className: "player" }, turn, wires));
  stage = await showModel(canvas, glb, onTurning);
  onTurning(stage.turning);
}

function loadStage(): Promise<typeof import("./model-stage.ts")> {
  return import(STAGE_FILE);
}
