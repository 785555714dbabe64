import { length, subtract, unit, type Vector3 } from "../vector.ts";
import { type JointMap, spineJoints } from "./match-names.ts";
import { bonesBetween, type RigSkeleton } from "./rig-skeleton.ts";

/**
 * Gives the bones of the joints by the form of the skeleton at rest (+Y up, facing +Z, left at +X), whatever its bones are called;
 * undefined where it has no two legs.
 *
 * Legs: the two chains that mirror each other at x = 0, reach lowest, and hang from one bone, the hips; the ankle is where a chain turns
 * from down to forward, the knee is the bone nearest to half way. Arms: the two mirrored chains that reach farthest out and meet above
 * the hips. Head: the end of the chain in the middle that reaches highest above where the arms meet.
 */
export function matchShape(skeleton: RigSkeleton): JointMap | undefined {
  const leaves = skeleton.children.flatMap((children, bone) => (children.length === 0 ? [bone] : []));
  const size = extent(skeleton);
  const end = (bone: number) => skeleton.tails[bone] ?? [0, 0, 0];
  const feet = mirroredPair(skeleton, leaves, size, (bone) => -end(bone)[1]);
  if (feet === undefined) return undefined;
  const pelvis = commonAncestor(skeleton, feet.left, feet.right);
  if (pelvis === undefined) return undefined;
  const map: JointMap = { pelvis: skeleton.names[pelvis] ?? "" };
  for (const side of ["left", "right"] as const) {
    const leg = readLeg(skeleton, bonesBetween(skeleton, pelvis, feet[side]) ?? [], size);
    if (leg === undefined) return undefined;
    for (const [limb, bone] of Object.entries(leg)) map[`${side}_${limb as keyof Leg}`] = skeleton.names[bone] ?? "";
  }
  const below = new Set([
    ...(bonesBetween(skeleton, pelvis, feet.left) ?? []),
    ...(bonesBetween(skeleton, pelvis, feet.right) ?? []),
  ]);
  const upper = leaves.filter((leaf) => !below.has(leaf) && bonesBetween(skeleton, pelvis, leaf) !== undefined);
  const hands = mirroredPair(skeleton, upper, size, (bone) => Math.abs(end(bone)[0]));
  const chest = hands && commonAncestor(skeleton, hands.left, hands.right);
  const reach = hands === undefined ? 0 : Math.abs(end(hands.left)[0]);
  if (hands === undefined || chest === undefined || chest === pelvis || reach < 0.15 * size) return map;
  for (const side of ["left", "right"] as const) {
    const arm = readArm(skeleton, bonesBetween(skeleton, chest, hands[side]) ?? []);
    for (const [limb, bone] of Object.entries(arm)) map[`${side}_${limb as keyof Arm}`] = skeleton.names[bone] ?? "";
  }
  const spine = bonesBetween(skeleton, pelvis, chest) ?? [];
  Object.assign(map, spineJoints(spine.map((bone) => skeleton.names[bone] ?? "")));
  const { neck, head } = readHead(skeleton, chest, upper, size);
  if (head !== undefined) map.head = skeleton.names[head] ?? "";
  if (neck !== undefined) map.neck = skeleton.names[neck] ?? "";
  return map;
}

function extent({ heads, tails }: RigSkeleton): number {
  const heights = [...heads, ...tails].map((point) => point[1]);
  return Math.max(...heights) - Math.min(...heights);
}

/** The two leaves that mirror each other at x = 0 and score highest; left is at +X. */
function mirroredPair(
  skeleton: RigSkeleton,
  leaves: readonly number[],
  size: number,
  score: (bone: number) => number,
): { left: number; right: number } | undefined {
  const tail = (bone: number): Vector3 => skeleton.tails[bone] ?? [0, 0, 0];
  let best: { left: number; right: number; score: number } | undefined;
  for (const left of leaves) {
    const [x, y, z] = tail(left);
    if (x < 0.01 * size) continue;
    const right = leaves.find((bone) => length(subtract(tail(bone), [-x, y, z])) < 0.02 * size);
    if (right !== undefined && (best === undefined || score(left) > best.score + 1e-6)) {
      best = { left, right, score: score(left) };
    }
  }
  return best;
}

function commonAncestor({ parents }: RigSkeleton, a: number, b: number): number | undefined {
  const above = new Set<number>();
  for (let bone = a; bone >= 0; bone = parents[bone] ?? -1) above.add(bone);
  for (let bone = b; bone >= 0; bone = parents[bone] ?? -1) if (above.has(bone)) return bone;
  return undefined;
}

interface Leg {
  hip: number;
  knee: number;
  ankle: number;
  foot?: number;
}

function readLeg(skeleton: RigSkeleton, chain: readonly number[], size: number): Leg | undefined {
  const head = (bone: number): Vector3 => skeleton.heads[bone] ?? [0, 0, 0];
  /** How far down the bone goes: 1 = straight down, by where the next one starts. */
  const down = chain.map((bone, index) => {
    const next = chain[index + 1];
    return -unit(subtract(next === undefined ? (skeleton.tails[bone] ?? head(bone)) : head(next), head(bone)))[1];
  });
  const hip = chain[down.findIndex((value) => value > 0.8)];
  if (hip === undefined) return undefined;
  const first = chain.indexOf(hip);
  const turn = down.findIndex((value, index) => index > first && value < 0.75);
  const ankle = chain[turn < 0 ? chain.length - 1 : turn];
  if (ankle === undefined || head(hip)[1] - head(ankle)[1] < 0.15 * size) return undefined;
  const knee = nearestToHalf(skeleton, chain.slice(first + 1, chain.indexOf(ankle)), head(hip), head(ankle));
  const foot = chain[chain.indexOf(ankle) + 1];
  return knee === undefined ? undefined : { hip, knee, ankle, ...(foot === undefined ? {} : { foot }) };
}

interface Arm {
  collar?: number;
  shoulder: number;
  elbow: number;
  wrist: number;
}

function readArm(skeleton: RigSkeleton, chain: readonly number[]): Partial<Arm> {
  const head = (bone: number): Vector3 => skeleton.heads[bone] ?? [0, 0, 0];
  // The hand is where fingers part; of a hand without them, the last bone.
  const fork = chain.findIndex((bone) => (skeleton.children[bone]?.length ?? 0) > 1);
  const wrist = chain[fork < 2 ? chain.length - 1 : fork];
  if (wrist === undefined) return {};
  const arm = chain.slice(0, chain.indexOf(wrist));
  const [first, second] = arm;
  if (first === undefined || second === undefined) return {};
  // A collar is much shorter than the arm that it carries.
  const collar =
    arm.length > 2 && length(subtract(head(second), head(first))) < 0.35 * length(subtract(head(wrist), head(second)));
  const shoulder = collar ? second : first;
  const elbow = nearestToHalf(skeleton, arm.slice(arm.indexOf(shoulder) + 1), head(shoulder), head(wrist));
  return elbow === undefined ? {} : { ...(collar ? { collar: first } : {}), shoulder, elbow, wrist };
}

/** The bone whose head is as far from both ends. */
function nearestToHalf(
  { heads }: RigSkeleton,
  bones: readonly number[],
  start: Vector3,
  end: Vector3,
): number | undefined {
  const uneven = (bone: number) => {
    const head = heads[bone] ?? start;
    return Math.abs(length(subtract(head, start)) - length(subtract(end, head)));
  };
  return bones.reduce<number | undefined>(
    (best, bone) => (best === undefined || uneven(bone) < uneven(best) ? bone : best),
    undefined,
  );
}

/** Neck and head: the bones in the middle from the chest up; the head is the last that does not only carry hair, eyes or jaw. */
function readHead(
  skeleton: RigSkeleton,
  chest: number,
  leaves: readonly number[],
  size: number,
): { neck?: number | undefined; head?: number | undefined } {
  const middle = (bone: number) => Math.abs(skeleton.heads[bone]?.[0] ?? 0) < 0.01 * size;
  const chains = leaves
    .map((leaf) => bonesBetween(skeleton, chest, leaf) ?? [])
    .filter(([first]) => first !== undefined && middle(first))
    .map((chain) => {
      const fork = chain.findIndex((bone) => !middle(bone) || (skeleton.children[bone]?.length ?? 0) > 1);
      return fork < 0 ? chain : chain.slice(0, middle(chain[fork] ?? -1) ? fork + 1 : fork);
    });
  const top = (chain: readonly number[]) => Math.max(...chain.map((bone) => skeleton.tails[bone]?.[1] ?? 0));
  const best = chains.reduce<number[]>((a, b) => (top(b) > top(a) ? b : a), []);
  return best.length < 2 ? { head: best[0] } : { neck: best[0], head: best.at(-1) };
}
