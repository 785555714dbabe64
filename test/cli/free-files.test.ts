import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freeFiles } from "../../core/src/cli/free-files.ts";

let folder: string;
const at = (names: string[]) => names.map((name) => join(folder, name));
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "genga-free-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("keeps names that are free", () => {
  const names = at(["mesh-7.glb", "mesh-7_LOD1.glb"]);
  expect(freeFiles(names)).toEqual(names);
});

it("gives all files of a job the next number that none of them is taken with", async () => {
  for (const name of ["mesh-7_LOD1.glb", "mesh-7-2.obj"]) await writeFile(join(folder, name), "kept");
  expect(freeFiles(at(["mesh-7.glb", "mesh-7.obj", "mesh-7_LOD1.glb", "mesh-8.glb"]))).toEqual(
    at(["mesh-7-3.glb", "mesh-7-3.obj", "mesh-7-3_LOD1.glb", "mesh-8-3.glb"]),
  );
});

it("keeps an ending of two parts whole, and counts a credential that lies alone as taken", async () => {
  await writeFile(join(folder, "motion-3.bvh.c2pa"), "kept");
  expect(freeFiles(at(["motion-3.bvh", "motion-3.openpose.json"]))).toEqual(
    at(["motion-3-2.bvh", "motion-3-2.openpose.json"]),
  );
});
