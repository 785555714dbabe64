import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { CoreError } from "../protocol/errors.ts";

/** A file that the user named. */
export interface InputFile {
  bytes: Uint8Array;
  mime: string;
  name: string;
}

/**
 * Reads a file that the user named on the command line.
 *
 * @throws CoreError INVALID_REQUEST naming the file
 */
export async function readInput(file: string): Promise<InputFile> {
  try {
    return { bytes: await readFile(file), mime: mimeOf(file), name: basename(file) };
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const reason =
      { ENOENT: "there is no such file", EACCES: "it may not be read", EISDIR: "it is a folder" }[code] ?? code;
    throw new CoreError("INVALID_REQUEST", `Cannot read ${file}: ${reason}.`, { remedy: "Check the path.", cause });
  }
}

const MIME_BY_EXTENSION: Record<string, string> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  glb: "model/gltf-binary",
  exr: "image/x-exr",
  bvh: "application/x-bvh",
  obj: "model/obj",
  ply: "application/x-ply",
  json: "application/json",
};

/** Gives the media type that a file's name promises. */
export function mimeOf(file: string): string {
  return MIME_BY_EXTENSION[file.slice(file.lastIndexOf(".") + 1).toLowerCase()] ?? "application/octet-stream";
}
