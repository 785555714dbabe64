import { z } from "zod";
import { MOTION_FORMS } from "../formats/motion-forms.ts";
import { MotionOutputSchema } from "../protocol/motion.ts";
import type { RequestFile } from "./request-file.ts";

const ImageMimeSchema = z.object({ mime: z.string() }).catch({ mime: "image/png" });
const FormatsSchema = MotionOutputSchema.pick({ formats: true }).loose();

/** Gives the file name of a frame where the command names none; `####` becomes its number. */
export function defaultPattern({ task, params }: RequestFile): string {
  if (task === "motion") return "frame.####";
  const { mime } = ImageMimeSchema.parse(params.output);
  return `frame.####.${mime === "image/jpeg" ? "jpg" : mime === "image/webp" ? "webp" : "png"}`;
}

/**
 * Gives the files of one run of a request, in the order of its job's outputs: of a picture the name itself, of a motion the name with the
 * ending of each format.
 */
export function filesOf({ task, params }: RequestFile, name: string): string[] {
  if (task === "image") return [name];
  // A request that is no motion is refused by the core, which says why.
  const { formats } = FormatsSchema.catch({ formats: ["bvh", "glb", "json"] }).parse(params.output ?? {});
  return formats.map((format) => `${name}${MOTION_FORMS[format].ending}`);
}
