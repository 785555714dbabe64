import { button, element } from "./dom.ts";
import { loadModelStage } from "./load-model-stage.ts";

/** Pixels of the picture, twice what the page shows, for sharp edges on dense screens. */
const SIZE = { width: 960, height: 640 };

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
  const [response, { showModel }] = await Promise.all([fetch(address), loadModelStage()]);
  if (!response.ok) throw new Error(`it cannot be fetched (${response.status}).`);
  const glb = await response.arrayBuffer();
  const canvas = element("canvas", {
    ...SIZE,
    title: "Drag to go round, wheel to come nearer, click twice to see it from the front",
  });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "The model");
  const stage = await showModel(canvas, glb, (turning) => {
    turn.textContent = turning ? "Stop" : "Turn";
  });
  const turn = button(stage.turning ? "Stop" : "Turn", () => {
    stage.turning = !stage.turning;
  });
  let lines = false;
  const wires = button("Show triangles", () => {
    lines = !lines;
    wires.textContent = lines ? "Hide triangles" : "Show triangles";
    stage.setWireframe(lines);
  });
  const { triangles, size_m, square_m } = stage;
  const size = size_m.map((metres) => Number(metres.toPrecision(3))).join(" × ");
  const said = `${triangles.toLocaleString()} triangles · ${size} m · squares of ${lengthOf(square_m)}`;
  place.replaceChildren(
    canvas,
    element("div", { className: "player" }, turn, wires),
    element("p", { className: "small" }, said),
  );
}

/** 0.1 as `10 cm`. */
function lengthOf(metres: number): string {
  if (metres >= 1) return `${metres} m`;
  const millimetres = Math.round(metres * 1e6) / 1000;
  return millimetres >= 10 ? `${millimetres / 10} cm` : `${millimetres} mm`;
}
