import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { bundleFile, type MotionBundle } from "../models/bundle.ts";
import { libraryClips } from "../motion/clip-library.ts";
import { CoreError } from "../protocol/errors.ts";
import { type ClipFacts, ClipFactsSchema } from "../protocol/motion.ts";

/** Libraries that were read, by the hash of their index; a core has one or two. */
const known = new Map<string, ReadonlyMap<string, ClipFacts>>();

/**
 * Gives what a bundle's library declares of each of its clips, by id.
 *
 * @throws CoreError BUNDLE_CORRUPT if the index is not the one that the manifest names; BUNDLE_INVALID if it cannot be read
 */
export async function readClipFacts(bundle: MotionBundle): Promise<ReadonlyMap<string, ClipFacts>> {
  const { id, motion_diffusion } = bundle.manifest;
  const index = motion_diffusion.library?.index;
  if (index === undefined) return new Map();
  const seen = known.get(index.sha256);
  if (seen !== undefined) return seen;
  const { file, sha256: expected } = index;
  const bytes = await readFile(bundleFile(bundle, file)).catch((cause: unknown) => {
    throw new CoreError("BUNDLE_INVALID", `Bundle "${id}": ${file} is missing or cannot be read.`, {
      remedy: "Export or import the bundle again.",
      data: { bundle: id, file },
      cause,
    });
  });
  const met = createHash("sha256").update(bytes).digest("hex");
  if (met !== expected) {
    throw new CoreError("BUNDLE_CORRUPT", `Bundle "${id}": ${file} has SHA-256 ${met}; expected ${expected}.`, {
      remedy: "The file was changed or damaged since the bundle was made. Export or import the bundle again.",
      data: { bundle: id, file, expected, met },
    });
  }
  const facts = new Map(
    libraryClips(bytes.toString("utf8")).map((clip) => {
      const { id: clip_id, licence, source, sha256 } = clip;
      return [
        clip_id,
        ClipFactsSchema.parse({ id: clip_id, licence, source, ...(sha256 === undefined ? {} : { sha256 }) }),
      ];
    }),
  );
  known.set(expected, facts);
  return facts;
}
