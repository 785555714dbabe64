import type { Readable } from "node:stream";
import type { AssetRef } from "../protocol/fields.ts";
import type { StoreBatch } from "../store.ts";

/** An upload that is not finished. */
export interface AssetUpload {
  /** Bytes taken so far; an upload of the same asset that broke off goes on from here. */
  readonly offset: number;
  /** @throws CoreError ASSET_MISMATCH if the bytes do not follow at `offset` or exceed the announced size; STORAGE_FULL */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Checks size and hash, syncs, puts it in place. @throws CoreError ASSET_MISMATCH */
  finish(): Promise<AssetRef>;
  /** Keeps what came so far for a later resume. */
  suspend(): Promise<void>;
}

/** How full the store is. */
export interface AssetUsage {
  assets: number;
  /** Bytes stored, and reserved for uploads under way. */
  bytes: number;
  quota_bytes: number;
}

/** Who decides what may go when the store is full and all it holds is kept. */
export interface AssetKeeper {
  /** Owners whose assets may go, the first to go first. */
  expendable(): Iterable<string>;
  /** Releases what these owners keep, durably, and notes that with them. */
  giveUp(owners: readonly string[]): Promise<void>;
}

/** Content-addressed store: SHA-256 is the name. Writes are atomic and synced. */
export interface AssetStore {
  /** @throws CoreError ASSET_TOO_LARGE, QUOTA_EXCEEDED, STORAGE_FULL */
  put(bytes: Uint8Array, mime: string, name?: string): Promise<AssetRef>;
  /** @throws CoreError ASSET_TOO_LARGE, QUOTA_EXCEEDED, STORAGE_FULL */
  upload(ref: AssetRef): Promise<AssetUpload>;
  /** Counts as a use: the asset is safe from eviction for the grace period that follows. */
  stat(sha256: string): Promise<AssetRef | undefined>;
  /** Gives the bytes after checking them. @throws CoreError ASSET_NOT_FOUND, ASSET_CORRUPT */
  read(sha256: string): Promise<Uint8Array>;
  /** Streams a range, [start, end); the whole file was checked since it was written or last found changed. */
  stream(sha256: string, range?: { start: number; end: number }): Promise<Readable>;
  /**
   * Jobs keep what they name from eviction. With a batch it becomes durable with the batch's other changes; whoever's batch fails
   * calls `release`.
   */
  retain(owner: string, sha256s: readonly string[], batch?: StoreBatch): Promise<void>;
  release(owner: string, batch?: StoreBatch): Promise<void>;
  /** Names who is asked before a full store refuses. */
  keepFor(keeper: AssetKeeper): void;
  usage(): AssetUsage;
  close(): Promise<void>;
}
