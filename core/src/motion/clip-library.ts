import { z } from "zod";
import { CoreError } from "../protocol/errors.ts";
import type { Motion } from "./motion.ts";
import { normalize } from "./quaternion.ts";
import { JOINT_COUNT, JOINTS } from "./skeleton.ts";

const BlockSchema = z.object({
  offset_bytes: z.int().min(0),
  dtype: z.enum(["float32", "int16", "uint8"]),
  shape: z.array(z.int().min(0)).min(1),
});

const IndexSchema = z.object({
  format: z.literal("genga.clips.v1"),
  fps: z.number().gt(0),
  joints: z.array(z.string()),
  embedding_dim: z.int().min(1),
  blocks: z.object({ root: BlockSchema, rotations: BlockSchema, contacts: BlockSchema, embeddings: BlockSchema }),
  clips: z.array(
    z.object({
      id: z.string().min(1),
      action: z.string(),
      captions: z.array(z.string()),
      frames: z.int().min(1),
      offset: z.int().min(0),
      loop: z.boolean(),
      licence: z.string(),
      source: z.string(),
      sha256: z.string().optional(),
    }),
  ),
  captions_embedded: z.array(z.object({ clip: z.int().min(0), caption: z.string(), mirror: z.boolean() })),
});
type LibraryIndex = z.infer<typeof IndexSchema>;

/** A recorded clip of a library. */
export type LibraryClip = LibraryIndex["clips"][number];
/** A way to ask for a clip. */
export type LibraryCaption = LibraryIndex["captions_embedded"][number];

/** Recorded motions with their captions, read from library.json and library.bin; the layout: models/training/motion/README.md. */
export interface ClipLibrary {
  readonly fps: number;
  readonly clips: readonly LibraryClip[];
  /** Ways to ask for a clip; row i belongs to row i of `embeddings`. */
  readonly captions: readonly LibraryCaption[];
  /** Unit vectors, [captions, embedding_dim]. */
  readonly embeddings: Float32Array;
  readonly embedding_dim: number;
  /** Gives the motion of a clip; a fresh copy each time. */
  motion(clip: number): Motion;
  /** Gives how fast a clip goes over the ground, metres a second; steps within it do not count, only the way. */
  speed(clip: number): number;
}

/**
 * Reads a clip library.
 *
 * @throws CoreError BUNDLE_INVALID if the two do not fit together
 */
export function readClipLibrary(json: string, data: Uint8Array): ClipLibrary {
  const index = parseIndex(json);
  const { blocks, clips, captions_embedded: captions, embedding_dim } = index;
  const frames = clips.reduce((sum, clip) => Math.max(sum, clip.offset + clip.frames), 0);
  const root = readBlock(data, blocks.root, "root", "float32", [frames, 3]);
  const rotations = readBlock(data, blocks.rotations, "rotations", "int16", [frames, JOINT_COUNT, 4]);
  const contacts = readBlock(data, blocks.contacts, "contacts", "uint8", [frames, 4]);
  const embeddings = readBlock(data, blocks.embeddings, "embeddings", "float32", [captions.length, embedding_dim]);
  if (JOINTS.some((name, i) => index.joints[i] !== name)) throw invalid("its joints are not those of the skeleton");
  const astray = captions.find(({ clip }) => clip >= clips.length);
  if (astray !== undefined)
    throw invalid(`the caption "${astray.caption}" names clip ${astray.clip} of ${clips.length}`);
  return {
    fps: index.fps,
    speed: (number) => speedOf(root, clips[number], index.fps),
    clips,
    captions,
    embeddings: Float32Array.from(embeddings),
    embedding_dim,
    motion: (number) => {
      const clip = clips[number];
      if (clip === undefined) throw new RangeError(`Clip ${number} is outside of ${clips.length} clips.`);
      const { offset, frames: count } = clip;
      const turns = Float32Array.from(rotations.subarray(offset * JOINT_COUNT * 4, (offset + count) * JOINT_COUNT * 4));
      for (let i = 0; i < turns.length; i += 4) normalize(turns, i);
      return {
        fps: index.fps,
        root: Float32Array.from(root.subarray(offset * 3, (offset + count) * 3)),
        rotations: turns,
        contacts: Uint8Array.from(contacts.subarray(offset * 4, (offset + count) * 4)),
      };
    },
  };
}

/**
 * Gives the clips that a library.json names, without their motion.
 *
 * @throws CoreError BUNDLE_INVALID
 */
export function libraryClips(json: string): readonly LibraryClip[] {
  return parseIndex(json).clips;
}

/** Frames between two places of a way: about a step, so that swaying does not add to it. */
const STEP_FRAMES = 10;

function speedOf(root: ArrayLike<number>, clip: LibraryClip | undefined, fps: number): number {
  if (clip === undefined || clip.frames < 2) return 0;
  const last = clip.offset + clip.frames - 1;
  let way = 0;
  for (let frame = clip.offset; frame < last; ) {
    const next = Math.min(last, frame + STEP_FRAMES);
    const dx = (root[next * 3] ?? 0) - (root[frame * 3] ?? 0);
    const dz = (root[next * 3 + 2] ?? 0) - (root[frame * 3 + 2] ?? 0);
    way += Math.hypot(dx, dz);
    frame = next;
  }
  return (way * fps) / (clip.frames - 1);
}

function parseIndex(json: string): LibraryIndex {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw invalid("library.json is no JSON", cause);
  }
  const parsed = IndexSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`library.json: ${issue?.path.join(".")}: ${issue?.message}`, parsed.error);
}

const BYTES = { float32: 4, int16: 2, uint8: 1 } as const;

function readBlock(
  data: Uint8Array,
  block: z.infer<typeof BlockSchema>,
  name: string,
  dtype: keyof typeof BYTES,
  shape: readonly number[],
): Float32Array | Int16Array | Uint8Array {
  const met = `${block.dtype} [${block.shape.join(", ")}]`;
  const expected = `${dtype} [${shape.join(", ")}]`;
  if (met !== expected) throw invalid(`the block "${name}" is ${met}; expected ${expected}`);
  const length = shape.reduce((product, size) => product * size, 1);
  const end = block.offset_bytes + length * BYTES[dtype];
  if (end > data.length) throw invalid(`library.bin ends at ${data.length} bytes, within the block "${name}" (${end})`);
  // A copy, since a view would have to start at a multiple of the element's size; not slice(), which gives a view of a Buffer.
  const { buffer } = new Uint8Array(data.subarray(block.offset_bytes, end));
  if (dtype === "float32") return new Float32Array(buffer);
  return dtype === "int16" ? new Int16Array(buffer) : new Uint8Array(buffer);
}

function invalid(what: string, cause?: unknown): CoreError {
  return new CoreError("BUNDLE_INVALID", `The bundle's clip library cannot be used: ${what}.`, {
    remedy: "Install or export the bundle again.",
    ...(cause === undefined ? {} : { cause }),
  });
}
