import type { PlayedMotion } from "./motion-file.ts";

/** Where the picture is seen from; the person turns it by dragging. */
export interface Orbit {
  /** Radians about +Y from +Z. */
  yaw: number;
  /** Radians above the ground. */
  pitch: number;
  /** 1 = the whole way in sight. */
  zoom: number;
}

/** What the view is fitted to: middle and radius of everything that the figure passes, metres. */
export interface Bounds {
  centre: readonly [number, number, number];
  radius: number;
}

/** What is used of a canvas's context. */
export interface Pen {
  fillStyle: unknown;
  strokeStyle: unknown;
  lineWidth: number;
  lineCap: string;
  arc(x: number, y: number, radius: number, start: number, end: number): void;
  beginPath(): void;
  clearRect(x: number, y: number, width: number, height: number): void;
  fill(): void;
  lineTo(x: number, y: number): void;
  moveTo(x: number, y: number): void;
  stroke(): void;
}

interface Point {
  x: number;
  y: number;
  /** Pixels of a metre there. */
  scale: number;
}

/** Vertical angle of view, radians. */
const FOV = 0.6;
const NEAR_M = 0.05;
const TRAIL = "rgb(255 255 255 / 0.35)";
const GROUND = "rgb(255 255 255 / 0.12)";
const SHADOW = "rgb(0 0 0 / 0.35)";
/** Left limbs orange, right ones blue, as in the core's own preview. */
const LEFT = "#ff7043";
const RIGHT = "#4fa3ff";
const MIDDLE = "#dee2e8";
const CONTACT = "#3ddc84";

/** Gives the sphere around all that the figure passes. */
export function boundsOf({ positions }: PlayedMotion): Bounds {
  const low = [Infinity, 0, Infinity];
  const high = [-Infinity, 1.7, -Infinity];
  for (let i = 0; i < positions.length; i++) {
    const axis = i % 3;
    low[axis] = Math.min(low[axis] ?? 0, positions[i] ?? 0);
    high[axis] = Math.max(high[axis] ?? 0, positions[i] ?? 0);
  }
  const middle = (axis: number) => ((low[axis] ?? 0) + (high[axis] ?? 0)) / 2;
  const half = [0, 1, 2].map((axis) => ((high[axis] ?? 0) - (low[axis] ?? 0)) / 2);
  return { centre: [middle(0), middle(1), middle(2)], radius: Math.hypot(...half) + 0.15 };
}

/** Gives the orbit that a motion is first seen from: a little aside of and above where the figure looks. */
export function startOrbit(): Orbit {
  return { yaw: 0.6, pitch: 0.25, zoom: 1 };
}

/** Draws one frame: ground, the way of the pelvis, the figure and which feet bear weight. `width` and `height` in pixels. */
export function drawFrame(
  context: Pen,
  { width, height }: { width: number; height: number },
  motion: PlayedMotion,
  frame: number,
  orbit: Orbit,
  bounds: Bounds,
): void {
  const project = projection(width, height, orbit, bounds);
  const joints = motion.names.length;
  const place = (joint: number, at = frame): [number, number, number] => {
    const start = (at * joints + joint) * 3;
    return [motion.positions[start] ?? 0, motion.positions[start + 1] ?? 0, motion.positions[start + 2] ?? 0];
  };
  context.clearRect(0, 0, width, height);
  context.lineCap = "round";
  drawGround(context, project, bounds);

  // The way of the pelvis, on the ground.
  const step = Math.max(1, Math.floor(motion.frames / 200));
  const way: (Point | undefined)[] = [];
  for (let at = 0; at < motion.frames; at += step) {
    const [x, , z] = place(0, at);
    way.push(project(x, 0, z));
  }
  polyline(context, way, TRAIL, 1);

  for (let joint = 1; joint < joints; joint++) {
    const parent = motion.parents[joint] ?? 0;
    const [ax, , az] = place(parent);
    const [bx, , bz] = place(joint);
    polyline(context, [project(ax, 0, az), project(bx, 0, bz)], SHADOW, 0.035);
  }
  for (let joint = 1; joint < joints; joint++) {
    const parent = motion.parents[joint] ?? 0;
    const name = motion.names[joint] ?? "";
    const colour = name.startsWith("left") ? LEFT : name.startsWith("right") ? RIGHT : MIDDLE;
    polyline(context, [project(...place(parent)), project(...place(joint))], colour, 0.05);
  }
  const head = motion.names.indexOf("head");
  if (head >= 0) {
    const [x, y, z] = place(head);
    disc(context, project(x, y + 0.06, z), MIDDLE, 0.1);
  }
  motion.feet.forEach((joint, index) => {
    if (joint < 0 || motion.contacts[frame]?.[index] !== 1) return;
    const [x, , z] = place(joint);
    disc(context, project(x, 0, z), CONTACT, 0.05);
  });
}

function projection(width: number, height: number, { yaw, pitch, zoom }: Orbit, { centre, radius }: Bounds) {
  const narrow = Math.atan(Math.tan(FOV / 2) * Math.min(1, width / height));
  const distance = radius / Math.sin(narrow) / zoom;
  const focal = height / 2 / Math.tan(FOV / 2);
  const [sy, cy, sp, cp] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
  return (x: number, y: number, z: number): Point | undefined => {
    const [dx, dy, dz] = [x - centre[0], y - centre[1], z - centre[2]];
    const right = dx * cy - dz * sy;
    const front = dx * sy + dz * cy;
    const up = dy * cp - front * sp;
    const depth = distance - (front * cp + dy * sp);
    if (depth < NEAR_M) return undefined;
    const scale = focal / depth;
    return { x: width / 2 + right * scale, y: height / 2 - up * scale, scale };
  };
}

function drawGround(context: Pen, project: ReturnType<typeof projection>, { centre, radius }: Bounds): void {
  // One metre a square, or as many as keep it readable.
  const square = 2 ** Math.max(0, Math.ceil(Math.log2(radius / 6)));
  const reach = Math.ceil(radius / square) * square;
  const [x0, z0] = [Math.round(centre[0] / square) * square, Math.round(centre[2] / square) * square];
  for (let at = -reach; at <= reach; at += square) {
    polyline(context, [project(x0 + at, 0, z0 - reach), project(x0 + at, 0, z0 + reach)], GROUND, 1);
    polyline(context, [project(x0 - reach, 0, z0 + at), project(x0 + reach, 0, z0 + at)], GROUND, 1);
  }
}

/** `thickness`: metres below 1, else pixels. */
function polyline(context: Pen, points: readonly (Point | undefined)[], colour: string, thickness: number): void {
  context.strokeStyle = colour;
  context.lineWidth = thickness < 1 ? Math.max(1.5, thickness * (points[0]?.scale ?? 0)) : thickness;
  context.beginPath();
  let pen = false;
  for (const point of points) {
    if (point === undefined) pen = false;
    else if (pen) context.lineTo(point.x, point.y);
    else {
      context.moveTo(point.x, point.y);
      pen = true;
    }
  }
  context.stroke();
}

function disc(context: Pen, point: Point | undefined, colour: string, radius_m: number): void {
  if (point === undefined) return;
  context.fillStyle = colour;
  context.beginPath();
  context.arc(point.x, point.y, Math.max(2, radius_m * point.scale), 0, 2 * Math.PI);
  context.fill();
}
