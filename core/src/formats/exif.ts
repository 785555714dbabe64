/** Texts of an Exif block. */
export interface ExifTexts {
  /** Tag 0x0131. */
  software: string;
  /** Tag 0x9286: where A1111, ComfyUI and their readers look for generation parameters in JPEG and WebP. */
  user_comment: string;
}

const ASCII = 2;
const LONG = 4;
const UNDEFINED = 7;

/**
 * Encodes an Exif block (big-endian TIFF) with Software and UserComment. UserComment is UTF-16 big endian behind `UNICODE\0`,
 * as piexif writes it for A1111. Layout: TIFF 6.0 §2, Exif 2.32 §4.6.
 */
export function encodeExif(texts: ExifTexts): Uint8Array {
  const software = Buffer.from(`${texts.software}\0`, "latin1");
  const comment = Buffer.concat([
    Buffer.from("UNICODE\0", "latin1"),
    Buffer.from(texts.user_comment, "utf16le").swap16(),
  ]);
  const ifd0 = 8;
  const exifIfd = ifd0 + 2 + 2 * 12 + 4;
  const softwareAt = exifIfd + 2 + 12 + 4;
  const commentAt = softwareAt + software.length + (software.length & 1);
  const out = Buffer.alloc(commentAt + comment.length);
  out.write("MM\0*", 0, "latin1");
  out.writeUInt32BE(ifd0, 4);
  out.writeUInt16BE(2, ifd0);
  writeEntry(out, ifd0 + 2, 0x0131, ASCII, software.length, softwareAt);
  writeEntry(out, ifd0 + 14, 0x8769, LONG, 1, exifIfd);
  out.writeUInt16BE(1, exifIfd);
  writeEntry(out, exifIfd + 2, 0x9286, UNDEFINED, comment.length, commentAt);
  software.copy(out, softwareAt);
  comment.copy(out, commentAt);
  return out;
}

/** An entry of 12 bytes; `value` is the offset of the data, or the value of a LONG. Software is always longer than 4 bytes here. */
function writeEntry(out: Buffer, at: number, tag: number, type: number, count: number, value: number): void {
  out.writeUInt16BE(tag, at);
  out.writeUInt16BE(type, at + 2);
  out.writeUInt32BE(count, at + 4);
  out.writeUInt32BE(value, at + 8);
}
