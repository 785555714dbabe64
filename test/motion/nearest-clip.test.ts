import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type ClipLibrary, readClipLibrary } from "../../core/src/motion/clip-library.ts";
import { forwardKinematics } from "../../core/src/motion/forward-kinematics.ts";
import { frameCount } from "../../core/src/motion/motion.ts";
import { conflicts, nearestClips } from "../../core/src/motion/nearest-clip.ts";
import { toCoreError } from "../../core/src/protocol/errors.ts";

const folder = new URL("../../models/tiny-random-motion/", import.meta.url);
const json = readFileSync(new URL("library.json", folder), "utf8");
const data = readFileSync(new URL("library.bin", folder));

/** A library of captions alone, all of whose vectors are the same: words and length decide. */
function captionsOnly(...entries: [caption: string, mirror: boolean, frames: number][]): ClipLibrary {
  const clip = { action: "", captions: [], offset: 0, loop: false, licence: "", source: "" };
  return {
    fps: 20,
    clips: entries.map(([, , frames], i) => ({ ...clip, id: `clip${i}`, frames })),
    captions: entries.map(([caption, mirror], i) => ({ clip: i, caption, mirror })),
    embeddings: new Float32Array(entries.length).fill(1),
    embedding_dim: 1,
    motion: () => ({ fps: 20, root: new Float32Array(3), rotations: new Float32Array(88) }),
    speed: () => 0,
  };
}
const best = (library: ClipLibrary, prompt: string) =>
  nearestClips(library, { prompt, embedding: [1], duration_s: 4 })[0];

describe("readClipLibrary", () => {
  const library = readClipLibrary(json, data);

  it("reads clips whose joints stand on the ground", () => {
    expect(library.clips.length).toBeGreaterThan(3);
    for (const [i, clip] of library.clips.entries()) {
      const motion = library.motion(i);
      expect(frameCount(motion)).toBe(clip.frames);
      expect(motion.contacts).toHaveLength(clip.frames * 4);
      const { positions } = forwardKinematics(motion);
      const heights = positions.filter((_, k) => k % 3 === 1);
      expect(Math.min(...heights)).toBeGreaterThan(-0.05);
      expect(Math.max(...heights)).toBeLessThan(2.6);
    }
  });

  it("holds unit vectors, by which a caption finds its own clip", () => {
    for (const [row, { clip, caption, mirror }] of library.captions.entries()) {
      const embedding = library.embeddings.subarray(row * library.embedding_dim, (row + 1) * library.embedding_dim);
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 4);
      const found = nearestClips(library, { prompt: caption, embedding, duration_s: 3 }, 3);
      expect(found).toContainEqual(expect.objectContaining({ clip, mirror }));
    }
  });

  it.each([
    ["no JSON", "nonsense", data],
    ["another format", json.replace("genga.clips.v1", "genga.clips.v9"), data],
    ["a library.bin that ends too early", json, data.subarray(0, 5000)],
    ["another skeleton", json.replace('"left_hip"', '"hip_left"'), data],
  ])("refuses %s with BUNDLE_INVALID", (_, text, bytes) => {
    let thrown: unknown;
    try {
      readClipLibrary(text, bytes);
    } catch (error) {
      thrown = error;
    }
    expect(toCoreError(thrown).code).toBe("BUNDLE_INVALID");
    expect(toCoreError(thrown).remedy).toBeDefined();
  });
});

describe("nearestClips", () => {
  it("obeys sides, directions and tempo; a mirrored clip counts by its mirrored words", () => {
    const library = captionsOnly(["a person turns right", false, 80], ["a person turns left", true, 80]);
    expect(best(library, "someone turns left")).toMatchObject({ clip: 1, mirror: true });
    expect(best(library, "someone turns right")).toMatchObject({ clip: 0, mirror: false });
    const tempo = captionsOnly(
      ["walks slowly backward", false, 80],
      ["walks quickly forward", false, 80],
      ["walks forward slowly", false, 80],
    );
    expect(best(tempo, "a man walks forward slowly")?.clip).toBe(2);
    expect(best(tempo, "a man walks forward fast")?.clip).toBe(1);
  });

  it("prefers a clip without a side to one with, where none is said", () => {
    expect(
      best(captionsOnly(["kicks with the left leg", false, 80], ["kicks", false, 80]), "a person kicks")?.clip,
    ).toBe(1);
  });

  it("prefers a clip that is named for what is asked to one named for more, whose plain caption is the same", () => {
    const library = captionsOnly(["someone jumps", false, 80], ["someone jumps", false, 80]);
    const named = (...names: string[]) => ({
      ...library,
      clips: library.clips.map((clip, i) => ({ ...clip, captions: [names[i] ?? "", "someone jumps"] })),
    });
    expect(best(named("jump and spin kick", "jump"), "someone jumps")?.clip).toBe(1);
    expect(best(named("jump", "jump and spin kick"), "someone jumps")?.clip).toBe(0);
    expect(best(named("jump idle", "someone jumps far up on the spot"), "someone jumps")?.clip).toBe(1);
  });

  it("prefers the clip of about the length that is wanted", () => {
    expect(best(captionsOnly(["waves", false, 20], ["waves", false, 80], ["waves", false, 400]), "waves")?.clip).toBe(
      1,
    );
  });

  it("counts opposite words once for each pair", () => {
    expect(conflicts("walks left", "walks right")).toBe(1);
    expect(conflicts("turns counterclockwise", "turns clockwise")).toBe(1);
    expect(conflicts("turns clockwise", "turns clockwise")).toBe(0);
    expect(conflicts("looks left and right", "looks right")).toBe(0);
  });
});
