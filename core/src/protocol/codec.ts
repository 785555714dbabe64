import { Packr } from "msgpackr";
import { CoreError } from "./errors.ts";
import { decodeMessagePack } from "./messagepack.ts";

/** WebSocket sub-protocol and the only protocol version so far. */
export const PROTOCOL_VERSION = "genga.v1";

// Records are an extension of msgpackr that no other MessagePack library reads; maps with string keys are plain MessagePack.
// Without skipValues (which the library's types leave out) an undefined field becomes extension 0; without variableMapSize
// every map takes two bytes more.
const options = { useRecords: false, variableMapSize: true, skipValues: [undefined] };
const packr = new Packr(options);

/** Gives a message as MessagePack. Fields that are undefined are left out. */
export function encodeMessage(message: object): Uint8Array {
  return packr.pack(message);
}

const NO_BYTES = new Uint8Array();
/** Bytes that the fields beside `bytes` may take. */
const BULK_HEAD = 4096;

/** Gives a buffer that {@link encodeBulk} can use for up to `size` bytes. */
export function bulkBuffer(size: number): Uint8Array {
  return new Uint8Array(size + BULK_HEAD);
}

/**
 * Gives a message with a field `bytes`, as {@link encodeMessage} does, in a buffer that the caller uses again when the frame has
 * left: a fresh megabyte for every frame costs more than all else of sending it.
 */
export function encodeBulk(message: object, bytes: Uint8Array, buffer: Uint8Array): Uint8Array {
  // The field comes last and empty, as bin 8; its two bytes become a head of bin 32.
  const head = packr.pack({ ...message, bytes: NO_BYTES });
  const start = head.byteLength - 2;
  const frame = buffer.subarray(0, start + 5 + bytes.byteLength);
  frame.set(head);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  view.setUint8(start, 0xc6);
  view.setUint32(start + 1, bytes.byteLength);
  frame.set(bytes, start + 5);
  return frame;
}

/**
 * Gives the value in a MessagePack frame, not yet checked against a schema. Binary fields are views of the frame.
 *
 * @throws CoreError MALFORMED_MESSAGE if the bytes are not one whole value of plain MessagePack.
 */
export function decodeFrame(bytes: Uint8Array): unknown {
  try {
    return decodeMessagePack(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CoreError(
      "MALFORMED_MESSAGE",
      `The frame of ${bytes.byteLength} bytes is not plain MessagePack: ${reason}.`,
      { remedy: "Send one MessagePack map per frame, without extension types.", cause },
    );
  }
}
