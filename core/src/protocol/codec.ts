import { Packr } from "msgpackr";
import { CoreError } from "./errors.ts";

/** WebSocket sub-protocol and the only protocol version so far. */
export const PROTOCOL_VERSION = "genga.v1";

// Records are an extension of msgpackr that no other MessagePack library reads; maps with string keys are plain MessagePack.
const packr = new Packr({ useRecords: false, mapsAsObjects: true, int64AsType: "number" });

/** Gives a message as MessagePack. Fields that are undefined are left out. */
export function encodeMessage(message: object): Uint8Array {
  return packr.pack(message);
}

/**
 * Gives the value in a MessagePack frame, not yet checked against a schema.
 *
 * @throws CoreError MALFORMED_MESSAGE if the bytes are not one whole MessagePack value.
 */
export function decodeFrame(bytes: Uint8Array): unknown {
  try {
    return packr.unpack(bytes);
  } catch (cause) {
    throw new CoreError("MALFORMED_MESSAGE", `The frame of ${bytes.byteLength} bytes is not MessagePack.`, { cause });
  }
}
