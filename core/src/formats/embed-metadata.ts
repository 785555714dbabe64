import { type ExifTexts, encodeExif } from "./exif.ts";
import { APP1, insertJpegSegments, type JpegSegment, MAX_SEGMENT_BYTES, readJpegSegments } from "./jpeg-segments.ts";
import { insertPngChunks, pngTextChunk, pngXmpChunk, readPngChunks } from "./png-chunks.ts";
import { insertWebpMetadata, readWebpChunks } from "./webp-chunks.ts";
import { encodeXmp, type XmpFields } from "./xmp.ts";

/** Readable metadata of a picture. */
export interface PictureMetadata {
  xmp: XmpFields;
  /** The A1111 `parameters` text. */
  parameters: string;
  software: string;
}

/** Media types that {@link embedMetadata} can write into. */
export const METADATA_MIMES: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/webp"]);

const CUT = " … (cut; the signed record has all of it)";
const XMP_HEADER = "http://ns.adobe.com/xap/1.0/\0";

/**
 * Writes XMP and the `parameters` text into a PNG, JPEG or WebP file without decoding its pixels; other metadata is kept.
 *
 * PNG: iTXt `XML:com.adobe.xmp`, tEXt / iTXt `parameters`. JPEG: APP1 Exif, APP1 XMP; a text too long for one segment (about
 * 32 k characters) ends in a note. WebP: EXIF and XMP chunks.
 *
 * @throws RangeError if the bytes are no such file
 */
export function embedMetadata(bytes: Uint8Array, mime: string, metadata: PictureMetadata): Uint8Array {
  switch (mime) {
    case "image/png":
      return insertPngChunks(bytes, [
        pngTextChunk("Software", metadata.software),
        pngTextChunk("parameters", metadata.parameters),
        pngXmpChunk(encodeXmp(metadata.xmp)),
      ]);
    case "image/jpeg":
      return insertJpegSegments(bytes, [
        {
          marker: APP1,
          data: Buffer.concat([Buffer.from("Exif\0\0", "latin1"), exifThatFits(metadata, MAX_SEGMENT_BYTES - 6)]),
        },
        jpegXmpSegment(metadata.xmp),
      ]);
    case "image/webp":
      return insertWebpMetadata(bytes, {
        exif: encodeExif(textsOf(metadata)),
        xmp: Buffer.from(encodeXmp(metadata.xmp), "utf8"),
      });
    default:
      throw new RangeError(`Cannot write metadata into ${mime}; expected one of: ${[...METADATA_MIMES].join(", ")}.`);
  }
}

/**
 * Writes XMP into a PNG, JPEG or WebP file that has none; any other metadata, and XMP that is there, stay as they are.
 *
 * @throws RangeError if the bytes are no such file
 */
export function addXmp(bytes: Uint8Array, mime: string, fields: XmpFields): Uint8Array {
  switch (mime) {
    case "image/png": {
      const hasXmp = readPngChunks(bytes).some(
        ({ type, data }) =>
          type === "iTXt" && Buffer.from(data.subarray(0, 18)).toString("latin1") === "XML:com.adobe.xmp\0",
      );
      return hasXmp ? bytes : insertPngChunks(bytes, [pngXmpChunk(encodeXmp(fields))]);
    }
    case "image/jpeg": {
      const hasXmp = readJpegSegments(bytes).segments.some(
        ({ marker, data }) =>
          marker === APP1 && Buffer.from(data.subarray(0, XMP_HEADER.length)).toString("latin1") === XMP_HEADER,
      );
      return hasXmp ? bytes : insertJpegSegments(bytes, [jpegXmpSegment(fields)]);
    }
    case "image/webp": {
      const hasXmp = readWebpChunks(bytes).some(({ type }) => type === "XMP ");
      return hasXmp ? bytes : insertWebpMetadata(bytes, { xmp: Buffer.from(encodeXmp(fields), "utf8") });
    }
    default:
      throw new RangeError(`Cannot write XMP into ${mime}; expected one of: ${[...METADATA_MIMES].join(", ")}.`);
  }
}

function jpegXmpSegment(fields: XmpFields): JpegSegment {
  const header = Buffer.from(XMP_HEADER, "latin1");
  return { marker: APP1, data: Buffer.concat([header, xmpThatFits(fields, MAX_SEGMENT_BYTES - header.length)]) };
}

function textsOf(metadata: PictureMetadata): ExifTexts {
  return { software: metadata.software, user_comment: metadata.parameters };
}

function exifThatFits(metadata: PictureMetadata, maxBytes: number): Uint8Array {
  const exif = encodeExif(textsOf(metadata));
  if (exif.length <= maxBytes) return exif;
  const kept = metadata.parameters.length - Math.ceil((exif.length - maxBytes) / 2) - CUT.length;
  return encodeExif({ software: metadata.software, user_comment: cutText(metadata.parameters, kept) });
}

/** Halves the prompt until the packet fits: escaping makes the length of a shorter text hard to foretell. */
function xmpThatFits(fields: XmpFields, maxBytes: number): Uint8Array {
  let packet = Buffer.from(encodeXmp(fields), "utf8");
  const { ai_prompt = "" } = fields;
  for (let kept = ai_prompt.length; packet.length > maxBytes && kept > 0; ) {
    kept = Math.floor(kept / 2);
    packet = Buffer.from(encodeXmp({ ...fields, ai_prompt: cutText(ai_prompt, kept) }), "utf8");
  }
  return packet;
}

/** Cuts between characters, never through one of two code units. */
function cutText(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, "") + CUT;
}
