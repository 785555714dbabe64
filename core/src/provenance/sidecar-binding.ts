import { createHash } from "node:crypto";
import { z } from "zod";

/** The data hash assertion as crJSON shows it (C2PA 2.2 §18.5). */
const DataHashSchema = z.object({
  alg: z.enum(["sha256", "sha384", "sha512"]).default("sha256"),
  hash: z.string().regex(/^b64'[A-Za-z0-9+/=]*'$/),
  exclusions: z.array(z.object({ start: z.int().min(0), length: z.int().min(0) })).default([]),
});

/**
 * Says whether a file is the one that a manifest beside it speaks of: `match`, `mismatch`, or `unsupported` if the manifest binds by
 * something else than a hash of the data (video files in boxes).
 */
export function checkDataHash(
  asset: Uint8Array,
  assertions: Record<string, unknown>,
): "match" | "mismatch" | "unsupported" {
  const parsed = DataHashSchema.safeParse(assertions["c2pa.hash.data"]);
  if (!parsed.success) return "unsupported";
  const { alg, hash, exclusions } = parsed.data;
  const hasher = createHash(alg);
  let offset = 0;
  for (const { start, length } of [...exclusions].sort((a, b) => a.start - b.start)) {
    if (start < offset || start + length > asset.length) return "mismatch";
    hasher.update(asset.subarray(offset, start));
    offset = start + length;
  }
  hasher.update(asset.subarray(offset));
  return hasher.digest("base64") === hash.slice(4, -1) ? "match" : "mismatch";
}
