import { z } from "zod";
import { SeedSchema, Sha256Schema } from "./fields.ts";
import { PreviewOptionsSchema } from "./image.ts";

/** Joints of the skeleton that motion is made on, in their order: HumanML3D's 22 joints. */
export const JointSchema = z
  .enum([
    "pelvis",
    "left_hip",
    "right_hip",
    "spine1",
    "left_knee",
    "right_knee",
    "spine2",
    "left_ankle",
    "right_ankle",
    "spine3",
    "left_foot",
    "right_foot",
    "neck",
    "left_collar",
    "right_collar",
    "head",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
  ])
  .meta({ id: "Joint", description: "Joint of the 22-joint skeleton (HumanML3D's order)." });
export type Joint = z.infer<typeof JointSchema>;

const Metre = z.number().min(-10_000).max(10_000);
const PositionSchema = z
  .tuple([Metre, Metre, Metre])
  .meta({ id: "Position", description: "x, y, z in metres; +Y up, right-handed; a figure at rest faces +Z." });
const QuaternionSchema = z
  .tuple([z.number(), z.number(), z.number(), z.number()])
  .meta({ id: "Quaternion", description: "Rotation as x, y, z, w; of length 1 within 1 %." });
const TimeSchema = z.number().min(0).max(600).describe("Seconds from the start.");

/** One sentence of the timeline. */
export const MotionSegmentSchema = z
  .strictObject({
    prompt: z.string().min(1).describe("What the figure does."),
    duration_s: z.number().gt(0).max(120).describe("How long, seconds."),
  })
  .meta({ id: "MotionSegment", description: "What the figure does for some seconds." });
export type MotionSegment = z.infer<typeof MotionSegmentSchema>;

/** Where the pelvis goes over the ground. */
export const MotionPathSchema = z
  .strictObject({
    points: z
      .array(
        z.strictObject({
          position: z.tuple([Metre, Metre]).describe("x and z on the ground, metres."),
          time_s: TimeSchema.optional(),
        }),
      )
      .min(2)
      .max(4096)
      .describe(
        "In the order they are passed. Points without a time are reached at even speed between their neighbours; the first stands for 0 s, the last for the end.",
      ),
    closed: z.boolean().default(false).describe("Whether the path ends where it begins."),
    facing: z
      .enum(["along", "free"])
      .default("along")
      .describe("along: the figure looks where it goes. free: the words decide."),
  })
  .meta({ id: "MotionPath", description: "Path of the pelvis over the ground, a polyline through its points." });
export type MotionPath = z.infer<typeof MotionPathSchema>;

/** A pose that is hit at a time. */
export const KeyPoseSchema = z
  .strictObject({
    time_s: TimeSchema,
    root: PositionSchema.optional().describe("Pelvis; absent = free."),
    rotations: z
      .partialRecord(JointSchema, QuaternionSchema)
      .default({})
      .describe("Joint turns from the rest pose (T-pose): the pelvis' in the world, the others' from their parent."),
    positions: z
      .partialRecord(JointSchema, PositionSchema)
      .default({})
      .describe("Where joints are in the world; hands and feet are reached by inverse kinematics."),
  })
  .meta({ id: "KeyPose", description: "A pose, or a part of one, that is hit at a time." });
export type KeyPose = z.infer<typeof KeyPoseSchema>;

/** What a bundle can be told of single frames. */
export const MotionConditionSchema = z.enum(["path", "height", "heading", "pose"]).meta({
  id: "MotionCondition",
  description:
    "What a motion bundle can be told of single frames. path: pelvis over the ground. height: pelvis above it. heading: where the figure looks. pose: turns of all joints.",
});
export type MotionCondition = z.infer<typeof MotionConditionSchema>;

/** How motion comes about. */
export const MotionModeSchema = z.enum(["hybrid", "generated", "retrieved"]).meta({
  id: "MotionMode",
  description:
    "hybrid: the nearest recorded clip is varied where there is one. generated: from noise alone. retrieved: the nearest clip as recorded.",
});
export type MotionMode = z.infer<typeof MotionModeSchema>;

/** A kind of action that a bundle knows. */
export const MotionActionSchema = z
  .strictObject({
    name: z.string().min(1).max(100).describe("Name of the kind of action."),
    prompts: z.array(z.string().min(1).max(200)).min(1).max(20).describe("Examples of what to write."),
  })
  .meta({ id: "MotionAction", description: "A kind of action that a motion bundle knows." });

/** Skeleton of a character that the motion is put on. */
export const RigSchema = z
  .strictObject({
    name: z.string().max(200).default("").describe("Name of the armature, for messages and files."),
    bones: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(200).describe("Name of the bone."),
          parent: z.int().min(-1).describe("Index of the parent, earlier in the list; -1 = none."),
          head: PositionSchema.describe("Start of the bone in the rest pose, world."),
          tail: PositionSchema.describe("End of the bone in the rest pose, world."),
          rotation: QuaternionSchema.describe("World rotation of the bone's own axes in the rest pose."),
        }),
      )
      .min(1)
      .max(2048)
      .describe("Rest pose, metres, +Y up, the character facing +Z; parents before children."),
    map: z
      .partialRecord(JointSchema, z.string())
      .optional()
      .describe(
        "Bone of each joint, an empty name for none. Absent = found by names (Rigify, Mixamo, Unreal, VRM, the 22 joints) and by shape.",
      ),
    root_bone: z
      .string()
      .max(200)
      .optional()
      .describe("Bone that carries the way over the ground instead of the hips."),
  })
  .meta({ id: "Rig", description: "Skeleton of a character that the motion is put on." });
export type Rig = z.infer<typeof RigSchema>;

/** File forms of motion. */
export const MotionFormatSchema = z.enum(["bvh", "glb", "json", "openpose"]).meta({
  id: "MotionFormat",
  description:
    "bvh: Biovision hierarchy. glb: glTF 2.0 with a skinned mannequin and the animation. json: the motion with contacts and, when a rig was given, its curves. openpose: 18-point poses as seen by a camera, JSON, a list of frames.",
});
export type MotionFormat = z.infer<typeof MotionFormatSchema>;

/** Camera that OpenPose frames are seen by. */
export const CameraSchema = z
  .strictObject({
    position: PositionSchema,
    target: PositionSchema.describe("Point in the middle of the picture."),
    fov_degrees: z.number().gt(1).lt(170).default(40).describe("Vertical angle of view."),
    width: z.int().min(16).max(8192).default(512).describe("Pixels."),
    height: z.int().min(16).max(8192).default(512).describe("Pixels."),
  })
  .meta({ id: "Camera", description: "Camera that poses are seen by." });
export type Camera = z.infer<typeof CameraSchema>;

/** Files of a motion. */
export const MotionOutputSchema = z
  .strictObject({
    formats: z.array(MotionFormatSchema).min(1).max(4).default(["bvh", "glb", "json"]).describe("One file each."),
    fps: z.number().min(1).max(240).default(24).describe("Frames a second; n seconds have n × fps frames, rounded."),
    keyframes: z
      .enum(["every_frame", "simplified"])
      .default("every_frame")
      .describe("simplified: few keys, within key_error_degrees of every frame; in glb, and in json's rig curves."),
    key_error_degrees: z.number().gt(0).max(10).default(0.5).describe("Largest error of simplified keys."),
    camera: CameraSchema.optional().describe("For openpose; absent = from the front, the whole way in sight."),
  })
  .meta({ id: "MotionOutput", description: "Files of a motion." });

/** Parameters of the task `motion`. */
export const MotionParamsSchema = z
  .strictObject({
    bundle: z.string().max(200).optional().describe("Bundle id; absent = the core's default motion bundle."),
    segments: z
      .array(MotionSegmentSchema)
      .max(64)
      .default([])
      .describe("What happens, one after the other without a seam; 120 s in all. Empty only with `source`."),
    source: Sha256Schema.optional().describe(
      "A motion to take as it is, to retarget, loop, resample or write in other formats: json of this core, or BVH of one human figure (any unit and channel order, joints named as this core's, CMU's, Mixamo's, Unreal's or VRM's), which is put on the 22 joints.",
    ),
    mode: MotionModeSchema.default("hybrid"),
    seed: SeedSchema.optional().describe("Absent = drawn by the core and recorded. Variation i starts from seed + i."),
    num_motions_per_prompt: z.int().min(1).max(16).default(1).describe("Variations, each with its own seed."),
    num_inference_steps: z.int().min(1).max(1000).optional().describe("Absent = the bundle's default."),
    guidance_scale: z.number().min(0).max(50).optional().describe("Absent = the bundle's default."),
    variation: z
      .number()
      .min(0)
      .max(1)
      .default(0.4)
      .describe("hybrid: how much of the recorded clip is made anew; 0 keeps it."),
    speed: z.number().min(0.25).max(4).default(1).describe("How fast it is done; the durations stay."),
    style: z.string().max(200).default("").describe("How it is done, in words: tired, proud, sneaky."),
    path: MotionPathSchema.optional(),
    heading: z
      .array(
        z.strictObject({
          time_s: TimeSchema,
          angle_degrees: z.number().min(-3600).max(3600).describe("Degrees about +Y from +Z, to the left positive."),
        }),
      )
      .max(1024)
      .default([])
      .describe("Where the figure looks at times: degrees about +Y from +Z, to the left (+X) positive."),
    key_poses: z.array(KeyPoseSchema).max(256).default([]).describe("Poses that are hit; those at 0 and the end too."),
    loop: z.boolean().default(false).describe("Whether the end runs into the start without a seam."),
    in_place: z.boolean().default(false).describe("Whether the way over the ground is taken out."),
    foot_lock: z.boolean().default(true).describe("Whether feet that bear weight are held still."),
    rig: RigSchema.optional().describe("Character that the motion is put on; its curves stand in `json`."),
    output: MotionOutputSchema.prefault({}),
    preview: PreviewOptionsSchema.prefault({}),
  })
  .meta({ id: "MotionParams", description: "Parameters of the task `motion`." });
export type MotionParams = z.infer<typeof MotionParamsSchema>;

/** A recorded clip that a motion was made from. */
export const ClipFactsSchema = z
  .strictObject({
    id: z.string().describe("Id in the bundle's library."),
    licence: z.string().describe("Licence as the library declares it."),
    source: z.string().describe("Where it comes from, as the library declares it."),
    sha256: Sha256Schema.optional().describe("Hash of the recording's file, as the library declares it."),
  })
  .meta({ id: "ClipFacts", description: "A recorded clip that a motion was made from, as its library declares it." });
export type ClipFacts = z.infer<typeof ClipFactsSchema>;

/** What a part of a motion was made of. */
export const SegmentOriginSchema = z
  .strictObject({
    segment: z.int().min(0).describe("Index of the segment."),
    kind: z
      .enum(["retrieved", "varied", "generated", "source"])
      .describe(
        "retrieved: a recorded clip, fitted. varied: a recorded clip, in part made anew. generated: from noise alone. source: the motion that was given.",
      ),
    clips: z.array(ClipFactsSchema).describe("Recorded clips that it was made from."),
  })
  .meta({ id: "SegmentOrigin", description: "What a part of a motion was made of." });
export type SegmentOrigin = z.infer<typeof SegmentOriginSchema>;

/** What is known of one file of a motion. */
export const MotionFactsSchema = z
  .strictObject({
    format: MotionFormatSchema,
    variation: z.int().min(0).describe("Which of the variations, from 0."),
    frames: z.int().min(0).describe("Number of frames."),
    fps: z.number().describe("Frames a second."),
    origin: z.array(SegmentOriginSchema).describe("What each segment was made of."),
    warnings: z.array(z.string()).default([]).describe("What the artist should know, in words."),
  })
  .meta({ id: "MotionFacts", description: "What is known of one file of a motion." });
export type MotionFacts = z.infer<typeof MotionFactsSchema>;
