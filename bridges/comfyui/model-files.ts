import { open, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { z } from "zod";
import type { DigestCache } from "../../core/src/models/digest-cache.ts";

const ENDINGS = ["", ".safetensors", ".pt", ".bin"];
const MAX_HEADER_BYTES = 64 * 1024 * 1024;

/** Model files of a ComfyUI server that this machine can read: its folder `models` by the setting `models_folder`. */
export class ModelFiles {
  readonly #folder: string;
  readonly #digests: DigestCache;

  constructor(folder: string, digests: DigestCache) {
    this.#folder = folder;
    this.#digests = digests;
  }

  /** Gives the SHA-256 of a file, undefined if it cannot be found in these folders or read. */
  async sha256(name: string, folders: readonly string[], signal?: AbortSignal): Promise<string | undefined> {
    const path = await this.#find(name, folders);
    if (path === undefined) return undefined;
    try {
      return await this.#digests.digest(path, signal === undefined ? {} : { signal });
    } catch (thrown) {
      if (signal?.aborted) throw thrown;
      return undefined;
    }
  }

  /** Gives the names of a safetensors file's tensors; undefined for other files. */
  async tensors(name: string, folders: readonly string[]): Promise<string[] | undefined> {
    if (!/\.(safetensors|sft)$/i.test(name)) return undefined;
    const path = await this.#find(name, folders);
    if (path === undefined) return undefined;
    const file = await open(path).catch(() => undefined);
    try {
      const length = Buffer.alloc(8);
      await file?.read(length, 0, 8, 0);
      const size = Number(length.readBigUInt64LE());
      if (file === undefined || size === 0 || size > MAX_HEADER_BYTES) return undefined;
      const header = Buffer.alloc(size);
      await file.read(header, 0, size, 8);
      const tensors = z.record(z.string(), z.unknown()).parse(JSON.parse(header.toString("utf8")));
      return Object.keys(tensors).filter((key) => key !== "__metadata__");
    } catch {
      // A file that is no whole safetensors file says nothing; the server's word on it counts.
      return undefined;
    } finally {
      await file?.close();
    }
  }

  /** A name comes from the server: it must lie inside the folder, links followed. */
  async #find(name: string, folders: readonly string[]): Promise<string | undefined> {
    for (const folder of folders) {
      for (const ending of folder === "embeddings" ? ENDINGS : [""]) {
        try {
          const root = await realpath(join(this.#folder, folder));
          const path = join(root, `${name.replaceAll("\\", "/")}${ending}`);
          if (path.startsWith(root + sep) && (await stat(path)).isFile()) return path;
        } catch {
          // Not in this one.
        }
      }
    }
    return undefined;
  }
}
