import { type FileHandle, open, readdir, rm, stat } from "node:fs/promises";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import type { AssetRef } from "../protocol/fields.ts";
import { type AssetFiles, hashFile } from "./asset-files.ts";
import type { AssetUpload } from "./asset-store.ts";

/** What an upload needs of the store that it belongs to. */
export interface UploadHost {
  readonly files: AssetFiles;
  /** Paths of parts that are being written; two clients that send the same asset write to parts of their own. */
  readonly active_parts: Set<string>;
  nextNumber(): number;
  place(temporary: string, ref: AssetRef): Promise<void>;
  keep(ref: AssetRef): Promise<boolean>;
}

/** Begins an upload, or goes on with the longest part of the same asset that nobody is writing; what it has is hashed again. */
export async function resumeUpload(host: UploadHost, ref: AssetRef, unreserve: () => void): Promise<AssetUpload> {
  const path = (await longestPart(host, ref)) ?? host.files.part(ref.sha256, await freeNumber(host, ref));
  host.active_parts.add(path);
  let file: FileHandle | undefined;
  try {
    file = await open(path, "a+", 0o600);
    const { size } = await file.stat();
    const hash = await hashFile(file, size);
    return new PartUpload({ host, ref, path, file, hash, offset: size, unreserve });
  } catch (error) {
    await file?.close();
    host.active_parts.delete(path);
    throw error;
  }
}

interface PartUploadOptions {
  host: UploadHost;
  ref: AssetRef;
  path: string;
  file: FileHandle;
  hash: Awaited<ReturnType<typeof hashFile>>;
  offset: number;
  unreserve: () => void;
}

class PartUpload implements AssetUpload {
  readonly #options: PartUploadOptions;
  /** Bytes that are written. */
  #offset: number;
  /** Bytes that are written or pending. */
  #received: number;
  #pending: Uint8Array[] = [];
  #ended = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: PartUploadOptions) {
    this.#options = options;
    this.#offset = options.offset;
    this.#received = options.offset;
  }

  get offset(): number {
    return this.#offset;
  }

  write(offset: number, bytes: Uint8Array): Promise<void> {
    const { ref, hash } = this.#options;
    const received = this.#received;
    if (offset !== received || offset + bytes.length > ref.size) {
      return this.#inTurn(async () => {
        throw new CoreError(
          "ASSET_MISMATCH",
          `Bytes ${offset}–${offset + bytes.length} do not fit: the upload has ${received} of ${ref.size} bytes.`,
          { remedy: `Go on at ${received}.`, data: { offset: received, size: ref.size } },
        );
      });
    }
    this.#received += bytes.length;
    this.#pending.push(bytes);
    // What comes while a write goes on is hashed meanwhile and written with the next, in one go.
    const written = this.#inTurn(() => this.#writePending());
    hash.update(bytes);
    return written;
  }

  finish(): Promise<AssetRef> {
    return this.#inTurn(async () => {
      const { host, ref, path, file, hash } = this.#options;
      if (this.#offset !== ref.size) {
        throw new CoreError("ASSET_MISMATCH", `The upload has ${this.#offset} of ${ref.size} bytes.`, {
          remedy: `Go on at ${this.#offset}.`,
          data: { offset: this.#offset, size: ref.size },
        });
      }
      const sha256 = hash.digest("hex");
      if (sha256 !== ref.sha256) {
        await this.#end(true);
        throw new CoreError("ASSET_MISMATCH", `The bytes have SHA-256 ${sha256}; ${ref.sha256} was announced.`, {
          remedy: "Read the file again and send it from the start.",
          data: { sha256, announced: ref.sha256 },
        });
      }
      try {
        await file.sync();
        await this.#end(false);
        if (await host.keep(ref)) await rm(path, { force: true });
        else await host.place(path, ref);
      } catch (error) {
        await this.#end(true);
        throw toCoreError(error);
      }
      return ref;
    });
  }

  suspend(): Promise<void> {
    return this.#inTurn(() => this.#end(false), true);
  }

  async #writePending(): Promise<void> {
    const pieces = this.#pending;
    this.#pending = [];
    try {
      this.#offset += await append(this.#options.file, pieces);
    } catch (error) {
      await this.#end(true);
      throw toCoreError(error);
    }
  }

  async #end(remove: boolean): Promise<void> {
    const { host, path, file, unreserve } = this.#options;
    if (!this.#ended) {
      this.#ended = true;
      await file.close();
      host.active_parts.delete(path);
      unreserve();
    }
    if (remove) await rm(path, { force: true });
  }

  #inTurn<T>(action: () => Promise<T>, always = false): Promise<T> {
    const run = this.#last.then(() => {
      if (this.#ended && !always)
        throw new CoreError("ASSET_MISMATCH", "The upload has ended; announce the asset again.");
      return action();
    });
    this.#last = run.catch(() => "its caller was told");
    return run;
  }
}

/** Appends to a file, so that what was there is never overwritten; gives how many bytes. */
async function append(file: FileHandle, pieces: Uint8Array[]): Promise<number> {
  let total = 0;
  for (let rest = pieces; rest.length > 0; ) {
    let { bytesWritten } = await file.writev(rest);
    total += bytesWritten;
    const first = rest.findIndex((piece) => {
      if (piece.length > bytesWritten) return true;
      bytesWritten -= piece.length;
      return false;
    });
    rest = first < 0 ? [] : rest.slice(first).map((piece, i) => (i === 0 ? piece.subarray(bytesWritten) : piece));
  }
  return total;
}

async function partsOf(host: UploadHost, ref: AssetRef): Promise<string[]> {
  const names = await readdir(host.files.temporary);
  return names.filter((name) => name.startsWith(`${ref.sha256}.`) && name.endsWith(".part"));
}

async function longestPart(host: UploadHost, ref: AssetRef): Promise<string | undefined> {
  let best: { path: string; size: number } | undefined;
  for (const name of await partsOf(host, ref)) {
    const path = host.files.part(ref.sha256, Number(name.split(".")[1]));
    if (host.active_parts.has(path)) continue;
    const { size } = await stat(path);
    if (size > ref.size) await rm(path, { force: true });
    else if (best === undefined || size > best.size) best = { path, size };
  }
  return best !== undefined && !host.active_parts.has(best.path) ? best.path : undefined;
}

async function freeNumber(host: UploadHost, ref: AssetRef): Promise<number> {
  const taken = new Set((await partsOf(host, ref)).map((name) => Number(name.split(".")[1])));
  let number = host.nextNumber();
  while (taken.has(number)) number = host.nextNumber();
  return number;
}
