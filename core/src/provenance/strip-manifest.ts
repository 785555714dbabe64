import { APP1, type JpegSegment, removeJpegSegments } from "../formats/jpeg-segments.ts";
import { readPngChunks, writePngChunks } from "../formats/png-chunks.ts";
import { readWebpChunks, writeWebpChunks } from "../formats/webp-chunks.ts";

const APP11 = APP1 + 10;

/**
 * Takes the C2PA manifest, or what is left of one, out of a PNG, JPEG or WebP file, so that the file can be signed anew; every other
 * chunk and segment stays. What the old manifest said goes on in the new one, as that of the parent.
 *
 * @throws RangeError if the bytes are no such file
 */
export function stripManifest(bytes: Uint8Array, mime: string): Uint8Array {
  switch (mime) {
    case "image/png": {
      const chunks = readPngChunks(bytes);
      const kept = chunks.filter(({ type }) => type !== "caBX");
      return kept.length === chunks.length ? bytes : writePngChunks(kept);
    }
    case "image/webp": {
      const chunks = readWebpChunks(bytes);
      const kept = chunks.filter(({ type }) => type !== "C2PA");
      return kept.length === chunks.length ? bytes : writeWebpChunks(kept);
    }
    case "image/jpeg": {
      // A manifest is spread over segments of one box instance; other JUMBF boxes (JPEG 360, privacy) are none of ours.
      let instances: Set<string> | undefined;
      const isManifest = (segment: JpegSegment) => {
        const instance = jumbfInstance(segment);
        if (instance === undefined) return false;
        instances ??= new Set();
        if (Buffer.from(segment.data).includes("c2pa")) instances.add(instance);
        return instances.has(instance);
      };
      return removeJpegSegments(bytes, isManifest);
    }
    default:
      throw new RangeError(`Cannot take a manifest out of ${mime}.`);
  }
}

/** Box instance number of a JPEG Systems segment: "JP", two bytes (ISO/IEC 19566-5 annex D). */
function jumbfInstance({ marker, data }: JpegSegment): string | undefined {
  if (marker !== APP11 || data[0] !== 0x4a || data[1] !== 0x50) return undefined;
  return `${data[2]} ${data[3]}`;
}
