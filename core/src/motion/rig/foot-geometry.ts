import type { Joint } from "../../protocol/motion.ts";
import { length, subtract, type Vector3 } from "../vector.ts";
import type { RigSkeleton } from "./rig-skeleton.ts";

/** Leg and foot of a character at rest; world, metres. */
export interface LegGeometry {
  hip: number;
  knee: number;
  ankle: number;
  /** Absent where the rig has no toes. */
  toes?: number;
  /** Length of thigh and shin. */
  reach: number;
  /** From the ankle to the ball of the foot. */
  ball: Vector3;
  /** Heights of ankle and ball at rest: where a flat foot on the ground has them. */
  ankleHeight: number;
  ballHeight: number;
}

/** Where a rig without toes is taken to have its ball, from the ankle, as shares of the leg: our own skeleton's. */
const BALL: Vector3 = [0, -0.0861, 0.1499];

/** Gives a leg's lengths and heights. The ball is the head of the toes' bone, else the foot's tail where that is lower than its head. */
export function legGeometry(
  skeleton: RigSkeleton,
  boneOf: (joint: Joint) => number | undefined,
  side: "left" | "right",
): LegGeometry {
  const [hip, knee, ankle, toes] = (["hip", "knee", "ankle", "foot"] as const).map((limb) => boneOf(`${side}_${limb}`));
  const head = (bone = -1): Vector3 => skeleton.heads[bone] ?? [0, 0, 0];
  const reach = length(subtract(head(knee), head(hip))) + length(subtract(head(ankle), head(knee)));
  const tail = skeleton.tails[ankle ?? -1] ?? [0, 0, 0];
  const toTail = subtract(tail, head(ankle));
  const usable = toTail[1] < 0 && length(toTail) < 0.6 * reach;
  const ball: Vector3 =
    toes !== undefined
      ? subtract(head(toes), head(ankle))
      : usable
        ? toTail
        : [BALL[0] * reach, BALL[1] * reach, BALL[2] * reach];
  return {
    hip: hip ?? -1,
    knee: knee ?? -1,
    ankle: ankle ?? -1,
    ...(toes === undefined ? {} : { toes }),
    reach,
    ball,
    ankleHeight: head(ankle)[1],
    ballHeight: head(ankle)[1] + ball[1],
  };
}
