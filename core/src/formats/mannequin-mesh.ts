import { JOINT, JOINT_COUNT, OFFSETS, PARENTS, STANDING_HEIGHTS } from "../motion/skeleton.ts";
import { add, cross, length, mix, scale, subtract, unit, type Vector3, vectorAt } from "../motion/vector.ts";
import type { Joint } from "../protocol/motion.ts";

/** Triangles of a figure bound to the 22 joints; rest pose on the ground, metres, +Y up, facing +Z. */
export interface MannequinMesh {
  /** [vertices, 3] */
  positions: Float32Array<ArrayBuffer>;
  /** Unit, [vertices, 3]. */
  normals: Float32Array<ArrayBuffer>;
  /** Joints that carry each vertex, [vertices, 4]. */
  joints: Uint8Array<ArrayBuffer>;
  /** How much each does; sums to 1, [vertices, 4]. */
  weights: Float32Array<ArrayBuffer>;
  /** Three to a triangle, counter-clockwise seen from outside. */
  indices: Uint16Array<ArrayBuffer>;
}

/** Joints in the rest pose, the feet standing flat on y = 0, metres. */
export const REST_POSITIONS: readonly Vector3[] = restPositions();

type Weights = readonly (readonly [Joint, number])[];
/** An ellipse of a tube; across × deep points the way the tube goes. */
interface Ring {
  centre: Vector3;
  across: Vector3;
  deep: Vector3;
  weights: Weights;
}

/** Corners of a ring. */
const SIDES = 14;
/** Share of a limb's length over which its end bends with the next bone. */
const BLEND = 0.22;

/** Gives the mannequin: tubes for limbs and torso, an ellipsoid for the head; no parts of anyone else's making. */
export function mannequinMesh(): MannequinMesh {
  const mesh = { positions: [] as Vector3[], weights: [] as Weights[], indices: [] as number[] };
  for (const rings of [...torso(), ...sides().flatMap(limbs)]) addTube(mesh, rings);
  return {
    positions: Float32Array.from(mesh.positions.flat()),
    normals: smoothNormals(mesh.positions, mesh.indices),
    joints: Uint8Array.from(mesh.weights.flatMap((weights) => padded(weights.map(([joint]) => JOINT[joint])))),
    weights: Float32Array.from(mesh.weights.flatMap((weights) => padded(weights.map(([, weight]) => weight)))),
    indices: Uint16Array.from(mesh.indices),
  };
}

function restPositions(): Vector3[] {
  const positions: Vector3[] = [];
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    positions.push(add(positions[PARENTS[joint] ?? -1] ?? [0, 0, 0], vectorAt(OFFSETS, joint * 3)));
  }
  const lift = (STANDING_HEIGHTS[0] ?? 0) - (positions[JOINT.left_ankle]?.[1] ?? 0);
  return positions.map((position) => add(position, [0, lift, 0]));
}

function at(joint: Joint): Vector3 {
  return REST_POSITIONS[JOINT[joint]] ?? [0, 0, 0];
}

/** A level ellipse of a tube that goes up. */
function level(joint: Joint, y: number, halfWidth: number, halfDepth: number, weights: Weights): Ring {
  // across × deep = +Y.
  return { centre: add(at(joint), [0, y, 0]), across: [0, 0, halfDepth], deep: [halfWidth, 0, 0], weights };
}

function torso(): Ring[][] {
  const pelvis: Weights = [["pelvis", 1]];
  const chest: Weights = [["spine3", 1]];
  const trunk = [
    level("pelvis", -0.135, 0.075, 0.07, pelvis),
    level("pelvis", -0.08, 0.15, 0.105, pelvis),
    level("pelvis", -0.01, 0.155, 0.112, pelvis),
    level("pelvis", 0.06, 0.14, 0.102, [
      ["pelvis", 0.7],
      ["spine1", 0.3],
    ]),
    level("spine1", 0.0, 0.132, 0.098, [
      ["pelvis", 0.35],
      ["spine1", 0.65],
    ]),
    level("spine1", 0.07, 0.132, 0.098, [
      ["spine1", 0.75],
      ["spine2", 0.25],
    ]),
    level("spine2", 0.0, 0.14, 0.103, [
      ["spine1", 0.4],
      ["spine2", 0.6],
    ]),
    level("spine2", 0.07, 0.152, 0.11, [
      ["spine2", 0.7],
      ["spine3", 0.3],
    ]),
    level("spine3", 0.0, 0.163, 0.116, [
      ["spine2", 0.35],
      ["spine3", 0.65],
    ]),
    level("spine3", 0.06, 0.166, 0.114, chest),
    level("spine3", 0.11, 0.145, 0.1, chest),
    level("neck", -0.025, 0.075, 0.068, chest),
  ];
  const neck = [-0.05, 0, 0.05, 0.1].map((y) =>
    level("neck", y, 0.052, 0.054, [
      ["spine3", Math.max(0, 0.5 - 5 * y) / 2],
      ["neck", 1 - Math.max(0, 0.5 - 5 * y) / 2],
    ]),
  );
  const head = [-80, -60, -40, -20, 0, 20, 40, 60, 80].map((degrees) => {
    const latitude = (degrees * Math.PI) / 180;
    const ring = level(
      "head",
      -0.03 + 0.118 * Math.sin(latitude),
      0.076 * Math.cos(latitude),
      0.096 * Math.cos(latitude),
      [["head", 1]],
    );
    return { ...ring, centre: add(ring.centre, [0, 0, 0.012]) };
  });
  return [trunk, neck, head];
}

type Side = "left" | "right";

function sides(): Side[] {
  return ["left", "right"];
}

function limbs(side: Side): Ring[][] {
  return [
    limb("spine3", `${side}_collar`, `${side}_shoulder`, 0.055, 0.058),
    limb(`${side}_collar`, `${side}_shoulder`, `${side}_elbow`, 0.05, 0.04),
    limb(`${side}_shoulder`, `${side}_elbow`, `${side}_wrist`, 0.04, 0.028),
    hand(side),
    limb("pelvis", `${side}_hip`, `${side}_knee`, 0.086, 0.055),
    limb(`${side}_hip`, `${side}_knee`, `${side}_ankle`, 0.055, 0.036),
    foot(side),
  ];
}

/** A capsule from joint to child, of two radii, metres; its ends bend with the parent and with the child. */
function limb(parent: Joint, joint: Joint, child: Joint, radius: number, childRadius: number): Ring[] {
  const start = at(joint);
  const end = at(child);
  const along = unit(subtract(end, start));
  const across = unit(cross(along, [0, 0, 1]));
  const deep = cross(along, across);
  const far = length(subtract(end, start));
  const ring = (t: number, size: number, beyond: number): Ring => ({
    centre: add(mix(start, end, t), scale(along, beyond)),
    across: scale(across, size),
    deep: scale(deep, size),
    weights: bend(parent, joint, child, t + beyond / far),
  });
  const cap = [80, 55, 28].map((degrees) => (degrees * Math.PI) / 180);
  return [
    ...cap.map((angle) => ring(0, radius * Math.cos(angle), -radius * Math.sin(angle))),
    ...[0, 0.1, 0.22, 0.5, 0.78, 0.9, 1].map((t) => ring(t, radius + (childRadius - radius) * t, 0)),
    ...cap.toReversed().map((angle) => ring(1, childRadius * Math.cos(angle), childRadius * Math.sin(angle))),
  ];
}

/** Half and half at a joint, all the bone's own a BLEND away from it, smooth between. */
function bend(parent: Joint, joint: Joint, child: Joint, t: number): Weights {
  const share = (distance: number) => {
    const s = Math.max(0, Math.min(1, (1 - distance / BLEND) / 2));
    return s * s * (3 - 2 * s);
  };
  const toParent = t < 0.5 ? share(t) : 0;
  const toChild = t < 0.5 ? 0 : share(1 - t);
  return [
    [joint, 1 - toParent - toChild],
    [parent, toParent],
    [child, toChild],
  ];
}

function hand(side: Side): Ring[] {
  const out = side === "left" ? 1 : -1;
  const flat = (along: number, halfHeight: number, halfDepth: number): Ring => ({
    centre: add(at(`${side}_wrist`), [out * along, 0, 0]),
    // across × deep = ±X, the way the hand points.
    across: [0, halfHeight, 0],
    deep: [0, 0, out * halfDepth],
    weights: [[`${side}_wrist`, 1]],
  });
  return [
    flat(-0.02, 0.02, 0.022),
    flat(0.01, 0.024, 0.032),
    flat(0.05, 0.02, 0.042),
    flat(0.09, 0.017, 0.043),
    flat(0.14, 0.012, 0.037),
    flat(0.172, 0.007, 0.02),
  ];
}

function foot(side: Side): Ring[] {
  const ankle = at(`${side}_ankle`);
  const ball = at(`${side}_foot`);
  // A section of the foot square to +Z: its top at `height`, its sole on the ground.
  const section = (z: number, halfWidth: number, height: number, toes: number): Ring => ({
    centre: [ankle[0], height / 2, z],
    across: [halfWidth, 0, 0],
    deep: [0, height / 2, 0],
    weights:
      toes === 0
        ? [[`${side}_ankle`, 1]]
        : toes === 1
          ? [[`${side}_foot`, 1]]
          : [
              [`${side}_ankle`, 1 - toes],
              [`${side}_foot`, toes],
            ],
  });
  return [
    section(ankle[2] - 0.075, 0.018, 0.05, 0),
    section(ankle[2] - 0.055, 0.034, 0.085, 0),
    section(ankle[2], 0.04, 0.118, 0),
    section(ankle[2] + 0.05, 0.043, 0.085, 0),
    section(ball[2] - 0.025, 0.048, 0.064, 0.2),
    section(ball[2], 0.05, 0.056, 0.5),
    section(ball[2] + 0.025, 0.049, 0.048, 0.8),
    section(ball[2] + 0.06, 0.042, 0.038, 1),
    section(ball[2] + 0.08, 0.022, 0.026, 1),
  ];
}

/** Adds a closed tube through the rings. */
function addTube(mesh: { positions: Vector3[]; weights: Weights[]; indices: number[] }, rings: readonly Ring[]): void {
  const first = mesh.positions.length;
  for (const { centre, across, deep, ...ring } of rings) {
    // A joint that carries nothing is no joint of the vertex: validators warn of it.
    const weights = ring.weights.filter(([, weight]) => weight > 0);
    for (let side = 0; side < SIDES; side++) {
      const angle = (side / SIDES) * 2 * Math.PI;
      mesh.positions.push(add(centre, add(scale(across, Math.cos(angle)), scale(deep, Math.sin(angle)))));
      mesh.weights.push(weights);
    }
  }
  const corner = (ring: number, side: number) => first + ring * SIDES + (side % SIDES);
  for (let ring = 0; ring + 1 < rings.length; ring++) {
    for (let side = 0; side < SIDES; side++) {
      const [a, b] = [corner(ring, side), corner(ring, side + 1)];
      const [c, d] = [corner(ring + 1, side + 1), corner(ring + 1, side)];
      mesh.indices.push(a, b, c, a, c, d);
    }
  }
  for (const [ring, outward] of [
    [0, false],
    [rings.length - 1, true],
  ] as const) {
    const end = rings[ring];
    if (end === undefined) continue;
    const pole = mesh.positions.length;
    mesh.positions.push(end.centre);
    mesh.weights.push(mesh.weights[corner(ring, 0)] ?? []);
    for (let side = 0; side < SIDES; side++) {
      const [a, b] = [corner(ring, side), corner(ring, side + 1)];
      mesh.indices.push(pole, ...(outward ? [a, b] : [b, a]));
    }
  }
}

/** Mean of the normals of the triangles around each vertex, by their area. */
function smoothNormals(positions: readonly Vector3[], indices: readonly number[]): Float32Array<ArrayBuffer> {
  const sums: Vector3[] = positions.map(() => [0, 0, 0]);
  for (let start = 0; start < indices.length; start += 3) {
    const corners = indices.slice(start, start + 3);
    const [a, b, c] = corners.map((index) => positions[index] ?? [0, 0, 0]) as [Vector3, Vector3, Vector3];
    const normal = cross(subtract(b, a), subtract(c, a));
    for (const index of corners) sums[index] = add(sums[index] ?? [0, 0, 0], normal);
  }
  // Float32Array.from rounds each number, which leaves lengths within 1e-7 of 1.
  return Float32Array.from(sums.flatMap((sum) => unit(sum)));
}

function padded(values: readonly number[]): number[] {
  return [0, 1, 2, 3].map((index) => values[index] ?? 0);
}
