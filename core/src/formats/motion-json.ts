import { z } from "zod";
import { finishSteps, type InSteps, mapInSteps } from "../motion/in-steps.ts";
import { frameCount, type Motion } from "../motion/motion.ts";
import type { RigMotion } from "../motion/rig/rig-motion.ts";
import { JOINT_COUNT, JOINTS, OFFSETS, PARENTS } from "../motion/skeleton.ts";
import { CoreError } from "../protocol/errors.ts";
import { listIssues } from "../protocol/issues.ts";
import { JointSchema } from "../protocol/motion.ts";

/** Media type of motion files. */
export const MOTION_JSON_MIME = "application/vnd.genga.motion+json";

/** Longest motion that a file may hold: 120 s at 240 frames a second. */
export const MAX_MOTION_FRAMES = 28_800;
/** Largest file that is read. */
export const MAX_MOTION_JSON_BYTES = 128 * 1024 * 1024;

/** A sentence and the frames that it is for; `end_frame` is the first that is not. */
export const MotionSpanSchema = z
  .strictObject({ prompt: z.string(), start_frame: z.int().min(0), end_frame: z.int().min(0) })
  .describe("What the figure does from start_frame until before end_frame.");
export type MotionSpan = z.infer<typeof MotionSpanSchema>;

/** Where the motion of a segment comes from. */
export const SegmentOriginSchema = z
  .strictObject({
    segment: z.int().min(0).describe("Index in `segments`."),
    kind: z.enum(["retrieved", "varied", "generated", "source"]),
    clips: z.array(z.string()).readonly().describe("Ids of recorded clips that took part."),
  })
  .describe("Where the motion of a segment comes from.");
export type SegmentOrigin = z.infer<typeof SegmentOriginSchema>;

const Finite = z.number();
const RigCurveSchema = z.strictObject({
  bone: z.string(),
  channel: z.enum(["rotation", "location"]),
  frames: z.array(z.int().min(0)).optional(),
  values: z.array(z.array(Finite).min(3).max(4)),
});
const RigMotionSchema = z.strictObject({
  name: z.string(),
  fps: Finite,
  frames: z.int().min(1),
  bones: z.array(z.string()).max(2048),
  map: z.partialRecord(JointSchema, z.string()),
  convention: z.string(),
  root_bone: z.string().optional(),
  scale: Finite,
  curves: z.array(RigCurveSchema).max(4096),
  notes: z.array(z.string()),
});

/** A motion file: version 1. Metres, +Y up, right-handed, the figure at rest faces +Z; quaternions x, y, z, w. */
const MotionFileSchema = z.strictObject({
  format: z.literal("genga.motion.v1"),
  fps: z.number().min(1).max(240),
  frames: z.int().min(1).max(MAX_MOTION_FRAMES),
  skeleton: z.strictObject({
    names: z.array(z.string()),
    parents: z.array(z.int()),
    offsets: z.array(z.tuple([Finite, Finite, Finite])),
  }),
  root: z.array(z.tuple([Finite, Finite, Finite])),
  rotations: z.array(z.array(Finite).length(JOINT_COUNT * 4)),
  contacts: z.array(z.array(z.literal([0, 1])).length(4)).optional(),
  segments: z.array(MotionSpanSchema).max(64),
  origin: z.array(SegmentOriginSchema).max(64),
  rig: RigMotionSchema.optional(),
});

/** What stands beside the motion in a file. */
export interface MotionNotes {
  segments: readonly MotionSpan[];
  origin: readonly SegmentOrigin[];
  /** The motion on a character's own skeleton. */
  rig?: RigMotion;
}

/** Gives the motion as JSON, numbers rounded to 6 digits: micrometres, and quaternions within 0.0001°. */
export function encodeMotionJson(motion: Motion, notes: MotionNotes = { segments: [], origin: [] }): Uint8Array {
  return finishSteps(encodeMotionJsonInSteps(motion, notes));
}

/** Does what {@link encodeMotionJson} does in steps of a row of numbers, or of a curve of the rig. */
export function* encodeMotionJsonInSteps(motion: Motion, notes: MotionNotes): InSteps<Uint8Array> {
  const rows = (values: ArrayLike<number>, width: number) =>
    mapInSteps(values.length / width, (row) =>
      Array.from({ length: width }, (_, column) => rounded(values[row * width + column] ?? 0)),
    );
  const file: z.infer<typeof MotionFileSchema> = {
    format: "genga.motion.v1",
    fps: motion.fps,
    frames: frameCount(motion),
    skeleton: {
      names: [...JOINTS],
      parents: [...PARENTS],
      offsets: (yield* rows(OFFSETS, 3)) as [number, number, number][],
    },
    root: (yield* rows(motion.root, 3)) as [number, number, number][],
    rotations: yield* rows(motion.rotations, JOINT_COUNT * 4),
    ...(motion.contacts === undefined ? {} : { contacts: (yield* rows(motion.contacts, 4)) as (0 | 1)[][] }),
    segments: [...notes.segments],
    origin: [...notes.origin],
    ...(notes.rig === undefined ? {} : { rig: yield* roundedRig(notes.rig) }),
  };
  return Buffer.from(JSON.stringify(file), "utf8");
}

/**
 * Reads a motion file.
 *
 * @throws CoreError ASSET_UNREADABLE if it is no motion file, made for another skeleton, or its parts contradict one another
 */
export function decodeMotionJson(bytes: Uint8Array): { motion: Motion } & MotionNotes {
  if (bytes.length > MAX_MOTION_JSON_BYTES) {
    throw unreadable(`it has ${bytes.length} bytes, more than ${MAX_MOTION_JSON_BYTES}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw unreadable("it is not JSON", error);
  }
  const parsed = MotionFileSchema.safeParse(json, { reportInput: true });
  if (!parsed.success) {
    const [issue] = listIssues(parsed.error.issues);
    throw unreadable(`${issue?.path || "the file"} ${issue?.message ?? "is not as expected"}`, parsed.error);
  }
  const file = parsed.data;
  for (const field of ["root", "rotations", "contacts"] as const) {
    const rows = file[field];
    if (rows !== undefined && rows.length !== file.frames) {
      throw unreadable(`${field} has ${rows.length} rows, expected one for each of the ${file.frames} frames`);
    }
  }
  checkSkeleton(file.skeleton);
  const motion: Motion = {
    fps: file.fps,
    root: Float32Array.from(file.root.flat()),
    rotations: unitQuaternions(file.rotations),
    ...(file.contacts === undefined ? {} : { contacts: Uint8Array.from(file.contacts.flat()) }),
  };
  return {
    motion,
    segments: file.segments,
    origin: file.origin,
    ...(file.rig === undefined ? {} : { rig: checkedRig(file.rig, file.frames) }),
  };
}

function checkSkeleton(skeleton: z.infer<typeof MotionFileSchema>["skeleton"]): void {
  const names = skeleton.names.join() === JOINTS.join() && skeleton.parents.join() === PARENTS.join();
  const offsets =
    skeleton.offsets.length === JOINT_COUNT &&
    skeleton.offsets.flat().every((value, index) => Math.abs(value - (OFFSETS[index] ?? 0)) < 1e-4);
  if (!names || !offsets) throw unreadable("its skeleton is not the 22 joints that this core makes motion on");
}

/** Makes quaternions exactly unit; refuses what is none. */
function unitQuaternions(rows: readonly (readonly number[])[]): Float32Array {
  const values = Float32Array.from(rows.flat());
  for (let start = 0; start < values.length; start += 4) {
    const quaternion = values.subarray(start, start + 4);
    const size = Math.hypot(...quaternion);
    if (Math.abs(size - 1) > 0.01) {
      const joint = JOINTS[(start / 4) % JOINT_COUNT];
      throw unreadable(
        `the rotation of ${joint} in frame ${Math.floor(start / 4 / JOINT_COUNT)} has length ${size.toFixed(4)}, expected 1`,
      );
    }
    for (let part = 0; part < 4; part++) quaternion[part] = (quaternion[part] ?? 0) / size;
  }
  return values;
}

function checkedRig(rig: z.infer<typeof RigMotionSchema>, frames: number): RigMotion {
  if (rig.frames !== frames) throw unreadable(`its rig has ${rig.frames} frames, expected ${frames}`);
  const bones = new Set(rig.bones);
  for (const { bone, channel, frames: keys, values } of rig.curves) {
    const name = `the ${channel} curve of bone "${bone}"`;
    if (!bones.has(bone)) throw unreadable(`${name} is for a bone that the rig does not have`);
    if (values.length !== (keys?.length ?? frames)) throw unreadable(`${name} has ${values.length} values`);
    if (values.some((value) => value.length !== (channel === "rotation" ? 4 : 3))) {
      throw unreadable(`${name} has values of the wrong width`);
    }
    if (keys?.some((key, index) => key >= frames || key <= (keys[index - 1] ?? -1))) {
      throw unreadable(`the keys of ${name} do not increase within the ${frames} frames`);
    }
  }
  const { root_bone, ...rest } = rig;
  return {
    ...rest,
    ...(root_bone === undefined ? {} : { root_bone }),
    curves: rig.curves.map(({ frames: keys, ...curve }) => (keys === undefined ? curve : { ...curve, frames: keys })),
  };
}

function* roundedRig(rig: RigMotion): InSteps<z.infer<typeof RigMotionSchema>> {
  const { root_bone, ...rest } = rig;
  const curves = yield* mapInSteps(rig.curves.length, (index) => roundedCurve(rig.curves[index]));
  return {
    ...rest,
    ...(root_bone === undefined ? {} : { root_bone }),
    bones: [...rig.bones],
    scale: rounded(rig.scale),
    curves: curves.flat(),
    notes: [...rig.notes],
  };
}

function roundedCurve(given: RigMotion["curves"][number] | undefined): z.infer<typeof RigCurveSchema>[] {
  if (given === undefined) return [];
  const { frames, values, ...curve } = given;
  const keys = frames === undefined ? {} : { frames: [...frames] };
  return [{ ...curve, ...keys, values: values.map((value) => value.map(rounded)) }];
}

/** Rounds to 6 digits, without a negative zero. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6 + 0;
}

function unreadable(what: string, cause?: unknown): CoreError {
  return new CoreError("ASSET_UNREADABLE", `The motion file cannot be read: ${what}.`, {
    remedy: "Give a JSON motion file that this core wrote.",
    ...(cause === undefined ? {} : { cause }),
  });
}
