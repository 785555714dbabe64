/** One chunk of a WebP file (RIFF container; WebP Container Specification, RFC 9649 §2). */
export interface WebpChunk {
  type: string;
  data: Uint8Array;
}

/** Bits of the first byte of VP8X (RFC 9649 §2.7, Figure 7). */
const FLAG_ALPHA = 0x10;
const FLAG_EXIF = 0x08;
const FLAG_XMP = 0x04;

/**
 * Gives the chunks of a WebP file in order.
 *
 * @throws RangeError if the bytes are no WebP or end within a chunk
 */
export function readWebpChunks(bytes: Uint8Array): WebpChunk[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.toString("latin1", 0, 4) !== "RIFF" || buffer.toString("latin1", 8, 12) !== "WEBP") {
    throw new RangeError("The bytes do not begin with a WebP header.");
  }
  const fileEnd = 8 + buffer.readUInt32LE(4);
  if (fileEnd > buffer.length) throw new RangeError(`The WebP ends after ${buffer.length} of ${fileEnd} bytes.`);
  const chunks: WebpChunk[] = [];
  for (let offset = 12; offset + 8 <= fileEnd; ) {
    const end = offset + 8 + buffer.readUInt32LE(offset + 4);
    if (end > fileEnd) throw new RangeError(`The WebP ends within a chunk at byte ${offset}.`);
    chunks.push({ type: buffer.toString("latin1", offset, offset + 4), data: buffer.subarray(offset + 8, end) });
    offset = end + (end & 1);
  }
  return chunks;
}

/**
 * Adds Exif and XMP to a WebP file without touching its pixels; makes the extended header (VP8X) if the file has none.
 *
 * @param metadata `exif` begins with the TIFF header; `xmp` is a whole packet
 * @throws RangeError if the bytes are no WebP
 */
export function insertWebpMetadata(bytes: Uint8Array, metadata: { exif?: Uint8Array; xmp?: Uint8Array }): Uint8Array {
  const present = readWebpChunks(bytes).filter(
    ({ type }) =>
      !((type === "EXIF" && metadata.exif !== undefined) || (type === "XMP " && metadata.xmp !== undefined)),
  );
  const [first] = present;
  const extended = first?.type === "VP8X" ? Uint8Array.from(first.data) : extendedHeader(present);
  extended[0] = (extended[0] ?? 0) | (metadata.exif ? FLAG_EXIF : 0) | (metadata.xmp ? FLAG_XMP : 0);
  const chunks: WebpChunk[] = [{ type: "VP8X", data: extended }, ...present.filter(({ type }) => type !== "VP8X")];
  // Order of RFC 9649 §2.7: image data, EXIF, XMP, unknown chunks.
  if (metadata.exif) chunks.push({ type: "EXIF", data: metadata.exif });
  if (metadata.xmp) chunks.push({ type: "XMP ", data: metadata.xmp });
  return writeWebpChunks(chunks);
}

/** Makes a WebP file of chunks. */
export function writeWebpChunks(chunks: readonly WebpChunk[]): Uint8Array {
  const parts = chunks.flatMap(({ type, data }) => {
    const header = Buffer.alloc(8);
    header.write(type, 0, "latin1");
    header.writeUInt32LE(data.length, 4);
    return [header, data, new Uint8Array(data.length & 1)];
  });
  const body = Buffer.concat(parts);
  const riff = Buffer.alloc(12);
  riff.write("RIFF", 0, "latin1");
  riff.writeUInt32LE(body.length + 4, 4);
  riff.write("WEBP", 8, "latin1");
  return Buffer.concat([riff, body]);
}

/** Makes VP8X from the size in the bitstream: RFC 6386 §9.1 for VP8, RFC 9649 §3.4 for VP8L. */
function extendedHeader(chunks: readonly WebpChunk[]): Uint8Array {
  const image = chunks.find(({ type }) => type === "VP8 " || type === "VP8L");
  if (image === undefined || image.data.length < 10) throw new RangeError("The WebP has no image data.");
  const data = Buffer.from(image.data.buffer, image.data.byteOffset, image.data.byteLength);
  const header = Buffer.alloc(10);
  if (image.type === "VP8 ") {
    header.writeUIntLE((data.readUInt16LE(6) & 0x3fff) - 1, 4, 3);
    header.writeUIntLE((data.readUInt16LE(8) & 0x3fff) - 1, 7, 3);
  } else {
    const bits = data.readUInt32LE(1);
    header.writeUIntLE(bits & 0x3fff, 4, 3);
    header.writeUIntLE((bits >>> 14) & 0x3fff, 7, 3);
    if ((bits >>> 28) & 1) header[0] = FLAG_ALPHA;
  }
  return header;
}
