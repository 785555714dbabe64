/** The part of a JSON motion file that the viewer shows (core/src/formats/motion-json.ts): metres, +Y up, turns x, y, z, w. */
export interface ShownMotion {
  fps: number;
  frames: number;
  skeleton: { names: string[]; parents: number[]; offsets: number[][] };
  /** Place of the first joint, one row a frame. */
  root: number[][];
  /** Turns of all joints, one row of 4 × joints a frame. */
  rotations: number[][];
  /** 1 where left ankle, right ankle, left ball, right ball bear weight. */
  contacts?: number[][];
  segments: { prompt: string; start_frame: number; end_frame: number }[];
}

export type Vector = [number, number, number];
type Quaternion = [number, number, number, number];

/** Gives where each joint is in the world at a frame. */
export function jointsAt({ skeleton, root, rotations }: ShownMotion, frame: number): Vector[] {
  const { parents, offsets } = skeleton;
  const turns = rotations[frame] ?? [];
  const world: Quaternion[] = [];
  const places: Vector[] = [];
  parents.forEach((parent, joint) => {
    const [x = 0, y = 0, z = 0, w = 1] = turns.slice(joint * 4, joint * 4 + 4);
    const above = world[parent];
    const from = places[parent];
    if (above === undefined || from === undefined) {
      const [px = 0, py = 0, pz = 0] = root[frame] ?? [];
      world[joint] = [x, y, z, w];
      places[joint] = [px, py, pz];
      return;
    }
    const [ox = 0, oy = 0, oz = 0] = offsets[joint] ?? [];
    const [tx, ty, tz] = turned(above, [ox, oy, oz]);
    world[joint] = product(above, [x, y, z, w]);
    places[joint] = [from[0] + tx, from[1] + ty, from[2] + tz];
  });
  return places;
}

/** Camera that goes round a point. */
export interface Orbit {
  target: Vector;
  /** Radians about +Y; 0 looks from +Z. */
  yaw: number;
  /** Radians above the horizon. */
  pitch: number;
  /** Metres. */
  distance: number;
}

/** Gives x and y in units of half the picture's height, y down, and the distance before the camera; undefined behind it. */
export function project(
  { target, yaw, pitch, distance }: Orbit,
  [x, y, z]: Vector,
): { x: number; y: number; depth: number } | undefined {
  const [dx, dy, dz] = [x - target[0], y - target[1], z - target[2]];
  const right = dx * Math.cos(yaw) - dz * Math.sin(yaw);
  const back = dx * Math.sin(yaw) + dz * Math.cos(yaw);
  const up = dy * Math.cos(pitch) - back * Math.sin(pitch);
  const depth = distance - (back * Math.cos(pitch) + dy * Math.sin(pitch));
  if (depth < 0.05) return undefined;
  const scale = FOCAL / depth;
  return { x: right * scale, y: -up * scale, depth };
}

/** Focal length for 40° of height: 1 / tan 20°. */
const FOCAL = 1 / Math.tan(Math.PI / 9);

function product([ax, ay, az, aw]: Quaternion, [bx, by, bz, bw]: Quaternion): Quaternion {
  return [
    aw * bx + ax * bw + ay * bz - az * by,
    aw * by - ax * bz + ay * bw + az * bx,
    aw * bz + ax * by - ay * bx + az * bw,
    aw * bw - ax * bx - ay * by - az * bz,
  ];
}

function turned([x, y, z, w]: Quaternion, [vx, vy, vz]: Vector): Vector {
  const [tx, ty, tz] = [2 * (y * vz - z * vy), 2 * (z * vx - x * vz), 2 * (x * vy - y * vx)];
  return [vx + w * tx + y * tz - z * ty, vy + w * ty + z * tx - x * tz, vz + w * tz + x * ty - y * tx];
}
