import { APP1, readJpegSegments } from "../formats/jpeg-segments.ts";
import { readPngChunks } from "../formats/png-chunks.ts";
import { readWebpChunks } from "../formats/webp-chunks.ts";

/** Last 12 bytes of every JUMBF content type of C2PA: c2pa, c2ma, c2as, c2cl, c2cs, json, cbor (C2PA 2.2 §11.1.4). */
const JUMBF_TYPE_TAIL = Buffer.from("00110010800000aa00389b71", "hex");
const APP11 = APP1 + 10;

/**
 * Says whether a file holds a C2PA manifest or what is left of one: then a file without a readable manifest is not simply unsigned,
 * somebody cut into it.
 */
export function hasManifestTraces(bytes: Uint8Array): boolean {
  if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(JUMBF_TYPE_TAIL)) return true;
  return hasManifestBox(bytes);
}

/** The box alone, whatever is in it. */
function hasManifestBox(bytes: Uint8Array): boolean {
  const readers = [
    () => readPngChunks(bytes).some(({ type }) => type === "caBX"),
    () => readWebpChunks(bytes).some(({ type }) => type === "C2PA"),
    // JPEG Systems in APP11: "JP" (ISO/IEC 19566-5 annex D)
    () =>
      readJpegSegments(bytes).segments.some(
        ({ marker, data }) => marker === APP11 && data[0] === 0x4a && data[1] === 0x50,
      ),
  ];
  return readers.some((reader) => {
    try {
      return reader();
    } catch (error) {
      if (error instanceof RangeError) return false; // another format, or a broken file
      throw error;
    }
  });
}
