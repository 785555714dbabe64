import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import type { Verification } from "../protocol/verification.ts";

/** Media types of files that their first bytes do not tell. */
const MIME_BY_EXTENSION: Record<string, string> = {
  ".bvh": "text/plain",
  ".glb": "model/gltf-binary",
  ".gltf": "model/gltf+json",
  ".json": "application/json",
  ".exr": "image/x-exr",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".webp": "image/webp",
};

/**
 * Verifies a file on disk, with the sidecar `<file>.c2pa` if one lies beside it.
 *
 * @param verify {@link Provenance.verify}, or the free function with its context bound
 * @throws Error of node:fs if the file cannot be read
 */
export async function verifyFile(
  path: string,
  verify: (bytes: Uint8Array, mime: string, sidecar?: Uint8Array) => Promise<Verification>,
): Promise<Verification> {
  const bytes = await readFile(path);
  const sidecar = await readFile(`${path}.c2pa`).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  return verify(bytes, MIME_BY_EXTENSION[extname(path).toLowerCase()] ?? "application/octet-stream", sidecar);
}
