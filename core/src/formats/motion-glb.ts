import type { Accessor, Document, Node } from "@gltf-transform/core";
import { placeError, slerpedTurnError } from "../motion/key-errors.ts";
import { frameCount, type Motion } from "../motion/motion.ts";
import { nearestSign, type Rotation, rotationAt } from "../motion/rotation.ts";
import { LEG_SHARE, METRES_PER_DEGREE, simplifyKeys } from "../motion/simplify-keys.ts";
import { JOINT, JOINT_COUNT, JOINTS, OFFSETS, PARENTS } from "../motion/skeleton.ts";
import { type Vector3, vectorAt } from "../motion/vector.ts";
import { mannequinMesh, REST_POSITIONS } from "./mannequin-mesh.ts";

/** From the hips to the ankles. */
const LEGS: ReadonlySet<number> = new Set([
  JOINT.pelvis,
  JOINT.left_hip,
  JOINT.right_hip,
  JOINT.left_knee,
  JOINT.right_knee,
  JOINT.left_ankle,
  JOINT.right_ankle,
]);

/** Options of {@link encodeMotionGlb}. */
export interface MotionGlbOptions {
  /** Name of the animation; programs show it. */
  name?: string;
  /** every_frame: one key a frame. simplified: few keys, within key_error_degrees of every frame. */
  keyframes?: "every_frame" | "simplified";
  /** Largest error of simplified keys: of each joint's turn (hips and legs keep to half of it); the pelvis stays within 2 mm a degree. */
  key_error_degrees?: number;
  /** Awaited between two joints, each of which takes some milliseconds of a long motion; may throw to stop. */
  pause?: () => Promise<void>;
}

/**
 * Encodes a motion as glTF 2.0 binary: a plain mannequin skinned to the 22 named joints, and one animation with the pelvis' place and
 * every joint's turn. Metres, +Y up, facing +Z as glTF wants; frame f lies at f / fps seconds; linear (for turns spherical)
 * interpolation. `extras` of the animation hold fps and frames.
 */
export async function encodeMotionGlb(motion: Motion, options: MotionGlbOptions = {}): Promise<Uint8Array> {
  // Loaded with the first file: nothing else of the core needs it.
  const { Document, NodeIO } = await import("@gltf-transform/core");
  const document = new Document();
  document.getRoot().getAsset().generator = "Genga";
  document.createBuffer();
  const joints = addSkeleton(document);
  addMannequin(document, joints);
  await addAnimation(document, joints, motion, options);
  return await new NodeIO().writeBinary(document);
}

function accessor(document: Document, type: "SCALAR" | "VEC3" | "VEC4" | "MAT4", array: NumberArray): Accessor {
  return document
    .createAccessor()
    .setType(type)
    .setArray(array)
    .setBuffer(document.getRoot().listBuffers()[0] ?? null);
}
type NumberArray = Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

function addSkeleton(document: Document): Node[] {
  const joints = JOINTS.map((name, joint) =>
    document
      .createNode(name)
      .setTranslation([...vectorAt(joint === 0 ? (REST_POSITIONS[0] ?? []) : OFFSETS, joint * 3)]),
  );
  PARENTS.forEach((parent, joint) => {
    const node = joints[joint];
    if (node !== undefined) joints[parent]?.addChild(node);
  });
  return joints;
}

function addMannequin(document: Document, joints: readonly Node[]): void {
  const mesh = mannequinMesh();
  const material = document
    .createMaterial("mannequin")
    .setBaseColorFactor([0.62, 0.63, 0.66, 1])
    .setMetallicFactor(0)
    .setRoughnessFactor(0.75);
  const primitive = document
    .createPrimitive()
    .setAttribute("POSITION", accessor(document, "VEC3", mesh.positions))
    .setAttribute("NORMAL", accessor(document, "VEC3", mesh.normals))
    .setAttribute("JOINTS_0", accessor(document, "VEC4", mesh.joints))
    .setAttribute("WEIGHTS_0", accessor(document, "VEC4", mesh.weights))
    .setIndices(accessor(document, "SCALAR", mesh.indices))
    .setMaterial(material);
  const skin = document.createSkin("mannequin").setInverseBindMatrices(accessor(document, "MAT4", inverseBinds()));
  for (const joint of joints) skin.addJoint(joint);
  const [pelvis] = joints;
  if (pelvis !== undefined) skin.setSkeleton(pelvis);
  const node = document
    .createNode("mannequin")
    .setMesh(document.createMesh("mannequin").addPrimitive(primitive))
    .setSkin(skin);
  // A skinned mesh stands at the root: its own place is ignored (glTF 2.0 §3.7.3.3).
  const scene = document.createScene("motion").addChild(node);
  if (pelvis !== undefined) scene.addChild(pelvis);
  document.getRoot().setDefaultScene(scene);
}

/** The rest pose turns nothing, so the inverse of a joint's place is a translation; matrices by columns. */
function inverseBinds(): Float32Array<ArrayBuffer> {
  return Float32Array.from(REST_POSITIONS.flatMap(([x, y, z]) => [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, -x, -y, -z, 1]));
}

async function addAnimation(
  document: Document,
  joints: readonly Node[],
  motion: Motion,
  options: MotionGlbOptions,
): Promise<void> {
  const { name = "motion", keyframes = "every_frame", key_error_degrees = 0.5, pause } = options;
  const frames = frameCount(motion);
  const every = Array.from({ length: frames }, (_, frame) => frame);
  const animation = document.createAnimation(name).setExtras({ fps: motion.fps, frames });
  const inputs = new Map<string, Accessor>();
  const input = (keys: readonly number[]) => {
    const id = keys.length === frames ? "every" : keys.join();
    const times =
      inputs.get(id) ??
      accessor(
        document,
        "SCALAR",
        Float32Array.from(keys, (frame) => frame / motion.fps),
      );
    inputs.set(id, times);
    return times;
  };
  const add = (
    node: Node | undefined,
    path: "translation" | "rotation",
    keys: number[],
    values: readonly (readonly number[])[],
  ) => {
    const output = Float32Array.from(keys.flatMap((frame) => values[frame] ?? []));
    const sampler = document
      .createAnimationSampler()
      .setInput(input(keys))
      .setOutput(accessor(document, path === "rotation" ? "VEC4" : "VEC3", output))
      .setInterpolation("LINEAR");
    const channel = document.createAnimationChannel().setTargetPath(path).setSampler(sampler);
    if (node !== undefined) channel.setTargetNode(node);
    animation.addSampler(sampler).addChannel(channel);
  };
  const simplified = keyframes === "simplified";
  const places: Vector3[] = every.map((frame) => vectorAt(motion.root, frame * 3));
  const placeCurve = { values: places, error: placeError };
  const placeKeys = simplified ? simplifyKeys(placeCurve, key_error_degrees * LEG_SHARE * METRES_PER_DEGREE) : every;
  add(joints[0], "translation", placeKeys, places);
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    const turns: Rotation[] = [];
    for (const frame of every) {
      const turn = rotationAt(motion.rotations, (frame * JOINT_COUNT + joint) * 4);
      turns.push(nearestSign(turns[frame - 1] ?? turn, turn));
    }
    const curve = { values: turns, error: slerpedTurnError };
    const keys = simplified
      ? simplifyKeys(curve, (key_error_degrees * (LEGS.has(joint) ? LEG_SHARE : 1) * Math.PI) / 180)
      : every;
    add(joints[joint], "rotation", keys, turns);
    await pause?.();
  }
}
