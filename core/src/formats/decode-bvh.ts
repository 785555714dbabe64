import type { Motion } from "../motion/motion.ts";
import { mapRig } from "../motion/rig/map-rig.ts";
import { type JointMap, matchNames } from "../motion/rig/match-names.ts";
import { motionFromRig } from "../motion/rig/motion-from-rig.ts";
import { type RigSkeleton, rigSkeleton } from "../motion/rig/rig-skeleton.ts";
import { aboutAxis, compose, fromAxes, IDENTITY, inverse, type Rotation, turned } from "../motion/rotation.ts";
import { add, cross, dot, length, mix, scale, subtract, unit, type Vector3 } from "../motion/vector.ts";
import { toCoreError } from "../protocol/errors.ts";
import type { Joint } from "../protocol/motion.ts";
import { type BvhFile, parseBvh, unreadableBvh } from "./parse-bvh.ts";

const MAX_FPS = 240;
/** Frame times are written with few digits: a rate this near to a whole number is that number. */
const WHOLE_FPS = 0.01;
/** A rest pose stands upright if its legs are within 30° of an axis and its head is on the other side of the hips. */
const UPRIGHT = Math.cos(Math.PI / 6);
/** Farthest place from the origin, metres: what float32 holds to a centimetre. */
const FARTHEST = 100_000;
const RADIANS = Math.PI / 180;

/**
 * Reads a BVH file as a motion on our skeleton: channels in any order, any unit, up and forward along any axis as the rest pose tells,
 * joints found by names or by the shape of the rest pose (map-rig.ts), turns and way as motion-from-rig.ts takes them over.
 *
 * @throws CoreError ASSET_UNREADABLE if it is no BVH, has no figure with hips and two legs, or its rest pose does not stand upright
 */
export function decodeBvh(bytes: Uint8Array): Motion {
  const file = parseBvh(bytes);
  const raw = skeletonOf(file, IDENTITY);
  const axes = axesOf(raw, matchNames(raw)?.map ?? {});
  const skeleton = skeletonOf(file, axes);
  const map = mapOf(skeleton);
  const at = (joint: Joint) => skeleton.heads[skeleton.index.get(map[joint] ?? "") ?? -1] ?? [0, 0, 0];
  for (const side of ["left", "right"] as const) {
    for (const [from, to] of [
      ["hip", "knee"],
      ["knee", "ankle"],
    ] as const) {
      if (length(subtract(at(`${side}_${to}`), at(`${side}_${from}`))) > 0) continue;
      throw unreadableBvh(`the ${side} ${from} and ${to} of its rest pose lie in one place`);
    }
  }
  const motion = motionFromRig(skeleton, map, { fps: fpsOf(file), frames: file.frames, pose: poseReader(file, axes) });
  const far = motion.root.findIndex((value) => !(Math.abs(value) <= FARTHEST));
  if (far >= 0) {
    throw unreadableBvh(
      `in frame ${Math.floor(far / 3)} its hips are more than ${FARTHEST / 1000} km away when its legs are scaled to a person's`,
    );
  }
  return motion;
}

function fpsOf({ frame_time_s }: BvhFile): number {
  const exact = 1 / frame_time_s;
  const whole = Math.round(exact);
  const fps = Math.abs(exact - whole) < WHOLE_FPS ? whole : exact;
  if (fps >= 1 && fps <= MAX_FPS) return fps;
  throw unreadableBvh(`its frame time is ${frame_time_s} s; expected 1 to ${MAX_FPS} frames a second`);
}

/** The rest pose, turned by `axes`. Bones have the world's axes at rest: that is how BVH has them. */
function skeletonOf({ joints }: BvhFile, axes: Rotation): RigSkeleton {
  const heads: Vector3[] = [];
  for (const { parent, offset } of joints) heads.push(add(heads[parent] ?? [0, 0, 0], turned(axes, offset)));
  return rigSkeleton({
    name: "",
    bones: joints.map(({ name, parent, end }, bone) => {
      const head = heads[bone] ?? [0, 0, 0];
      const child = heads[joints.findIndex((joint) => joint.parent === bone)];
      const tail = child ?? add(head, turned(axes, end ?? [0, 0, 0]));
      return { name, parent, head: [...head], tail: [...tail], rotation: [...IDENTITY] };
    }),
  });
}

function mapOf(skeleton: RigSkeleton): JointMap {
  try {
    return mapRig({ name: "", bones: [] }, skeleton).map;
  } catch (thrown) {
    const { data } = toCoreError(thrown);
    const missing = Array.isArray(data?.missing) ? `; not found: ${data.missing.join(", ")}` : "";
    const names = skeleton.names.slice(0, 8).join(", ");
    throw unreadableBvh(`no hips with two legs were found among its joints (${names}, …)${missing}`, thrown);
  }
}

/** Gives the turn that puts the rest pose with +Y up and facing +Z, a whole number of right angles about each axis. */
function axesOf({ heads, index }: RigSkeleton, map: JointMap): Rotation {
  const at = (joint: Joint): Vector3 | undefined => heads[index.get(map[joint] ?? "") ?? -1];
  const [leftHip, rightHip, leftAnkle, rightAnkle] = [
    at("left_hip"),
    at("right_hip"),
    at("left_ankle"),
    at("right_ankle"),
  ];
  // Joints of unknown names are told by shape, which takes +Y up and facing +Z for granted.
  if (leftHip === undefined || rightHip === undefined || leftAnkle === undefined || rightAnkle === undefined) {
    return IDENTITY;
  }
  const hips = mix(leftHip, rightHip, 0.5);
  const legs = unit(subtract(hips, mix(leftAnkle, rightAnkle, 0.5)));
  const up = nearestAxis(legs);
  const top = at("head") ?? at("neck") ?? at("spine3");
  const upright = top === undefined || dot(unit(subtract(top, hips)), legs) > UPRIGHT;
  const left = nearestAxis(subtract(subtract(leftHip, rightHip), scale(up, dot(subtract(leftHip, rightHip), up))));
  if (dot(legs, up) < UPRIGHT || !upright || Math.abs(dot(left, up)) > 0.5) {
    throw unreadableBvh("its rest pose (all OFFSETs, no rotation) is no figure that stands upright");
  }
  return inverse(fromAxes(left, up, cross(left, up)));
}

function nearestAxis(way: Vector3): Vector3 {
  const most = Math.max(...way.map(Math.abs));
  const axis = way.findIndex((part) => Math.abs(part) === most);
  const sign = Math.sign(way[axis] ?? 1) || 1;
  return [axis === 0 ? sign : 0, axis === 1 ? sign : 0, axis === 2 ? sign : 0];
}

const AXES: readonly Vector3[] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** World turns and places of the joints of a frame, by forward kinematics; a position channel stands in place of that part of OFFSET. */
function poseReader({ joints, values }: BvhFile, axes: Rotation) {
  const back = inverse(axes);
  const width = joints.reduce((sum, { channels }) => sum + channels.length, 0);
  return (frame: number): { turns: Rotation[]; places: Vector3[] } => {
    let at = frame * width;
    const turns: Rotation[] = [];
    const places: Vector3[] = [];
    for (const { parent, offset, channels } of joints) {
      const place: [number, number, number] = [...offset];
      let turn: Rotation = IDENTITY;
      for (const channel of channels) {
        const axis = "xyz".indexOf(channel.charAt(0));
        const value = values[at++] ?? 0;
        if (channel.endsWith("position")) place[axis] = value;
        else turn = compose(turn, aboutAxis(AXES[axis] ?? [1, 0, 0], value * RADIANS));
      }
      const before = turns[parent];
      turns.push(before === undefined ? turn : compose(before, turn));
      places.push(add(places[parent] ?? [0, 0, 0], turned(before ?? IDENTITY, place)));
    }
    return {
      turns: turns.map((turn) => compose(axes, turn, back)),
      places: places.map((place) => turned(axes, place)),
    };
  };
}
