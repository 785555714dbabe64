import { pathAt, timePath } from "../motion/motion-path.ts";
import { JOINT, JOINTS, OFFSETS, PARENTS } from "../motion/skeleton.ts";
import type { Issue } from "../protocol/issues.ts";
import type { Joint, KeyPose, MotionParams } from "../protocol/motion.ts";
import { FASTEST_RUN, timeIssues } from "./path-issues.ts";

/** How far a quaternion's length may be from 1. */
const UNIT_TOLERANCE = 0.01;
/** Differences up to these are rounding: metres, degrees. */
const SAME_PLACE = 0.01;
const SAME_TURN_DEGREES = 1;
/** Metres that the pelvis may be beside the path at a key pose: a body sways. */
const BESIDE_PATH = 0.25;
/** Poses closer than this are at the same time, seconds. */
const SAME_TIME_S = 1e-3;

type Quaternion = readonly [number, number, number, number];
type Position = readonly [number, number, number];

/** Gives what is wrong with the key poses, and where they contradict one another or what else is asked for. */
export function keyPoseIssues(params: Pick<MotionParams, "key_poses" | "path" | "loop">, duration_s: number): Issue[] {
  const { key_poses } = params;
  const issues = [
    ...timeIssues(
      key_poses.map(({ time_s }) => time_s),
      (i) => `params.key_poses[${i}].time_s`,
      duration_s,
      false,
    ),
    ...key_poses.flatMap((pose, i) => [...unitIssues(pose, i), ...reachIssues(pose, i), ...emptyIssues(pose, i)]),
  ];
  if (issues.length > 0) return issues;
  return [
    ...sameTimeIssues(key_poses),
    ...speedIssues(key_poses),
    ...pathIssues(params, duration_s),
    ...loopIssues(params, duration_s),
  ];
}

function emptyIssues({ root, rotations, positions }: KeyPose, i: number): Issue[] {
  const isEmpty = root === undefined && Object.keys(rotations).length === 0 && Object.keys(positions).length === 0;
  return isEmpty
    ? [{ path: `params.key_poses[${i}]`, message: "says nothing; expected root, rotations or positions" }]
    : [];
}

function unitIssues({ rotations }: KeyPose, i: number): Issue[] {
  return entriesOf(rotations).flatMap(([joint, q]) => {
    const length = Math.hypot(...q);
    if (Math.abs(length - 1) <= UNIT_TOLERANCE) return [];
    const path = `params.key_poses[${i}].rotations.${joint}`;
    return [{ path, message: `must be a quaternion x, y, z, w of length 1, has length ${round(length)}` }];
  });
}

/** A joint that is farther from the pelvis than its bones are long. */
function reachIssues({ root, positions }: KeyPose, i: number): Issue[] {
  if (root === undefined) return [];
  return entriesOf(positions).flatMap(([joint, place]) => {
    const path = `params.key_poses[${i}].positions.${joint}`;
    const far = distance(root, place);
    const reach = bonesTo(joint);
    if (far <= reach + SAME_PLACE) return [];
    const message =
      joint === "pelvis"
        ? `is ${round(far)} m from root, which is the same joint`
        : `is ${round(far)} m from root; the ${joint.replaceAll("_", " ")} reaches ${round(reach)} m`;
    return [{ path, message }];
  });
}

function sameTimeIssues(poses: readonly KeyPose[]): Issue[] {
  return poses.flatMap((pose, i) => {
    const earlier = poses.slice(0, i).filter(({ time_s }) => Math.abs(time_s - pose.time_s) < SAME_TIME_S);
    return earlier.flatMap((other) =>
      contradictions(other, pose, `params.key_poses[${i}]`, `the other pose at ${pose.time_s} s`),
    );
  });
}

function contradictions(first: KeyPose, second: KeyPose, path: string, against: string): Issue[] {
  const issues: Issue[] = [];
  if (first.root !== undefined && second.root !== undefined && distance(first.root, second.root) > SAME_PLACE) {
    issues.push({ path: `${path}.root`, message: `contradicts ${against}, which has the pelvis elsewhere` });
  }
  for (const [joint, q] of entriesOf(second.rotations)) {
    const other = first.rotations[joint];
    if (other !== undefined && degreesBetween(other, q) > SAME_TURN_DEGREES) {
      issues.push({ path: `${path}.rotations.${joint}`, message: `contradicts ${against}, which turns it otherwise` });
    }
  }
  for (const [joint, place] of entriesOf(second.positions)) {
    const other = first.positions[joint];
    if (other !== undefined && distance(other, place) > SAME_PLACE) {
      issues.push({ path: `${path}.positions.${joint}`, message: `contradicts ${against}, which has it elsewhere` });
    }
  }
  return issues;
}

/** The pelvis, or else a joint, goes no faster than a person runs; a joint by what it reaches to both sides farther. */
function speedIssues(poses: readonly KeyPose[]): Issue[] {
  let before: (JointPlace & { time_s: number }) | undefined;
  return poses.flatMap((pose, i) => {
    const { time_s } = pose;
    const last = before;
    const now = placeOf(pose);
    if (now === undefined) return [];
    before = { ...now, time_s };
    if (last === undefined || time_s - last.time_s < SAME_TIME_S) return [];
    const way = distance(last.place, now.place);
    const seconds = time_s - last.time_s;
    if (way - last.reach - now.reach <= FASTEST_RUN * seconds) return [];
    const message = `is ${round(way)} m from the pose ${round(seconds)} s before it (${round(way / seconds)} m/s); a person runs at most ${FASTEST_RUN} m/s`;
    return [{ path: `params.key_poses[${i}].${now.field}`, message }];
  });
}

/** Where a pose says that the body is: the joint told, and how far from the pelvis it may be, metres. */
interface JointPlace {
  field: string;
  place: Position;
  reach: number;
}

function placeOf({ root, positions }: KeyPose): JointPlace | undefined {
  if (root !== undefined) return { field: "root", place: root, reach: 0 };
  const [first] = entriesOf(positions);
  return first && { field: `positions.${first[0]}`, place: first[1], reach: bonesTo(first[0]) };
}

function pathIssues({ key_poses, path }: Pick<MotionParams, "key_poses" | "path">, duration_s: number): Issue[] {
  if (path === undefined) return [];
  const timed = timePath(path, duration_s);
  return key_poses.flatMap(({ root, time_s }, i) => {
    if (root === undefined) return [];
    const { x, z } = pathAt(timed, time_s);
    const beside = Math.hypot(root[0] - x, root[2] - z);
    if (beside <= BESIDE_PATH) return [];
    const message = `contradicts the path, which is ${round(beside)} m away at ${round(time_s)} s (x ${round(x)}, z ${round(z)})`;
    return [{ path: `params.key_poses[${i}].root`, message }];
  });
}

/** A loop's end is its start: joints that are given at both must be turned alike. The pelvis may have gone on. */
function loopIssues({ key_poses, loop }: Pick<MotionParams, "key_poses" | "loop">, duration_s: number): Issue[] {
  if (!loop) return [];
  const first = key_poses.find(({ time_s }) => time_s < SAME_TIME_S);
  const last = key_poses.findLastIndex(({ time_s }) => duration_s - time_s < SAME_TIME_S);
  const end = key_poses[last];
  if (first === undefined || end === undefined || first === end) return [];
  const { pelvis: _, ...start } = first.rotations;
  const bare = (pose: KeyPose, rotations: KeyPose["rotations"]): KeyPose => ({
    time_s: pose.time_s,
    rotations,
    positions: {},
  });
  return contradictions(
    bare(first, start),
    bare(end, end.rotations),
    `params.key_poses[${last}]`,
    "the pose at 0 s, into which a loop runs",
  );
}

function entriesOf<V>(record: Partial<Record<Joint, V>>): [Joint, V][] {
  return JOINTS.flatMap((joint): [Joint, V][] => {
    const value = record[joint];
    return value === undefined ? [] : [[joint, value]];
  });
}

/** Length of the bones from the pelvis to a joint, metres. */
function bonesTo(joint: Joint): number {
  let length = 0;
  for (let at = JOINT[joint]; at > 0; at = PARENTS[at] ?? 0) {
    length += Math.hypot(OFFSETS[at * 3] ?? 0, OFFSETS[at * 3 + 1] ?? 0, OFFSETS[at * 3 + 2] ?? 0);
  }
  return length;
}

function distance(a: Position, b: Position): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

function degreesBetween(a: Quaternion, b: Quaternion): number {
  const dot = Math.abs(a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]) / (Math.hypot(...a) * Math.hypot(...b));
  return (2 * Math.acos(Math.min(1, dot)) * 180) / Math.PI;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
