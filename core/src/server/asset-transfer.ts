import type { AssetStore, AssetUpload } from "../assets/asset-store.ts";
import type { ClientMessage } from "../protocol/client-messages.ts";
import { CoreError } from "../protocol/errors.ts";
import type { AssetRef } from "../protocol/fields.ts";
import type { Limits } from "../protocol/limits.ts";
import type { Outbox } from "./outbox.ts";

type Message<T extends ClientMessage["type"]> = Extract<ClientMessage, { type: T }>;

/** Uploads and downloads of one connection. */
export interface AssetTransfer {
  put(message: Message<"asset_put">): Promise<void>;
  chunk(message: Message<"asset_chunk">): Promise<void>;
  get(message: Message<"asset_get">): Promise<void>;
  /** Keeps unfinished uploads for a later resume and ends downloads. */
  close(): Promise<void>;
}

interface Upload {
  ref: AssetRef;
  upload: AssetUpload;
  offset: number;
}

const MAX_UPLOADS = 16;
const MAX_DOWNLOADS = 8;

/** Makes the asset transfer of one connection. */
export function createAssetTransfer(assets: AssetStore, limits: Limits, outbox: Outbox): AssetTransfer {
  const uploads = new Map<string, Upload>();
  let downloads = 0;
  let closed = false;

  return {
    async put({ id: reply_to, sha256, size, mime, name }) {
      const stored = await assets.stat(sha256);
      if (stored !== undefined && stored.size === size) {
        outbox.send({ type: "asset_ready", reply_to, offset: size, asset: stored });
        return;
      }
      if (size > limits.max_asset_bytes) {
        throw new CoreError(
          "ASSET_TOO_LARGE",
          `The asset has ${size} bytes; at most ${limits.max_asset_bytes} are taken.`,
        );
      }
      if (uploads.has(reply_to)) {
        throw new CoreError("INVALID_REQUEST", `Upload "${reply_to}" goes on already; choose another id.`);
      }
      if (uploads.size >= MAX_UPLOADS) {
        throw new CoreError("RATE_LIMITED", `${MAX_UPLOADS} uploads go on in this connection; finish one first.`);
      }
      const ref: AssetRef = { sha256, size, mime, ...(name === undefined ? {} : { name: plainName(name) }) };
      const upload = await assets.upload(ref);
      if (closed) return upload.suspend();
      if (upload.offset === size) {
        outbox.send({ type: "asset_ready", reply_to, offset: size, asset: await upload.finish() });
        return;
      }
      uploads.set(reply_to, { ref, upload, offset: upload.offset });
      outbox.send({ type: "asset_ready", reply_to, offset: upload.offset });
    },

    async chunk({ id: reply_to, offset, bytes }) {
      const current = uploads.get(reply_to);
      if (current === undefined) {
        throw new CoreError("INVALID_REQUEST", `No upload "${reply_to}" goes on; announce it with asset_put first.`);
      }
      const { ref, upload } = current;
      if (bytes.byteLength > limits.max_chunk_bytes || offset + bytes.byteLength > ref.size) {
        await fail(reply_to);
        throw bytes.byteLength > limits.max_chunk_bytes
          ? new CoreError(
              "ASSET_TOO_LARGE",
              `The chunk has ${bytes.byteLength} bytes; at most ${limits.max_chunk_bytes} are taken.`,
            )
          : new CoreError(
              "ASSET_MISMATCH",
              `The chunk ends at ${offset + bytes.byteLength}; the asset has ${ref.size} bytes.`,
            );
      }
      if (offset !== current.offset) {
        await fail(reply_to);
        throw new CoreError("INVALID_REQUEST", `offset is ${offset}; this upload goes on at ${current.offset}.`);
      }
      // Counted before the write ends, since the next chunk is on its way already; the upload keeps the order.
      current.offset += bytes.byteLength;
      const last = current.offset === ref.size;
      try {
        await upload.write(offset, bytes);
      } catch (error) {
        await fail(reply_to);
        throw error;
      }
      if (!last) {
        outbox.send({ type: "asset_progress", reply_to, offset: offset + bytes.byteLength });
        return;
      }
      uploads.delete(reply_to);
      outbox.send({ type: "asset_stored", reply_to, asset: await upload.finish() });
    },

    async get({ id: reply_to, sha256, offset }) {
      const asset = await assets.stat(sha256);
      if (asset === undefined) throw new CoreError("ASSET_NOT_FOUND", `The store holds no asset ${sha256}.`);
      if (offset > asset.size) {
        throw new CoreError("INVALID_REQUEST", `offset is ${offset}; the asset has ${asset.size} bytes.`);
      }
      if (downloads >= MAX_DOWNLOADS) {
        throw new CoreError(
          "RATE_LIMITED",
          `${MAX_DOWNLOADS} downloads go on in this connection; wait for one to end.`,
        );
      }
      downloads += 1;
      try {
        await send(asset, reply_to, offset);
      } finally {
        downloads -= 1;
      }
    },

    async close() {
      closed = true;
      const open = [...uploads.values()];
      uploads.clear();
      await Promise.allSettled(open.map(({ upload }) => upload.suspend()));
    },
  };

  async function send(asset: AssetRef, reply_to: string, start: number): Promise<void> {
    let offset = start;
    if (offset === asset.size) {
      outbox.send({ type: "asset_data", reply_to, asset, offset, bytes: new Uint8Array(), last: true });
      return;
    }
    const stream = await assets.stream(asset.sha256, { start, end: asset.size });
    for await (const chunk of wholeChunks(stream, limits.max_chunk_bytes)) {
      if (closed) return;
      const last = offset + chunk.byteLength === asset.size;
      await outbox.sendPaced({ type: "asset_data", reply_to, asset, offset, bytes: chunk, last });
      offset += chunk.byteLength;
    }
    if (!closed && offset !== asset.size) {
      throw new CoreError("ASSET_CORRUPT", `The asset ends at ${offset} in place of ${asset.size} bytes.`);
    }
  }

  async function fail(id: string): Promise<void> {
    const current = uploads.get(id);
    uploads.delete(id);
    await current?.upload.suspend();
  }
}

/** Gathers a stream's pieces into chunks of `size`; files come in 64 KiB pieces and a frame each would cost three times the time. */
async function* wholeChunks(stream: AsyncIterable<unknown>, size: number): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    if (!(piece instanceof Uint8Array)) throw new TypeError("the store streams something other than bytes");
    let rest: Uint8Array = piece;
    while (length + rest.byteLength >= size) {
      const part = rest.subarray(0, size - length);
      yield Buffer.concat([...pieces, part]);
      rest = rest.subarray(part.byteLength);
      pieces = [];
      length = 0;
    }
    if (rest.byteLength > 0) {
      pieces.push(rest);
      length += rest.byteLength;
    }
  }
  if (length > 0) yield Buffer.concat(pieces);
}

/** Gives a name without folders: what a client calls a file never becomes a path. */
function plainName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must go
  return name.replace(/^.*[/\\]/, "").replace(/[\u0000-\u001f\u007f]/g, "") || "unnamed";
}
