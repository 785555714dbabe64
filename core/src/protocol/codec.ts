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
