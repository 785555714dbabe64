import { describe, expect, it } from "vitest";
import type { ClipLibrary } from "../../core/src/motion/clip-library.ts";
import { frameCount, type Motion } from "../../core/src/motion/motion.ts";
import { JOINT_COUNT } from "../../core/src/motion/skeleton.ts";
import { findReference } from "../../core/src/pipelines/motion-references.ts";

interface TestClip {
  id: string;
  caption: string;
  action: string;
  /** Cosine to every prompt. */
  near: number;
  /** Metres a second. */
  speed?: number;
  /** Degrees to the left. */
  turn?: number;
  mirror?: boolean;
  /** Whether it begins with a frame in the rest pose. */
  rests?: boolean;
}

const FRAMES = 80;

/** A figure with its arms down that goes and turns evenly. */
function figure({ speed = 0, turn = 0, rests = false }: TestClip): Motion {
  const rotations = new Float32Array(FRAMES * JOINT_COUNT * 4);
  const root = new Float32Array(FRAMES * 3);
  for (let i = 3; i < rotations.length; i += 4) rotations[i] = 1;
  for (let frame = 0; frame < FRAMES; frame++) {
    const angle = (((turn * Math.PI) / 180) * frame) / (FRAMES - 1);
    rotations.set([0, Math.sin(angle / 2), 0, Math.cos(angle / 2)], frame * JOINT_COUNT * 4);
    root.set([0, 0.95, (speed * frame) / 20], frame * 3);
    if (rests && frame === 0) continue;
    for (const [joint, side] of [
      [16, -1],
      [17, 1],
    ] as const) {
      rotations.set([0, 0, side * Math.SQRT1_2, Math.SQRT1_2], (frame * JOINT_COUNT + joint) * 4);
    }
  }
  return { fps: 20, root, rotations };
}

function libraryOf(...clips: TestClip[]): ClipLibrary {
  return {
    fps: 20,
    clips: clips.map(({ id, action, caption }) => {
      return { id, action, captions: [caption], frames: FRAMES, offset: 0, loop: false, licence: "", source: "" };
    }),
    captions: clips.map(({ caption, mirror = false }, clip) => ({ clip, caption, mirror })),
    embeddings: Float32Array.from(clips, ({ near }) => near),
    embedding_dim: 1,
    motion: (clip) => figure(clips[clip] as TestClip),
    speed: (clip) => clips[clip]?.speed ?? 0,
  };
}

const search = (take: "near" | "always" | "never", prompt: string, ...clips: TestClip[]) =>
  findReference(libraryOf(...clips), { prompt, embedding: Float32Array.of(1), frames: FRAMES, choice: 0, take });

const find = (prompt: string, ...clips: TestClip[]) => search("near", prompt, ...clips).reference;

describe("findReference", () => {
  const walk = { caption: "walks", action: "walk" };

  it("takes a clip of an ordinary speed for a plain walk or jog, however near the words of a faster one are", () => {
    const robot = { id: "robot", ...walk, near: 1, speed: 2.7 };
    expect(find("a person walks", robot, { id: "plain", ...walk, near: 0.8, speed: 1.2 })?.clip).toBe("plain");
    const jog = { caption: "jogs", action: "run" };
    const near = { id: "fast", ...jog, near: 1, speed: 5.5 };
    expect(find("someone jogs", near, { id: "jog", ...jog, near: 0.7, speed: 2.5 })?.clip).toBe("jog");
  });

  it("takes a clip of the kind of action that most near ones are of", () => {
    const jump = { caption: "jumps", action: "jump" };
    const jacks = { id: "jacks", caption: "jumps", action: "exercise", near: 1 };
    expect(find("jumps", jacks, { id: "a", ...jump, near: 0.99 }, { id: "b", ...jump, near: 0.95 })?.clip).toBe("a");
  });

  it("takes a clip that turns as far as is said; a mirrored one turns to the other side", () => {
    const turn = { caption: "turns left", action: "turn" };
    const around = { id: "around", ...turn, near: 1, turn: 180 };
    expect(find("turns left", around, { id: "quarter", ...turn, near: 0.98, turn: 85 })?.clip).toBe("quarter");
    const mirrored = { id: "mirrored", ...turn, near: 0.98, turn: -85, mirror: true };
    expect(find("turns left", around, mirrored)?.clip).toBe("mirrored");
  });

  it("takes no clip for words that no caption has, and says what is nearest; another word beside known ones is no matter if it is near", () => {
    const clip = { id: "walk", ...walk, near: 0.74 };
    expect(search("near", "a person frobnicates", { ...clip, near: 1 })).toEqual({ unknown: "walks" });
    expect(search("near", "a boxer walks gleefully", clip)).toEqual({ unknown: "walks" });
    expect(search("near", "a boxer walks gleefully", { ...clip, near: 0.76 }).unknown).toBeUndefined();
    expect(search("near", "a boxer walks", { ...clip, near: 0.59 })).toEqual({ unknown: "walks" });
    expect(search("near", "a boxer walks", clip).reference?.clip).toBe("walk");
  });

  it("takes the nearest clip of unknown words where a recording is asked for, and none where none is", () => {
    const clip = { id: "walk", ...walk, near: 0.7 };
    const found = search("always", "a person frobnicates", clip);
    expect([found.reference?.clip, found.unknown]).toEqual(["walk", "walks"]);
    expect(search("never", "a person walks", clip)).toEqual({});
    expect(search("never", "a person frobnicates", clip)).toEqual({ unknown: "walks" });
  });

  it("leaves out a rest pose in front of a recording", () => {
    const found = find("walks", { id: "rests", ...walk, near: 1, rests: true, speed: 1 });
    expect(frameCount(found?.motion as Motion)).toBe(FRAMES);
    const arm = found?.motion.rotations.subarray(16 * 4, 17 * 4);
    expect(Math.abs(arm?.[2] ?? 0)).toBeCloseTo(Math.SQRT1_2, 3);
  });
});
