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
  // A foot may also carry a heel, straight below: any child that lies forward tells it.
  const forward = (bone: number, index: number) =>
    (down[index] ?? 1) < 0.75 ||
    (skeleton.children[bone] ?? []).some((child) => {
      const way = subtract(head(child), head(bone));
      return length(way) > 0.02 * size && -unit(way)[1] < 0.75;
    });
  const turn = chain.findIndex((bone, index) => index > first && forward(bone, index));
  const ankle = chain[turn < 0 ? chain.length - 1 : turn];
  if (ankle === undefined || head(hip)[1] - head(ankle)[1] < 0.15 * size) return undefined;
  const knee = nearestToHalf(skeleton, chain.slice(first + 1, chain.indexOf(ankle)), head(hip), head(ankle));
  // Toes start in front of the ankle; a heel's bone does not.
  const foot = skeleton.children[ankle]?.find((child) => head(child)[2] > head(ankle)[2] + 0.02 * size);
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
  const far = (a: number, b: number) => length(subtract(head(b), head(a)));
  // The hand is where fingers part.
  const fork = chain.findIndex((bone, index) => index > 1 && (skeleton.children[bone]?.length ?? 0) > 1);
  const all = fork < 0 ? chain : chain.slice(0, fork + 1);
  const [first, second] = all;
  const end = all.at(-1);
  if (first === undefined || second === undefined || end === undefined) return {};
  // A collar is shorter than the arm that it carries and starts near the middle.
  const hasCollar =
    all.length > 3 &&
    far(first, second) < 0.5 * far(second, end) &&
    Math.abs(head(first)[0]) < 0.45 * Math.abs(head(second)[0]);
  const arm = hasCollar ? all.slice(1) : [...all];
  // Of a hand that does not part, short bones at the end are a finger.
  const size = (bone: number) => length(subtract(skeleton.tails[bone] ?? head(bone), head(bone)));
  const longest = Math.max(...arm.map(size));
  while (fork < 0 && arm.length > 3 && size(arm.at(-1) ?? first) < 0.35 * longest) arm.pop();
  const shoulder = arm[0];
  const wrist = arm.at(-1);
  if (shoulder === undefined || wrist === undefined) return {};
  const elbow = nearestToHalf(skeleton, arm.slice(1, -1), head(shoulder), head(wrist));
  return elbow === undefined ? {} : { ...(hasCollar ? { collar: first } : {}), shoulder, elbow, wrist };
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
