import { z } from "zod";
import { MESH_FORMS } from "../formats/mesh-forms.ts";
import { MOTION_FORMS } from "../formats/motion-forms.ts";
import { MeshOutputSchema, MeshParamsSchema } from "../protocol/mesh.ts";
import { MotionOutputSchema } from "../protocol/motion.ts";
import type { RequestFile } from "./request-file.ts";

const ImageMimeSchema = z.object({ mime: z.string() }).catch({ mime: "image/png" });
const FormatsSchema = MotionOutputSchema.pick({ formats: true }).loose();
const MeshFormatsSchema = MeshOutputSchema.pick({ formats: true }).loose();
const LevelsSchema = MeshParamsSchema.pick({ lods: true }).loose();

/** Gives the file name of a frame where the command names none; `####` becomes its number. */
export function defaultPattern({ task, params }: RequestFile): string {
  if (task === "motion" || task === "mesh") return "frame.####";
  if (task === "texture") return "frame.####.glb";
  const { mime } = ImageMimeSchema.parse(params.output);
  return `frame.####.${mime === "image/jpeg" ? "jpg" : mime === "image/webp" ? "webp" : "png"}`;
}

/**
 * Gives the files of one run of a request, in the order of its job's outputs: of a picture or a painted mesh the name itself, of a motion
 * the name with the ending of each format, of a mesh the same for each level of detail.
 */
export function filesOf({ task, params }: RequestFile, name: string): string[] {
  if (task === "image" || task === "texture") return [name];
  // A request that is none of its task is refused by the core, which says why.
  if (task === "mesh") {
    const { formats } = MeshFormatsSchema.catch({ formats: ["glb"] }).parse(params.output ?? {});
    const { lods } = LevelsSchema.catch({ lods: [] }).parse(params);
    return [0, ...lods.map((_, i) => i + 1)].flatMap((lod) =>
      formats.map((format) => `${name}${lod === 0 ? "" : `_LOD${lod}`}${MESH_FORMS[format].ending}`),
    );
  }
  const { formats } = FormatsSchema.catch({ formats: ["bvh", "glb", "json"] }).parse(params.output ?? {});
  return formats.map((format) => `${name}${MOTION_FORMS[format].ending}`);
}
