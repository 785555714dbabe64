import type { MotionFormat } from "../protocol/motion.ts";
import { MOTION_JSON_MIME } from "./motion-json.ts";

/** Media type and end of the file name of each form of motion. */
export const MOTION_FORMS: Readonly<Record<MotionFormat, { mime: string; ending: string }>> = {
  bvh: { mime: "application/x-bvh", ending: ".bvh" },
  glb: { mime: "model/gltf-binary", ending: ".glb" },
  json: { mime: MOTION_JSON_MIME, ending: ".json" },
  openpose: { mime: "application/json", ending: ".openpose.json" },
};
