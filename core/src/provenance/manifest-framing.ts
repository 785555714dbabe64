import { APP1, readJpegSegments } from "../formats/jpeg-segments.ts";
import { readPngChunks } from "../formats/png-chunks.ts";
import { sniffMime } from "../formats/sniff.ts";
import { readWebpChunks } from "../formats/webp-chunks.ts";

/** Last 12 bytes of C2PA's content types; the first four are readable: c2pa, c2as … (C2PA 2.2 §11.1.4). */
const TYPE_TAIL = "00110010800000aa00389b71";
/** Labels that C2PA fixes for boxes that no hash covers. */
const LABELS: Record<string, RegExp> = {
  c2pa: /^c2pa$/,
  c2as: /^c2pa\.assertions$/,
  c2cl: /^c2pa\.claim(\.v\d+)?$/,
  c2cs: /^c2pa\.signature$/,
};
const APP11 = APP1 + 10;

/**
 * Says what is wrong with the frame of a manifest store, or undefined. c2pa-rs finds its way in a store whose box lengths do not add up or whose
 * boxes are called otherwise, and no hash covers these bytes: of all bytes before the padding of the signature, they alone
 * could be changed unseen.
 *
 * @param bytes a file with a manifest (PNG, JPEG, WebP), or a manifest store; others have no opinion given
 */
export function framingFault(bytes: Uint8Array): string | undefined {
  const store = storeOf(bytes);
  if (store === undefined) return undefined;
  try {
    const root = readBox(store, 0, store.length);
    if (root.kind !== "c2pa") return "it is no manifest store";
    if (store.subarray(root.end).some((byte) => byte !== 0)) return "something follows its manifest store";
    const active = childrenOf(store, root).at(-1);
    if (active === undefined) return "its manifest store is empty";
    const parts = childrenOf(store, active);
    for (const part of parts) childrenOf(store, part);
    for (const box of [root, ...parts]) {
      if (LABELS[box.kind]?.test(box.label) === false)
        return `its box ${box.kind} is called "${box.label.slice(0, 50)}"`;
    }
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

interface SuperBox {
  /** First four bytes of the content type if it is one of C2PA's. */
  kind: string;
  label: string;
  content: number;
  end: number;
}

/** Reads a superbox with its description (ISO/IEC 19566-5 annexes A and B). */
function readBox(store: Buffer, at: number, limit: number): SuperBox {
  const end = endOf(store, at, limit, "jumb");
  const description = endOf(store, at + 8, end, "jumd");
  const type = store.toString("hex", at + 16, at + 32);
  const labelEnd = store.indexOf(0, at + 33);
  if (labelEnd < 0 || labelEnd >= description) throw new RangeError("a box of it has no label");
  // Toggles: requestable and label are asked for by C2PA 2.2 §11.1.4.1; id, hash and a private box (salt) may follow; the rest is reserved.
  const toggles = store[at + 32] ?? 0;
  const fixed = labelEnd + 1 + (toggles & 4 ? 4 : 0) + (toggles & 8 ? 32 : 0);
  const isFilled = toggles & 16 ? fixed + 8 <= description : fixed === description;
  if ((toggles & 0xe3) !== 3 || !isFilled) throw new RangeError("a description of a box in it is malformed");
  const kind = type.endsWith(TYPE_TAIL) ? store.toString("latin1", at + 16, at + 20) : "";
  return { kind, label: store.toString("utf8", at + 33, labelEnd), content: description, end };
}

/** Gives the superboxes in a superbox; content boxes (CBOR, JSON, files) are stepped over. */
function childrenOf(store: Buffer, { content, end }: SuperBox): SuperBox[] {
  const boxes: SuperBox[] = [];
  for (let at = content; at < end; ) {
    const isSuper = store.toString("latin1", at + 4, at + 8) === "jumb";
    const next = endOf(store, at, end);
    if (isSuper) boxes.push(readBox(store, at, end));
    at = next;
  }
  return boxes;
}

function endOf(store: Buffer, at: number, limit: number, type?: string): number {
  if (at + 8 > limit) throw new RangeError("its boxes do not fill each other");
  const length = store.readUInt32BE(at);
  if (type !== undefined && store.toString("latin1", at + 4, at + 8) !== type)
    throw new RangeError(`it lacks a ${type} box`);
  if (length < 8 || at + length > limit) throw new RangeError("its boxes do not fill each other");
  return at + length;
}

function storeOf(bytes: Uint8Array): Buffer | undefined {
  try {
    switch (sniffMime(bytes)) {
      case "application/c2pa":
        return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      case "image/png":
        return bufferOf(readPngChunks(bytes).find(({ type }) => type === "caBX")?.data);
      case "image/webp":
        return bufferOf(readWebpChunks(bytes).find(({ type }) => type === "C2PA")?.data);
      case "image/jpeg": {
        // JP, box instance, packet number, then the box; packets after the first repeat its length and type (19566-5 annex D).
        const packets = readJpegSegments(bytes).segments.filter(
          ({ marker, data }) => marker === APP11 && data[0] === 0x4a && data[1] === 0x50,
        );
        return packets.length === 0
          ? undefined
          : Buffer.concat(packets.map(({ data }, index) => data.subarray(index === 0 ? 8 : 16)));
      }
      default:
        return undefined;
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined; // the reader judges broken files
    throw error;
  }
}

function bufferOf(data: Uint8Array | undefined): Buffer | undefined {
  return data && Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
