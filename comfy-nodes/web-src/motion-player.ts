import { button, element } from "../../core/src/web/dom.ts";
import type { PlayedMotion } from "./motion-file.ts";
import { type Bounds, boundsOf, drawFrame, type Orbit, startOrbit } from "./motion-view.ts";
import { text } from "./texts.ts";

/** Radians of a pixel of dragging. */
const TURN = 0.01;
const MOST_PITCH = 1.5;

/** Plays a motion: turned by dragging, zoomed by the wheel with Ctrl or the pinch, stepped by the arrow keys of the slider. */
export class MotionPlayer {
  /** Goes into the page. */
  readonly element: HTMLElement;
  private readonly canvas = element("canvas", { className: "genga-motion-canvas", role: "img" });
  private readonly scrub = element("input", { type: "range", min: "0", step: "1", ariaLabel: text("frame") });
  private readonly playButton: HTMLButtonElement;
  private readonly repeatButton: HTMLButtonElement;
  private readonly caption = element("span", { className: "genga-motion-caption" });
  private readonly facts = element("span", { className: "genga-motion-facts" });
  private readonly resize = new ResizeObserver(() => this.draw());
  private motion: PlayedMotion | undefined;
  private bounds: Bounds = { centre: [0, 0, 0], radius: 1 };
  private orbit: Orbit = startOrbit();
  private frame = 0;
  private repeats = true;
  /** Time of the page and frame that playing began at; undefined = paused. */
  private since: { time_ms: number; frame: number } | undefined;

  constructor() {
    this.playButton = button("▶", () => this.toggle(), "genga-icon-button genga-motion-play");
    this.repeatButton = button("⟳", () => this.toggleRepeat(), "genga-icon-button genga-motion-repeat");
    this.repeatButton.ariaLabel = this.repeatButton.title = text("repeat");
    this.scrub.addEventListener("input", () => this.seek(Number(this.scrub.value)));
    this.element = element(
      "div",
      { className: "genga-motion" },
      this.canvas,
      element("div", { className: "genga-motion-bar" }, this.playButton, this.scrub, this.repeatButton),
      element("div", { className: "genga-motion-line" }, this.caption, this.facts),
    );
    // ComfyUI drags nodes and deletes them by the keyboard: what is meant for the player must not reach it.
    for (const kind of ["pointerdown", "pointermove", "pointerup", "mousedown", "dblclick", "keydown"] as const) {
      this.element.addEventListener(kind, (event) => event.stopPropagation());
    }
    this.turnByDragging();
    this.resize.observe(this.canvas);
    this.showState();
  }

  /** Shows another motion, from its start, and plays it. */
  show(motion: PlayedMotion): void {
    this.motion = motion;
    this.bounds = boundsOf(motion);
    this.scrub.max = String(motion.frames - 1);
    const seconds = Math.round((motion.frames / motion.fps) * 100) / 100;
    this.facts.textContent = `${seconds} s · ${motion.fps} fps · ${motion.frames} ${text("frames")}`;
    this.seek(0);
    this.play();
  }

  /** Ends playing and watching; for a node that is removed. */
  close(): void {
    this.since = undefined;
    this.resize.disconnect();
  }

  private seek(frame: number): void {
    this.frame = frame;
    if (this.since !== undefined) this.since = { time_ms: performance.now(), frame };
    this.draw();
  }

  private toggle(): void {
    if (this.since === undefined) this.play();
    else this.pause();
  }

  private toggleRepeat(): void {
    this.repeats = !this.repeats;
    this.showState();
  }

  private pause(): void {
    this.since = undefined;
    this.showState();
  }

  private play(): void {
    if (this.motion === undefined) return;
    const atEnd = this.frame >= this.motion.frames - 1;
    const running = this.since !== undefined;
    this.since = { time_ms: performance.now(), frame: atEnd ? 0 : this.frame };
    this.showState();
    if (!running) requestAnimationFrame(this.tick);
  }

  private readonly tick = (time_ms: number): void => {
    const { motion, since } = this;
    if (motion === undefined || since === undefined) return;
    // A node in another graph or off the page costs nothing but this look.
    if (this.canvas.isConnected && this.canvas.clientWidth > 0) {
      const passed = since.frame + Math.floor((Math.max(0, time_ms - since.time_ms) / 1000) * motion.fps);
      if (passed >= motion.frames && !this.repeats) {
        this.frame = motion.frames - 1;
        this.draw();
        this.pause();
        return;
      }
      const frame = passed % motion.frames;
      if (frame !== this.frame) {
        this.frame = frame;
        this.draw();
      }
    }
    requestAnimationFrame(this.tick);
  };

  private showState(): void {
    const playing = this.since !== undefined;
    this.playButton.textContent = playing ? "❚❚" : "▶";
    this.playButton.ariaLabel = this.playButton.title = text(playing ? "pause" : "play");
    this.repeatButton.ariaPressed = String(this.repeats);
  }

  private draw(): void {
    const { motion, canvas, frame } = this;
    if (motion === undefined) return;
    this.scrub.value = String(frame);
    this.scrub.ariaValueText = `${frame + 1} / ${motion.frames}`;
    const said = motion.segments.find(({ start_frame, end_frame }) => frame >= start_frame && frame < end_frame);
    this.caption.textContent = this.caption.title = said?.prompt ?? "";
    canvas.ariaLabel = `${text("motion")}: ${motion.segments.map(({ prompt }) => prompt).join(", ")}`;
    canvas.dataset.frame = String(frame);
    const scale = Math.min(2, window.devicePixelRatio || 1);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (width === 0 || height === 0) return;
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
    if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
    const context = canvas.getContext("2d");
    if (context === null) return;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    drawFrame(context, { width, height }, motion, frame, this.orbit, this.bounds);
  }

  private turnByDragging(): void {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      const { yaw, pitch, zoom } = this.orbit;
      const turned = pitch + event.movementY * TURN;
      this.orbit = {
        yaw: yaw - event.movementX * TURN,
        pitch: Math.min(MOST_PITCH, Math.max(-0.2, turned)),
        zoom,
      };
      this.draw();
    });
    canvas.addEventListener("dblclick", () => {
      this.orbit = startOrbit();
      this.draw();
    });
    canvas.addEventListener(
      "wheel",
      (event) => {
        // Without Ctrl the wheel is the graph's.
        if (!event.ctrlKey) return;
        event.preventDefault();
        event.stopPropagation();
        this.orbit = {
          ...this.orbit,
          zoom: Math.min(8, Math.max(0.5, this.orbit.zoom * Math.exp(-event.deltaY / 300))),
        };
        this.draw();
      },
      { passive: false },
    );
  }
}
