import { readFile } from "node:fs/promises";
import { z } from "zod";
import { bundleFile, type MeshBundle } from "../models/bundle.ts";
import { CoreError } from "../protocol/errors.ts";
import type { MeshSource } from "../protocol/mesh.ts";

const CurveSchema = z
  .array(z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)]))
  .min(1)
  .refine((points) => points.every(([at], i) => i === 0 || at > (points[i - 1]?.[0] ?? 0)), "must rise");

const CalibrationSchema = z.object({
  format: z.literal("genga.mesh-calibration.v1"),
  parametric: CurveSchema.optional(),
  library: CurveSchema.optional(),
  generated: CurveSchema.optional(),
});

/** Gives how often a source was right, measured, where it was as sure of itself as this. */
export type MeshCalibration = (source: MeshSource, confidence: number) => number;

/**
 * What holds for a bundle without measures: names are sure, a library's models are what their names say but seldom as described, and a
 * network's shapes are rough.
 */
const UNMEASURED: Readonly<Record<MeshSource, number>> = { parametric: 1, library: 0.98, generated: 0.6 };

/**
 * Reads what was measured of a bundle's sources: JSON of format genga.mesh-calibration.v1 with, for each source, points [confidence,
 * share of right answers] of rising confidence; straight lines lie between them.
 *
 * @throws CoreError BUNDLE_INVALID if the file is missing or wrong
 */
export async function readCalibration(bundle: MeshBundle): Promise<MeshCalibration> {
  const { id, mesh_diffusion } = bundle.manifest;
  const { calibration } = mesh_diffusion;
  if (calibration === undefined) return (source, confidence) => confidence * UNMEASURED[source];
  let curves: z.infer<typeof CalibrationSchema>;
  try {
    curves = CalibrationSchema.parse(JSON.parse(await readFile(bundleFile(bundle, calibration.file), "utf8")));
  } catch (cause) {
    throw new CoreError("BUNDLE_INVALID", `Bundle "${id}": ${calibration.file} is no calibration of sources.`, {
      remedy: "Install the bundle again; `genga models verify` names the files that differ.",
      cause,
    });
  }
  return (source, confidence) => {
    const curve = curves[source];
    return curve === undefined ? confidence * UNMEASURED[source] : valueAt(curve, confidence);
  };
}

function valueAt(curve: z.infer<typeof CurveSchema>, at: number): number {
  const next = curve.findIndex(([x]) => x >= at);
  const [x1, y1] = curve[next] ?? curve.at(-1) ?? [1, 1];
  const [x0, y0] = curve[next - 1] ?? [x1, y1];
  return next <= 0 || x1 === x0 ? y1 : y0 + ((y1 - y0) * (at - x0)) / (x1 - x0);
}
