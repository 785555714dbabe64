type Place = readonly [number, number, number];
/** A joint as [name, parent, place from the parent at rest]; metres, +Y up, facing +Z, left at +X. */
type JointRow = readonly [string, string, Place];

/** A figure of 1.8 m with the joint names of CMU's recordings, arms hanging 45° down. */
export const CMU_JOINTS: readonly JointRow[] = [
  ["Hips", "", [0, 0, 0]],
  ["LHipJoint", "Hips", [0, 0, 0]],
  ["LeftUpLeg", "LHipJoint", [0.1, -0.09, 0]],
  ["LeftLeg", "LeftUpLeg", [0.05, -0.42, 0.01]],
  ["LeftFoot", "LeftLeg", [0.04, -0.44, -0.02]],
  ["LeftToeBase", "LeftFoot", [0, -0.08, 0.13]],
  ["RHipJoint", "Hips", [0, 0, 0]],
  ["RightUpLeg", "RHipJoint", [-0.1, -0.09, 0]],
  ["RightLeg", "RightUpLeg", [-0.05, -0.42, 0.01]],
  ["RightFoot", "RightLeg", [-0.04, -0.44, -0.02]],
  ["RightToeBase", "RightFoot", [0, -0.08, 0.13]],
  ["LowerBack", "Hips", [0, 0.02, 0]],
  ["Spine", "LowerBack", [0, 0.12, -0.01]],
  ["Spine1", "Spine", [0, 0.12, 0]],
  ["Neck", "Spine1", [0, 0.14, 0]],
  ["Head", "Neck", [0, 0.1, 0.02]],
  ["LeftShoulder", "Spine1", [0.02, 0.08, 0]],
  ["LeftArm", "LeftShoulder", [0.15, 0.02, 0]],
  ["LeftForeArm", "LeftArm", [0.2, -0.2, 0]],
  ["LeftHand", "LeftForeArm", [0.18, -0.18, 0.03]],
  ["RightShoulder", "Spine1", [-0.02, 0.08, 0]],
  ["RightArm", "RightShoulder", [-0.15, 0.02, 0]],
  ["RightForeArm", "RightArm", [-0.2, -0.2, 0]],
  ["RightHand", "RightForeArm", [-0.18, -0.18, 0.03]],
];

/** How a program writes BVH. */
export interface BvhHabits {
  /** Order of rotation channels. */
  order: "XYZ" | "XZY" | "YXZ" | "YZX" | "ZXY" | "ZYX";
  /** Its units in a metre. */
  unit: number;
  /** Where it puts our x, y and z: Blender's (x, -z, y). */
  axes: (place: Place) => Place;
  /** What a joint is called. */
  name: (joint: string) => string;
}
export const USUAL_HABITS: BvhHabits = { order: "ZXY", unit: 1, axes: (place) => place, name: (joint) => joint };

/** A BVH file and where its joints are. */
export interface ForeignBvh {
  text: string;
  /** World places by joint and frame, metres, in our axes. */
  places: Record<string, Place[]>;
}

/**
 * Writes a figure that swings all its joints, each about its own axes, and walks off sideways; and reckons where its joints are with 3 × 3
 * matrices. Shares no line with the code under test.
 */
export function foreignBvh(frames: number, habits: Partial<BvhHabits> = {}, joints = CMU_JOINTS): ForeignBvh {
  const { order, unit, axes, name } = { ...USUAL_HABITS, ...habits };
  const rows: number[][] = Array.from({ length: frames }, () => []);
  const places: Record<string, Place[]> = {};
  const worlds = new Map<string, { turn: Matrix; place: Place }[]>();
  const lines = ["HIERARCHY"];
  const write = ([joint, parent, rest]: JointRow, indent: string, number: number): number => {
    const offset = axes(rest).map((part) => part * unit) as unknown as Place;
    lines.push(`${indent}${parent === "" ? "ROOT" : "JOINT"} ${name(joint)}`, `${indent}{`);
    lines.push(`${indent}\tOFFSET\t${offset.join("\t")}`);
    const rotations = [...order].map((axis) => `${axis}rotation`);
    const channels = parent === "" ? ["Xposition", "Yposition", "Zposition", ...rotations] : rotations;
    lines.push(`${indent}\tCHANNELS ${channels.length} ${channels.join(" ")}`);
    const own = rows.map((row, frame) => {
      const time = frame / 30;
      const root = axes([0.3 + 0.5 * time, 1.1 + 0.05 * Math.sin(7 * time), -0.2 * time]);
      const place = parent === "" ? (root.map((part) => part * unit) as unknown as Place) : offset;
      const angles = [0, 1, 2].map((axis) => 25 * Math.sin(3 * time + number + 2 * axis));
      row.push(...(parent === "" ? place : []), ...angles);
      const turn = angles.reduce((all, angle, k) => times(all, about(order[k] ?? "X", angle)), IDENTITY);
      const above = worlds.get(parent)?.[frame] ?? { turn: IDENTITY, place: [0, 0, 0] as Place };
      const at = apply(above.turn, place).map((part, k) => part + (above.place[k] ?? 0)) as unknown as Place;
      return { turn: times(above.turn, turn), place: at };
    });
    worlds.set(joint, own);
    // Their axes are a rotation of ours: its inverse is its transpose.
    const rowsOfAxes = [axes([1, 0, 0]), axes([0, 1, 0]), axes([0, 0, 1])].flat();
    places[joint] = own.map(({ place }) => apply(rowsOfAxes, place).map((part) => part / unit) as unknown as Place);
    const children = joints.filter((one) => one[1] === joint);
    let next = number + 1;
    for (const child of children) next = write(child, `${indent}\t`, next);
    const end = axes([0, 0, 0.05]).map((part) => part * unit);
    if (children.length === 0)
      lines.push(`${indent}\tEnd Site`, `${indent}\t{`, `${indent}\t\tOFFSET ${end.join(" ")}`, "}");
    lines.push(`${indent}}`);
    return next;
  };
  const [root] = joints;
  if (root !== undefined) write(root, "", 0);
  lines.push("MOTION", `Frames:\t${frames}`, "Frame Time:\t.0333333", ...rows.map((row) => row.join(" ")));
  return { text: lines.join("\r\n"), places };
}

/** 3 × 3, row by row. */
type Matrix = readonly number[];
const IDENTITY: Matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1];

function about(axis: string, degrees: number): Matrix {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  if (axis === "X") return [1, 0, 0, 0, c, -s, 0, s, c];
  return axis === "Y" ? [c, 0, s, 0, 1, 0, -s, 0, c] : [c, -s, 0, s, c, 0, 0, 0, 1];
}

function times(a: Matrix, b: Matrix): Matrix {
  return [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column) => [0, 1, 2].reduce((sum, k) => sum + (a[row * 3 + k] ?? 0) * (b[k * 3 + column] ?? 0), 0)),
  );
}

function apply(m: Matrix, [x, y, z]: Place): Place {
  const [a, b, c] = [0, 3, 6].map((row) => (m[row] ?? 0) * x + (m[row + 1] ?? 0) * y + (m[row + 2] ?? 0) * z);
  return [a ?? 0, b ?? 0, c ?? 0];
}
