import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { createReadStream } from "node:fs";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { makeFolder } from "../make-folder.ts";

/** Options of {@link DigestCache.digest}. */
export interface DigestOptions {
  signal?: AbortSignal;
  /** Told the bytes read since the last call. */
  onBytes?: (bytes: number) => void;
  /** Reads the file even if it was read before. */
  fresh?: boolean;
}

/**
 * Gives SHA-256 hashes of files and remembers them, so that a start does not read gigabytes again.
 *
 * An entry counts while path, size, inode, modification and change time (nanoseconds) are the same. The change time cannot be set
 * by a program, so bytes swapped behind a restored modification time are found. One small file an entry, put in place by
 * rename: the core, the inference process and the command line share the folder without a lock.
 */
export class DigestCache {
  readonly #folder: string;

  /** @param folder - made when it is first needed; its content may be deleted at any time */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Gives the SHA-256 of a file in lower-case hexadecimal digits. Throws the file system's own errors. */
  async digest(path: string, options: DigestOptions = {}): Promise<string> {
    const absolute = resolve(path);
    const before = stampOf(await stat(absolute, { bigint: true }));
    if (options.fresh !== true) {
      const known = await this.#recall(absolute, before);
      if (known !== undefined) return known;
    }
    const sha256 = await hashFile(absolute, options);
    const after = stampOf(await stat(absolute, { bigint: true }));
    if (before === after) await this.#remember(absolute, after, sha256);
    return sha256;
  }

  #entryFile(path: string): string {
    return join(this.#folder, `${createHash("sha256").update(path).digest("hex")}.txt`);
  }

  async #recall(path: string, stamp: string): Promise<string | undefined> {
    try {
      const [sha256 = "", ...rest] = (await readFile(this.#entryFile(path), "utf8")).split("\n");
      return /^[0-9a-f]{64}$/.test(sha256) && rest.join("\n") === `${stamp}\n${path}` ? sha256 : undefined;
    } catch {
      // Absent or unreadable: the file is read again, which is always right.
      return undefined;
    }
  }

  async #remember(path: string, stamp: string, sha256: string): Promise<void> {
    const file = this.#entryFile(path);
    const draft = `${file}.${process.pid}.${process.hrtime.bigint()}`;
    try {
      makeFolder(this.#folder);
      await writeFile(draft, `${sha256}\n${stamp}\n${path}`);
      await rename(draft, file);
    } catch {
      // A cache that cannot be written costs time, not correctness.
      await rm(draft, { force: true }).catch(() => undefined);
    }
  }
}

function stampOf(stats: BigIntStats): string {
  return [stats.size, stats.ino, stats.mtimeNs, stats.ctimeNs].join(" ");
}

async function hashFile(path: string, { signal, onBytes }: DigestOptions): Promise<string> {
  const hash = createHash("sha256");
  const stream = createReadStream(path, { highWaterMark: 1024 * 1024, ...(signal === undefined ? {} : { signal }) });
  for await (const chunk of stream) {
    hash.update(chunk);
    onBytes?.(chunk.length);
  }
  return hash.digest("hex");
}
