import { jointsAt, type Orbit, project, type ShownMotion, type Vector } from "./skeleton-pose.ts";

/** Colours of the drawing, as CSS has them. */
export interface SkeletonColors {
  line: string;
  left: string;
  right: string;
  middle: string;
  contact: string;
}

/** Gives the colours that the page's style sets for an element. */
export function skeletonColorsOf(place: Element): SkeletonColors {
  const style = getComputedStyle(place);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return {
    line: of("--viewer-line"),
    left: of("--viewer-left"),
    right: of("--viewer-right"),
    middle: of("--viewer-middle"),
    contact: of("--viewer-contact"),
  };
}

/** Joints whose contacts a motion file holds, in their order. */
const FEET = ["left_ankle", "right_ankle", "left_foot", "right_foot"];
/** Metres of ground to each side, and between its lines. */
const GROUND = 5;
const CELL = 0.5;

/** Draws a frame of a motion as a stick figure on squared ground: left and right in their own colours, feet that bear weight as dots. */
export function drawSkeleton(
  context: CanvasRenderingContext2D,
  motion: ShownMotion,
  frame: number,
  orbit: Orbit,
  colors: SkeletonColors,
): void {
  const { width, height } = context.canvas;
  const unit = height / 2;
  const at = (point: Vector) => {
    const seen = project(orbit, point);
    return seen && { x: width / 2 + seen.x * unit, y: unit + seen.y * unit, depth: seen.depth };
  };
  const line = (from: Vector, to: Vector) => {
    const [a, b] = [at(from), at(to)];
    if (a === undefined || b === undefined) return;
    context.beginPath();
    context.moveTo(a.x, a.y);
    context.lineTo(b.x, b.y);
    context.stroke();
  };
  context.clearRect(0, 0, width, height);
  context.lineCap = "round";

  context.strokeStyle = colors.line;
  context.lineWidth = Math.max(1, height / 500);
  const [cx, cz] = [snap(orbit.target[0]), snap(orbit.target[2])];
  for (let offset = -GROUND; offset <= GROUND; offset += CELL) {
    line([cx + offset, 0, cz - GROUND], [cx + offset, 0, cz + GROUND]);
    line([cx - GROUND, 0, cz + offset], [cx + GROUND, 0, cz + offset]);
  }

  context.strokeStyle = colors.middle;
  context.lineWidth = Math.max(1, height / 250);
  const way = motion.root.map(([x = 0, , z = 0]): Vector => [x, 0, z]);
  for (let i = 1; i < way.length; i++) line(way[i - 1] ?? [0, 0, 0], way[i] ?? [0, 0, 0]);

  const joints = jointsAt(motion, frame);
  const { names, parents } = motion.skeleton;
  context.lineWidth = Math.max(2, height / 90);
  parents.forEach((parent, joint) => {
    const [from, to] = [joints[parent], joints[joint]];
    if (from === undefined || to === undefined) return;
    const name = names[joint] ?? "";
    context.strokeStyle = name.startsWith("left_")
      ? colors.left
      : name.startsWith("right_")
        ? colors.right
        : colors.middle;
    line(from, to);
  });
  context.fillStyle = colors.contact;
  FEET.forEach((name, foot) => {
    const place = joints[names.indexOf(name)];
    const seen = place === undefined || motion.contacts?.[frame]?.[foot] !== 1 ? undefined : at(place);
    if (seen === undefined) return;
    context.beginPath();
    context.arc(seen.x, seen.y, Math.max(3, height / 70), 0, 2 * Math.PI);
    context.fill();
  });
}

function snap(value: number): number {
  return Math.round(value / CELL) * CELL;
}
