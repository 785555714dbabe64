import type { Motion } from "../motion/motion.ts";
import { CoreError } from "../protocol/errors.ts";
import { decodeBvh } from "./decode-bvh.ts";
import { decodeMotionJson, type MotionNotes } from "./motion-json.ts";
import { sniffMotion } from "./sniff-motion.ts";

/**
 * Reads a motion of a file: BVH, or JSON of this core; its first bytes tell which. BVH has no notes.
 *
 * @throws CoreError ASSET_UNREADABLE
 */
export function decodeMotion(bytes: Uint8Array): { motion: Motion } & MotionNotes {
  switch (sniffMotion(bytes)) {
    case "bvh":
      return { motion: decodeBvh(bytes), segments: [], origin: [] };
    case "json":
      return decodeMotionJson(bytes);
    default:
      throw new CoreError("ASSET_UNREADABLE", "The motion file cannot be read: it is neither BVH nor JSON.", {
        remedy: "Give a BVH, or a JSON motion file that this core wrote.",
      });
  }
}
