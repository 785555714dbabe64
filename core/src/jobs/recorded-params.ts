import { createHash } from "node:crypto";
import type { ResolvedMotionParams } from "../pipelines/motion-params.ts";
import { canonicalJson } from "../provenance/canonical-json.ts";

/**
 * Gives the parameters of a motion as its records hold them: of a rig its name, how many bones it has and the SHA-256 of its canonical JSON
 * (RFC 8785), by which whoever has the rig can prove that it was the one. A whole rig of some hundred bones would stand in each file's
 * credential and in each line of the log, 60 kB at a time.
 */
export function recordedParams(params: ResolvedMotionParams): Record<string, unknown> {
  const { rig } = params;
  if (rig === undefined) return { ...params };
  const sha256 = createHash("sha256").update(canonicalJson(rig)).digest("hex");
  return { ...params, rig: { name: rig.name, bones: rig.bones.length, sha256 } };
}
