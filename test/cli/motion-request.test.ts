import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileOf } from "../../core/src/cli/motion-request.ts";

describe("fileOf", () => {
  it.each([
    ["motion-1.bvh", "motion-1.bvh"],
    ["../../.bashrc", ".bashrc"],
    ["/etc/motion.bvh", "motion.bvh"],
    ["..\\..\\motion.bvh", "motion.bvh"],
    ["", "motion.bvh"],
  ])("saves what a core names %j in the folder that was chosen", (name, saved) => {
    expect(fileOf({ folder: "walks" }, { format: "bvh", variation: 0, name }, 1)).toBe(join("walks", saved));
  });

  it("numbers the variations of a file", () => {
    expect(fileOf({ base: "walk" }, { format: "glb", variation: 1, name: "x" }, 2)).toBe("walk-2.glb");
    expect(fileOf({ base: "walk" }, { format: "glb", variation: 0, name: "x" }, 1)).toBe("walk.glb");
  });
});
