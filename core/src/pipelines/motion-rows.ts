import { readFile } from "node:fs/promises";
import { z } from "zod";
import { bundleFile, type MotionBundle } from "../models/bundle.ts";
import { FEATURE_WIDTH, fromFeatures, toFeatures } from "../motion/features.ts";
import { fromHumanMl3d } from "../motion/humanml3d/from-humanml3d.ts";
import { HUMANML3D_WIDTH } from "../motion/humanml3d/read-joints.ts";
import type { Motion } from "../motion/motion.ts";
import { CoreError } from "../protocol/errors.ts";

/** How motions become the rows of numbers that a bundle's graph works on, and back. */
export interface MotionRows {
  /** Numbers of a row. */
  readonly width: number;
  /** Gives normalised rows of a motion that starts at the origin, [frames, width]; undefined where the graph's rows cannot be made from motions. */
  readonly encode: ((motion: Motion) => Float32Array) | undefined;
  /** Gives the motion of the first so many normalised rows; it starts near the origin. */
  decode(rows: Float32Array, frames: number): Motion;
}

const StatisticsSchema = z.object({ mean: z.array(z.number()).min(1), deviation: z.array(z.number()).min(1) });

/**
 * Reads the numbers that normalise a bundle's rows.
 *
 * @throws CoreError BUNDLE_INVALID
 */
export async function loadMotionRows(bundle: MotionBundle): Promise<MotionRows> {
  const { id, motion_diffusion } = bundle.manifest;
  const { representation, statistics, fps } = motion_diffusion;
  const invalid = (what: string, cause?: unknown) =>
    new CoreError("BUNDLE_INVALID", `Bundle "${id}": ${statistics.file} ${what}.`, {
      remedy: "Install or export the bundle again.",
      cause,
    });
  const text = await readFile(bundleFile(bundle, statistics.file), "utf8").catch((cause: unknown) => {
    throw invalid("cannot be read", cause);
  });
  const parsed = StatisticsSchema.safeParse(parse(text));
  if (!parsed.success) throw invalid("is no JSON of mean and deviation", parsed.error);
  const mean = Float32Array.from(parsed.data.mean);
  const deviation = Float32Array.from(parsed.data.deviation);
  const width = representation === "genga-141" ? FEATURE_WIDTH : HUMANML3D_WIDTH;
  if (mean.length !== width || deviation.length !== width) {
    throw invalid(`has ${mean.length} means and ${deviation.length} deviations; expected ${width} of each`);
  }
  const plainRows = (rows: Float32Array, frames: number) => {
    const plain = rows.slice(0, frames * width);
    for (let i = 0; i < plain.length; i++) {
      const column = i % width;
      plain[i] = (plain[i] ?? 0) * (deviation[column] ?? 1) + (mean[column] ?? 0);
    }
    return plain;
  };
  if (representation === "humanml3d-263") {
    return { width, encode: undefined, decode: (rows, frames) => fromHumanMl3d(plainRows(rows, frames), frames) };
  }
  return {
    width,
    encode: (motion) => {
      const rows = toFeatures(motion);
      for (let i = 0; i < rows.length; i++) {
        const column = i % width;
        rows[i] = ((rows[i] ?? 0) - (mean[column] ?? 0)) / (deviation[column] ?? 1);
      }
      return rows;
    },
    decode: (rows, frames) => fromFeatures(plainRows(rows, frames), fps),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
