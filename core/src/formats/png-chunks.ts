import { inflateSync } from "node:zlib";
import { crc32 } from "./crc32.ts";

/** One chunk of a PNG file (PNG 1.2 §5.3). */
export interface PngChunk {
  type: string;
  data: Uint8Array;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Upper bound of an inflated text chunk: more is not text that a person wrote. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024;

/**
 * Gives the chunks of a PNG file in order. Does not check CRCs of image data; does stop at the first chunk that does not fit.
 *
 * @throws RangeError if the bytes are no PNG or end within a chunk
 */
export function readPngChunks(bytes: Uint8Array): PngChunk[] {
  if (!SIGNATURE.every((value, index) => bytes[index] === value))
    throw new RangeError("The bytes do not begin with a PNG signature.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: PngChunk[] = [];
  for (let offset = SIGNATURE.length; offset < bytes.length; ) {
    if (offset + 12 > bytes.length) throw new RangeError(`The PNG ends within a chunk header at byte ${offset}.`);
    const length = view.getUint32(offset);
    const type = latin1(bytes.subarray(offset + 4, offset + 8));
    const end = offset + 12 + length;
    if (end > bytes.length) throw new RangeError(`The PNG ends within chunk ${type} at byte ${offset}.`);
    chunks.push({ type, data: bytes.subarray(offset + 8, end - 4) });
    offset = end;
    if (type === "IEND") break;
  }
  return chunks;
}

/** Writes chunks as a PNG file, each with its CRC. */
export function writePngChunks(chunks: readonly PngChunk[]): Uint8Array {
  const out = new Uint8Array(SIGNATURE.length + chunks.reduce((sum, chunk) => sum + 12 + chunk.data.length, 0));
  const view = new DataView(out.buffer);
  out.set(SIGNATURE);
  let offset = SIGNATURE.length;
  for (const { type, data } of chunks) {
    view.setUint32(offset, data.length);
    out.set(Buffer.from(type, "latin1"), offset + 4);
    out.set(data, offset + 8);
    view.setUint32(offset + 8 + data.length, crc32(out.subarray(offset + 4, offset + 8 + data.length)));
    offset += 12 + data.length;
  }
  return out;
}

/**
 * Inserts chunks after IHDR. All other chunks keep their order, unknown ones too (ComfyUI's `prompt` and `workflow` texts).
 *
 * @throws RangeError if the bytes are no whole PNG
 */
export function insertPngChunks(bytes: Uint8Array, chunks: readonly PngChunk[]): Uint8Array {
  const present = readPngChunks(bytes);
  const [header, ...rest] = present;
  if (header?.type !== "IHDR" || present.at(-1)?.type !== "IEND")
    throw new RangeError("The PNG does not run from IHDR to IEND.");
  return writePngChunks([header, ...chunks, ...rest]);
}

/** Makes a text chunk: tEXt where the text is Latin-1, else iTXt, which is UTF-8 (PNG 1.2 §11.3.4). */
export function pngTextChunk(keyword: string, text: string): PngChunk {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: tEXt may hold any Latin-1 character but NUL.
  const isLatin1 = /^[\x01-\x7e\xa0-\xff]*$/.test(text);
  return isLatin1
    ? { type: "tEXt", data: Buffer.from(`${keyword}\0${text}`, "latin1") }
    : { type: "iTXt", data: Buffer.concat([Buffer.from(`${keyword}\0\0\0\0\0`, "latin1"), Buffer.from(text, "utf8")]) };
}

/** Makes the chunk that carries an XMP packet (XMP Specification part 3, §1.1.5: iTXt, not compressed). */
export function pngXmpChunk(packet: string): PngChunk {
  return {
    type: "iTXt",
    data: Buffer.concat([Buffer.from("XML:com.adobe.xmp\0\0\0\0\0", "latin1"), Buffer.from(packet, "utf8")]),
  };
}

/** Gives the texts of tEXt, zTXt and iTXt chunks by keyword; the first of a keyword wins. */
export function readPngTexts(bytes: Uint8Array): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { type, data } of readPngChunks(bytes)) {
    const end = data.indexOf(0);
    if (end < 0 || (type !== "tEXt" && type !== "zTXt" && type !== "iTXt")) continue;
    const keyword = latin1(data.subarray(0, end));
    if (!texts.has(keyword)) texts.set(keyword, textOf(type, data.subarray(end + 1)));
  }
  return texts;
}

function textOf(type: "tEXt" | "zTXt" | "iTXt", body: Uint8Array): string {
  if (type === "tEXt") return latin1(body);
  if (type === "zTXt") return inflateSync(body.subarray(1), { maxOutputLength: MAX_TEXT_BYTES }).toString("latin1");
  const isCompressed = body[0] === 1;
  const language = body.indexOf(0, 2);
  const text = body.subarray(body.indexOf(0, language + 1) + 1);
  return (isCompressed ? inflateSync(text, { maxOutputLength: MAX_TEXT_BYTES }) : Buffer.from(text)).toString("utf8");
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
