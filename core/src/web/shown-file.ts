import type { JobSummary } from "../protocol/core-messages.ts";
import type { AssetRef } from "../protocol/fields.ts";

const GLB_MIME = "model/gltf-binary";
const MOTION_MIME = "application/vnd.genga.motion+json";

/** Gives the JSON file of the same variation as a file of a motion: what the page can show. */
export function shownMotion({ name = "", mime }: AssetRef, { task, outputs }: JobSummary): AssetRef | undefined {
  if (task !== "motion") return undefined;
  const stem = name.replace(/\.(openpose\.json|[a-z]+)$/, "");
  return outputs.find(
    (output) =>
      output.mime === MOTION_MIME && (mime === MOTION_MIME ? output.name === name : output.name === `${stem}.json`),
  );
}

/** Gives the GLB of the same mesh as a file of a mesh: what the page can show. */
export function shownModel({ name = "", mime, sha256 }: AssetRef, { task, outputs }: JobSummary): AssetRef | undefined {
  if (task !== "mesh" && task !== "texture") return undefined;
  const stem = name.replace(/\.[a-z]+$/, "");
  return outputs.find((output) =>
    mime === GLB_MIME ? output.sha256 === sha256 : output.mime === GLB_MIME && output.name === `${stem}.glb`,
  );
}
