import { open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import type { AssetRef } from "../protocol/fields.ts";
import type { Store, StoreBatch } from "../store.ts";
import { AssetFiles, type Fingerprint, fingerprint, hashBytes, hashFile, writeSynced } from "./asset-files.ts";
import { AssetIndex } from "./asset-index.ts";
import type { AssetKeeper, AssetStore, AssetUpload, AssetUsage } from "./asset-store.ts";
import { resumeUpload, type UploadHost } from "./asset-upload.ts";

/** Options of {@link openAssetStore}. */
export interface AssetStoreOptions {
  /** Folder of the files; made if it is not there. */
  folder: string;
  store: Store;
  quota_bytes: number;
  max_asset_bytes: number;
  /** Milliseconds since 1970. */
  clock: () => number;
  /** Time after its last use in which an asset is not evicted, so that what was just uploaded is there when the request comes. */
  grace_ms?: number;
}

export const ASSET_STORE_DEFAULTS = { grace_ms: 60 * 60 * 1000 };

/** An upload that nobody went on with, and a damaged file that was set aside, are removed after this time. */
const PART_KEPT_MS = 24 * 60 * 60 * 1000;
const QUARANTINE_KEPT_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Opens the asset store in a folder and removes what a crash left behind.
 *
 * A file is written beside its place, synced, renamed, and only then recorded; so a recorded asset is whole, and a file without a
 * record is a leftover.
 *
 * @throws CoreError STORAGE_FULL
 */
export async function openAssetStore(options: AssetStoreOptions): Promise<AssetStore> {
  const files = new AssetFiles(options.folder);
  const index = new AssetIndex(options.store);
  try {
    await files.makeFolders();
    await removeLeftovers(files, index, options.clock());
  } catch (error) {
    throw toCoreError(error);
  }
  return new FileAssetStore(files, index, { ...ASSET_STORE_DEFAULTS, ...options });
}

class FileAssetStore implements AssetStore, UploadHost {
  readonly files: AssetFiles;
  readonly #index: AssetIndex;
  readonly #options: Required<AssetStoreOptions>;
  /** Files that were hashed, or written by this process, as they looked then. */
  readonly #checked = new Map<string, Fingerprint>();
  readonly active_parts = new Set<string>();
  #reserved = 0;
  #counter = 0;
  #keeper: AssetKeeper | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(files: AssetFiles, index: AssetIndex, options: Required<AssetStoreOptions>) {
    this.files = files;
    this.#index = index;
    this.#options = options;
  }

  async put(bytes: Uint8Array, mime: string, name?: string): Promise<AssetRef> {
    const sha256 = await hashBytes(bytes);
    const ref: AssetRef = { sha256, size: bytes.length, mime, ...(name === undefined ? {} : { name }) };
    if (await this.keep(ref)) return ref;
    const unreserve = await this.reserve(ref);
    const temporary = this.files.incoming(sha256, this.nextNumber());
    try {
      await writeSynced(temporary, bytes);
      await this.place(temporary, ref);
    } catch (error) {
      throw toCoreError(error);
    } finally {
      unreserve();
    }
    return ref;
  }

  async upload(ref: AssetRef): Promise<AssetUpload> {
    if (await this.keep(ref)) return finishedUpload(ref);
    const unreserve = await this.reserve(ref);
    try {
      return await resumeUpload(this, ref, unreserve);
    } catch (error) {
      unreserve();
      throw toCoreError(error);
    }
  }

  async stat(sha256: string): Promise<AssetRef | undefined> {
    this.#index.touch(sha256, this.#options.clock());
    return this.#index.ref(sha256);
  }

  async read(sha256: string): Promise<Uint8Array> {
    this.#found(sha256);
    const path = this.files.asset(sha256);
    let seen: Fingerprint;
    let bytes: Uint8Array;
    try {
      seen = await fingerprint(path);
      bytes = await readFile(path);
    } catch (error) {
      throw await this.#unreadable(sha256, error);
    }
    if ((await hashBytes(bytes)) !== sha256) throw await this.#setAside(sha256, seen);
    this.#checked.set(sha256, seen);
    return bytes;
  }

  async stream(sha256: string, range?: { start: number; end: number }): Promise<Readable> {
    const { size } = this.#found(sha256);
    const { start, end } = range ?? { start: 0, end: size };
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end < start || end > size) {
      throw new CoreError("INVALID_REQUEST", `Range ${start}–${end} lies outside the asset's ${size} bytes.`);
    }
    await this.#check(sha256);
    if (start === end) return Readable.from([]);
    try {
      // Opened here and not when it is first read: an eviction in between must not break a download.
      const file = await open(this.files.asset(sha256), "r");
      return file.createReadStream({ start, end: end - 1 });
    } catch (error) {
      throw await this.#unreadable(sha256, error);
    }
  }

  async retain(owner: string, sha256s: readonly string[], batch?: StoreBatch): Promise<void> {
    if (batch !== undefined) return this.#index.retain(owner, sha256s, batch);
    await this.#options.store.write((own) => this.#index.retain(owner, sha256s, own));
  }

  async release(owner: string, batch?: StoreBatch): Promise<void> {
    if (batch !== undefined) return this.#index.release(owner, batch);
    await this.#options.store.write((own) => this.#index.release(owner, own));
  }

  keepFor(keeper: AssetKeeper): void {
    this.#keeper = keeper;
  }

  usage(): AssetUsage {
    return {
      assets: this.#index.size,
      bytes: this.#index.bytes + this.#reserved,
      quota_bytes: this.#options.quota_bytes,
    };
  }

  async close(): Promise<void> {
    await this.#last.catch(() => "its caller was told");
  }

  nextNumber(): number {
    this.#counter += 1;
    return this.#counter;
  }

  /** Takes a whole, synced file over. Removes it if that fails. */
  async place(temporary: string, ref: AssetRef): Promise<void> {
    await this.#alone(async () => {
      let placed = false;
      try {
        const seen = await this.files.place(temporary, ref.sha256);
        placed = true;
        const { sha256, ...facts } = ref;
        await this.#index.add(sha256, { ...facts, used_ms: this.#options.clock() });
        this.#checked.set(sha256, seen);
      } catch (error) {
        await rm(placed ? this.files.asset(ref.sha256) : temporary, { force: true });
        throw error;
      }
    });
  }

  /** Tells whether the store has the asset, whole; notes the media type and name that it is known by now. */
  async keep(ref: AssetRef): Promise<boolean> {
    const row = this.#index.get(ref.sha256);
    if (row === undefined) return false;
    try {
      await this.#check(ref.sha256);
    } catch (error) {
      if (error instanceof CoreError && (error.code === "ASSET_CORRUPT" || error.code === "ASSET_NOT_FOUND"))
        return false;
      throw error;
    }
    if (ref.size !== row.size) {
      throw new CoreError("ASSET_MISMATCH", `The asset has ${row.size} bytes; ${ref.size} were announced.`);
    }
    if (row.mime === ref.mime && row.name === ref.name) this.#index.touch(ref.sha256, this.#options.clock());
    else {
      const { sha256, ...facts } = ref;
      await this.#index.add(sha256, { ...facts, used_ms: this.#options.clock() });
    }
    return true;
  }

  /** Makes room and keeps it until the given function is called. */
  async reserve({ size }: AssetRef): Promise<() => void> {
    const { max_asset_bytes, quota_bytes } = this.#options;
    if (size > max_asset_bytes) {
      throw new CoreError("ASSET_TOO_LARGE", `The asset has ${size} bytes; at most ${max_asset_bytes} are taken.`, {
        remedy: "Make the file smaller, or raise max_asset_bytes.",
        data: { size, max_asset_bytes },
      });
    }
    return this.#alone(async () => {
      const missing = this.#index.bytes + this.#reserved + size - quota_bytes;
      const evicted = await this.#roomFor(missing);
      if (evicted === undefined) {
        throw new CoreError(
          "QUOTA_EXCEEDED",
          `The asset store is full: ${size} bytes do not fit into its ${quota_bytes}, and all it holds is in use.`,
          {
            remedy:
              "Remove ended jobs (`genga jobs remove`), or raise quota_bytes, or lower protect_results_ms so that results of old jobs give way sooner.",
            data: { size, quota_bytes, used_bytes: this.usage().bytes },
          },
        );
      }
      if (evicted.length > 0) {
        await this.#index.remove(evicted);
        for (const sha256 of evicted) {
          this.#checked.delete(sha256);
          await rm(this.files.asset(sha256), { force: true });
        }
      }
      this.#reserved += size;
      let reserved = true;
      return () => {
        if (reserved) this.#reserved -= size;
        reserved = false;
      };
    });
  }

  /** Gives assets that free so many bytes: first of those that nobody keeps, then of what the keeper gives up. */
  async #roomFor(bytes: number): Promise<string[] | undefined> {
    const spare_ms = this.#options.clock() - this.#options.grace_ms;
    const unkept = this.#index.evictable(bytes, spare_ms);
    if (unkept !== undefined || this.#keeper === undefined) return unkept;
    // Reckoned before anything is given up, so that nothing goes for a file that does not fit even then.
    const owners = this.#index.expendable(bytes, spare_ms, this.#keeper.expendable());
    if (owners === undefined) return undefined;
    await this.#keeper.giveUp(owners);
    return this.#index.evictable(bytes, spare_ms);
  }

  #found(sha256: string): AssetRef {
    this.#index.touch(sha256, this.#options.clock());
    const ref = this.#index.ref(sha256);
    if (ref === undefined) throw notFound(sha256);
    return ref;
  }

  /** Hashes the file if it is not the one that was hashed last. */
  async #check(sha256: string): Promise<void> {
    const path = this.files.asset(sha256);
    try {
      const seen = await fingerprint(path);
      if (same(this.#checked.get(sha256), seen)) return;
      const file = await open(path, "r");
      try {
        const hash = await hashFile(file, seen.size);
        if (hash.digest("hex") === sha256) {
          this.#checked.set(sha256, seen);
          return;
        }
      } finally {
        await file.close();
      }
      throw await this.#setAside(sha256, seen);
    } catch (error) {
      throw await this.#unreadable(sha256, error);
    }
  }

  async #setAside(sha256: string, seen: Fingerprint): Promise<CoreError> {
    await this.#alone(async () => {
      const path = this.files.asset(sha256);
      // Meanwhile it may have been put again.
      if (!same(seen, await fingerprint(path).catch(() => undefined))) return;
      await rename(path, this.files.quarantined(sha256));
      this.#checked.delete(sha256);
      await this.#index.remove([sha256]);
    });
    return new CoreError(
      "ASSET_CORRUPT",
      `The stored bytes of asset ${sha256} no longer match their SHA-256; they were set aside.`,
      {
        remedy: "Send the file again, or run the job again that made it, and check the disk.",
        data: { sha256 },
      },
    );
  }

  async #unreadable(sha256: string, error: unknown): Promise<CoreError> {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) return toCoreError(error);
    await this.#alone(async () => {
      const gone = (await fingerprint(this.files.asset(sha256)).catch(() => undefined)) === undefined;
      if (gone && this.#index.get(sha256) !== undefined) await this.#index.remove([sha256]);
    });
    return notFound(sha256);
  }

  /** Runs what moves files one after another: an eviction must not remove what is being put. */
  #alone<T>(action: () => Promise<T>): Promise<T> {
    const run = this.#last.then(action, action);
    this.#last = run.catch(() => "its caller was told");
    return run;
  }
}

function finishedUpload(ref: AssetRef): AssetUpload {
  return {
    offset: ref.size,
    write: async () => {
      throw new CoreError("ASSET_MISMATCH", `The store has all ${ref.size} bytes of the asset already.`);
    },
    finish: async () => ref,
    suspend: async () => undefined,
  };
}

function notFound(sha256: string): CoreError {
  return new CoreError("ASSET_NOT_FOUND", `The store holds no asset ${sha256}.`, {
    remedy:
      "It never came, or gave way to newer files when the store reached quota_bytes: send it again, or retry the job that made it.",
    data: { sha256 },
  });
}

function same(a: Fingerprint | undefined, b: Fingerprint | undefined): boolean {
  return a !== undefined && b !== undefined && a.size === b.size && a.mtime_ms === b.mtime_ms && a.ino === b.ino;
}

async function removeLeftovers(files: AssetFiles, index: AssetIndex, now_ms: number): Promise<void> {
  const present = new Set(await files.list());
  for (const sha256 of present) {
    if (index.get(sha256) === undefined) await rm(files.asset(sha256), { force: true });
  }
  const lost = [...index.hashes()].filter((sha256) => !present.has(sha256));
  if (lost.length > 0) await index.remove(lost);
  await removeOlder(files.temporary, (name) =>
    name.endsWith(".part") ? now_ms - PART_KEPT_MS : Number.POSITIVE_INFINITY,
  );
  await removeOlder(files.quarantine, () => now_ms - QUARANTINE_KEPT_MS);
}

async function removeOlder(folder: string, limit_ms: (name: string) => number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if ((await stat(path)).mtimeMs < limit_ms(name)) await rm(path, { force: true });
  }
}
