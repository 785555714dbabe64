import type { Readable } from "node:stream";
import type { AssetRef } from "../protocol/fields.ts";

/** An upload that is not finished. */
export interface AssetUpload {
  /** Bytes taken so far; an upload of the same asset that broke off goes on from here. */
  readonly offset: number;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Checks size and hash, syncs, puts it in place. @throws CoreError ASSET_MISMATCH */
  finish(): Promise<AssetRef>;
  /** Keeps what came so far for a later resume. */
  suspend(): Promise<void>;
}

/** Content-addressed store: SHA-256 is the name. Writes are atomic and synced. */
export interface AssetStore {
  put(bytes: Uint8Array, mime: string, name?: string): Promise<AssetRef>;
  /** @throws CoreError ASSET_TOO_LARGE, QUOTA_EXCEEDED, STORAGE_FULL */
  upload(ref: AssetRef): Promise<AssetUpload>;
  stat(sha256: string): Promise<AssetRef | undefined>;
  /** Gives the bytes after checking them. @throws CoreError ASSET_NOT_FOUND, ASSET_CORRUPT */
  read(sha256: string): Promise<Uint8Array>;
  /** Streams a range, [start, end); the whole file was checked since it was written or last found changed. */
  stream(sha256: string, range?: { start: number; end: number }): Promise<Readable>;
  /** Jobs keep what they name from eviction. */
  retain(owner: string, sha256s: readonly string[]): Promise<void>;
  release(owner: string): Promise<void>;
  close(): Promise<void>;
}
