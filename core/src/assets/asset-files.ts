import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../make-folder.ts";
import { CoreError } from "../protocol/errors.ts";
import { Sha256Schema } from "../protocol/fields.ts";

/** Tells a file that was changed or replaced from the one that was checked. */
export interface Fingerprint {
  size: number;
  mtime_ms: number;
  ino: number;
}

/** Bytes hashed before the event loop gets a turn: 4 MiB take about 4 ms. */
const HASH_SLICE = 4 * 1024 * 1024;

/** The folders of the store. Every path is made here, and only of a checked SHA-256. */
export class AssetFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Path of an asset: two digits of the hash are a folder, so that none holds too many files. */
  asset(sha256: string): string {
    return join(this.#folder, checked(sha256).slice(0, 2), sha256);
  }

  /** Path of an upload that is not finished. */
  part(sha256: string, number: number): string {
    return join(this.temporary, `${checked(sha256)}.${number}.part`);
  }

  /** Path of bytes that are written in one go. */
  incoming(sha256: string, number: number): string {
    return join(this.temporary, `${checked(sha256)}.${number}.tmp`);
  }

  /** Where a damaged file is set aside. */
  quarantined(sha256: string): string {
    return join(this.quarantine, checked(sha256));
  }

  get temporary(): string {
    return join(this.#folder, "tmp");
  }

  get quarantine(): string {
    return join(this.#folder, "quarantine");
  }

  async makeFolders(): Promise<void> {
    makeFolder(this.temporary, 0o700);
    makeFolder(this.quarantine, 0o700);
  }

  /** Gives the hashes of all files that are in place. */
  async list(): Promise<string[]> {
    const found: string[] = [];
    for (const shard of await readdir(this.#folder)) {
      if (!/^[0-9a-f]{2}$/.test(shard)) continue;
      for (const name of await readdir(join(this.#folder, shard))) {
        if (Sha256Schema.safeParse(name).success && name.startsWith(shard)) found.push(name);
      }
    }
    return found;
  }

  /** Moves a synced file to its place, and syncs the folders so that the name survives a power cut. */
  async place(temporary: string, sha256: string): Promise<Fingerprint> {
    const target = this.asset(sha256);
    const shard = join(target, "..");
    const created = await mkdir(shard, { mode: 0o700, recursive: true });
    await rename(temporary, target);
    await syncFolder(shard);
    if (created !== undefined) await syncFolder(this.#folder);
    return fingerprint(target);
  }
}

/** Writes bytes to a file that did not exist, and syncs it; nothing is left of it on an error. */
export async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
  await file.close();
}

/** Gives what tells a file from a changed one. */
export async function fingerprint(path: string): Promise<Fingerprint> {
  const { size, mtimeMs, ino } = await stat(path);
  return { size, mtime_ms: mtimeMs, ino };
}

/** Hashes the first `length` bytes of a file. */
export async function hashFile(file: FileHandle, length: number): Promise<ReturnType<typeof createHash>> {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(HASH_SLICE, length)));
  let position = 0;
  while (position < length) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, length - position), position);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  return hash;
}

/** Hashes bytes, giving the event loop a turn now and then. */
export async function hashBytes(bytes: Uint8Array): Promise<string> {
  const hash = createHash("sha256");
  for (let start = 0; start < bytes.length; start += HASH_SLICE) {
    if (start > 0) await new Promise(setImmediate);
    hash.update(bytes.subarray(start, start + HASH_SLICE));
  }
  return hash.digest("hex");
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder; NTFS journals the rename itself.
  if (process.platform === "win32") return;
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function checked(sha256: string): string {
  if (Sha256Schema.safeParse(sha256).success) return sha256;
  throw new CoreError(
    "INVALID_REQUEST",
    `"${sha256.slice(0, 80)}" is no asset; expected 64 lower-case hexadecimal digits.`,
  );
}
