import { button, element } from "./dom.ts";
import { drawSkeleton, skeletonColorsOf } from "./draw-skeleton.ts";
import type { Orbit, ShownMotion } from "./skeleton-pose.ts";

/** Pixels of the picture, twice what the page shows, for sharp lines on dense screens. */
const SIZE = { width: 960, height: 640 };
const PITCH_LIMIT = 1.45;

/** Shows a JSON motion as a moving stick figure: drag to go round it, wheel to come nearer, play, or pull through it by hand. */
export function renderMotionViewer(address: string): HTMLElement {
  const place = element("div", { className: "viewer" }, element("p", { className: "empty" }, "Loading the motion …"));
  fetch(address)
    .then(async (response) => {
      if (!response.ok) throw new Error(`The motion cannot be fetched (${response.status}).`);
      // The core that served this page made the file, so it is what the type says.
      const motion: ShownMotion = await response.json();
      place.replaceChildren(...player(motion));
    })
    .catch((error: unknown) => {
      place.replaceChildren(
        element("p", { className: "error" }, error instanceof Error ? error.message : String(error)),
      );
    });
  return place;
}

function player(motion: ShownMotion): HTMLElement[] {
  const canvas = element("canvas", { ...SIZE, title: "Drag to go round, wheel to come nearer" });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "The motion as a stick figure");
  const context = canvas.getContext("2d");
  if (context === null) return [element("p", { className: "error" }, "This browser cannot draw.")];
  const orbit: Orbit = { target: [0, 0.9, 0], yaw: 0.6, pitch: 0.2, distance: 4.5 };
  const last = Math.max(0, motion.frames - 1);
  // Who asks for less motion starts it by hand.
  let playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  let time_s = 0;
  let before: number | undefined;

  const slider = element("input", { type: "range", min: "0", max: String(last), value: "0", ariaLabel: "Frame" });
  const said = element("span", { className: "small" });
  const toggle = button(playing ? "Pause" : "Play", () => {
    playing = !playing;
    toggle.textContent = playing ? "Pause" : "Play";
  });
  slider.addEventListener("input", () => {
    time_s = Number(slider.value) / motion.fps;
    if (playing) toggle.click();
  });
  steer(canvas, orbit);

  const show = (now: number) => {
    // Taken off the page: over.
    if (before !== undefined && !canvas.isConnected) return;
    if (playing && before !== undefined) time_s = (time_s + (now - before) / 1000) % (motion.frames / motion.fps);
    before = now;
    const frame = Math.min(last, Math.floor(time_s * motion.fps));
    const [x = 0, , z = 0] = motion.root[frame] ?? [];
    orbit.target = [x, 0.9, z];
    drawSkeleton(context, motion, frame, orbit, skeletonColorsOf(canvas));
    slider.value = String(frame);
    const segment = motion.segments.find(({ start_frame, end_frame }) => frame >= start_frame && frame < end_frame);
    said.textContent = `${(frame / motion.fps).toFixed(1)} s of ${(motion.frames / motion.fps).toFixed(1)} s · ${segment?.prompt ?? ""}`;
    requestAnimationFrame(show);
  };
  requestAnimationFrame(show);
  return [canvas, element("div", { className: "player" }, toggle, slider), said];
}

function steer(canvas: HTMLCanvasElement, orbit: Orbit): void {
  canvas.addEventListener("pointerdown", ({ pointerId }) => canvas.setPointerCapture(pointerId));
  canvas.addEventListener("pointermove", ({ buttons, movementX, movementY }) => {
    if (buttons === 0) return;
    orbit.yaw -= movementX * 0.01;
    orbit.pitch = Math.min(PITCH_LIMIT, Math.max(-0.1, orbit.pitch + movementY * 0.01));
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      orbit.distance = Math.min(20, Math.max(1.5, orbit.distance * Math.exp(event.deltaY * 0.001)));
    },
    { passive: false },
  );
}
