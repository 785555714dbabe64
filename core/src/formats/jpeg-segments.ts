/** A marker segment of a JPEG file before the image data (ITU-T T.81 B.1.1.4). `data` leaves out the two length bytes. */
export interface JpegSegment {
  marker: number;
  data: Uint8Array;
}

/** Marker of APP1, which holds Exif and XMP. */
export const APP1 = 0xe1;
/** Bytes that one segment can hold: the 16-bit length counts itself. */
export const MAX_SEGMENT_BYTES = 0xffff - 2;

const APP0 = 0xe0;
const SOS = 0xda;

/**
 * Gives the segments before the image data, and the offset where the image data (SOS) begins.
 *
 * @throws RangeError if the bytes are no JPEG or end before SOS
 */
export function readJpegSegments(bytes: Uint8Array): { segments: JpegSegment[]; imageOffset: number } {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8)
    throw new RangeError("The bytes do not begin with a JPEG start-of-image marker.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const segments: JpegSegment[] = [];
  let offset = 2;
  while (offset + 4 <= bytes.length) {
    if (bytes[offset] !== 0xff) throw new RangeError(`The JPEG has no marker at byte ${offset}.`);
    const marker = bytes[offset + 1] ?? 0;
    if (marker === 0xff) {
      offset += 1; // fill byte
      continue;
    }
    if (marker === SOS) return { segments, imageOffset: offset };
    const end = offset + 2 + view.getUint16(offset + 2);
    if (end > bytes.length) break;
    segments.push({ marker, data: bytes.subarray(offset + 4, end) });
    offset = end;
  }
  throw new RangeError("The JPEG ends before its image data.");
}

/**
 * Inserts segments behind the JFIF header (APP0 must come first), without touching the image data or any other segment.
 *
 * @throws RangeError if the bytes are no JPEG, or a segment is larger than a JPEG segment can be
 */
export function insertJpegSegments(bytes: Uint8Array, inserted: readonly JpegSegment[]): Uint8Array {
  const { segments, imageOffset } = readJpegSegments(bytes);
  const headers = segments.findIndex((segment) => segment.marker !== APP0);
  const at = headers < 0 ? segments.length : headers;
  const all = [...segments.slice(0, at), ...inserted, ...segments.slice(at)];
  return Buffer.concat([bytes.subarray(0, 2), ...all.map(encodeSegment), bytes.subarray(imageOffset)]);
}

/**
 * Removes segments before the image data; all other bytes stay.
 *
 * @throws RangeError if the bytes are no JPEG
 */
export function removeJpegSegments(bytes: Uint8Array, isRemoved: (segment: JpegSegment) => boolean): Uint8Array {
  const { segments, imageOffset } = readJpegSegments(bytes);
  const kept = segments.filter((segment) => !isRemoved(segment));
  return Buffer.concat([bytes.subarray(0, 2), ...kept.map(encodeSegment), bytes.subarray(imageOffset)]);
}

function encodeSegment({ marker, data }: JpegSegment): Uint8Array {
  if (data.length > MAX_SEGMENT_BYTES)
    throw new RangeError(`A JPEG segment of ${data.length} bytes; expected at most ${MAX_SEGMENT_BYTES}.`);
  const length = data.length + 2;
  return Buffer.concat([Uint8Array.of(0xff, marker, length >> 8, length & 0xff), data]);
}
