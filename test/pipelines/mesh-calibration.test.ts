import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { MeshBundle } from "../../core/src/models/bundle.ts";
import { readCalibration } from "../../core/src/pipelines/mesh-calibration.ts";
import { tinyMeshBundle } from "./mesh-bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "genga-calibration-"));
afterAll(() => rmSync(folder, { recursive: true }));

function bundleWith(json: unknown): MeshBundle {
  writeFileSync(join(folder, "calibration.json"), JSON.stringify(json));
  const { manifest } = tinyMeshBundle;
  const calibration = { file: "calibration.json", sha256: "0".repeat(64), size: 1 };
  return {
    ...tinyMeshBundle,
    folder,
    manifest: { ...manifest, mesh_diffusion: { ...manifest.mesh_diffusion, calibration } },
  };
}

it("draws straight lines between measured points and holds the ends", async () => {
  const calibration = await readCalibration(
    bundleWith({
      format: "genga.mesh-calibration.v1",
      library: [
        [0.2, 0.1],
        [0.6, 0.5],
        [1, 0.9],
      ],
      generated: [[0.5, 0.7]],
    }),
  );
  expect([0, 0.2, 0.4, 0.8, 1].map((at) => calibration("library", at))).toEqual(
    [0.1, 0.1, 0.3, 0.7, 0.9].map((value) => expect.closeTo(value, 9)),
  );
  expect([0.1, 0.9].map((at) => calibration("generated", at))).toEqual([0.7, 0.7]);
  // What was not measured counts as it does without a file.
  expect(calibration("parametric", 0.4)).toBe(0.4);
});

it("takes a shape program before a library that is as sure where nothing was measured", async () => {
  const calibration = await readCalibration(tinyMeshBundle);
  expect(calibration("parametric", 0.9)).toBeGreaterThan(calibration("library", 0.9));
  expect(calibration("library", 0.9)).toBeGreaterThan(calibration("generated", 0.9));
});

it.each([
  { format: "genga.mesh-calibration.v2" },
  { format: "genga.mesh-calibration.v1", library: [[0.5, 2]] },
  {
    format: "genga.mesh-calibration.v1",
    library: [
      [0.5, 0.2],
      [0.5, 0.4],
    ],
  },
])("refuses %j by name", async (json) => {
  await expect(readCalibration(bundleWith(json))).rejects.toMatchObject({
    code: "BUNDLE_INVALID",
    message: 'Bundle "tiny-random-mesh": calibration.json is no calibration of sources.',
  });
});
