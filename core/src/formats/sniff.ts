/** Media types that the first bytes of a file tell for certain. */
export type SniffedMime =
  | "image/png"
  | "image/jpeg"
  | "image/webp"
  | "image/gif"
  | "image/tiff"
  | "image/avif"
  | "video/mp4"
  | "audio/wav"
  | "model/gltf-binary"
  | "application/zip"
  | "application/c2pa";

/**
 * Gives the media type that the first bytes of a file tell, or undefined.
 *
 * Signatures: PNG 1.2 §3.1, JPEG ITU-T T.81 B.1.1.3 (SOI), RIFF (WebP, WAVE), glTF 2.0 §4.4.2, TIFF 6.0 §2,
 * ISO/IEC 14496-12 `ftyp`, JUMBF ISO/IEC 19566-5 (`jumb` at offset 4).
 */
export function sniffMime(bytes: Uint8Array): SniffedMime | undefined {
  const text = (start: number, end: number) => Buffer.from(bytes.subarray(start, end)).toString("latin1");
  if (text(0, 8) === "\x89PNG\r\n\x1a\n") return "image/png";
  if (text(0, 3) === "\xff\xd8\xff") return "image/jpeg";
  if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return "image/webp";
  if (text(0, 4) === "RIFF" && text(8, 12) === "WAVE") return "audio/wav";
  if (text(0, 6) === "GIF87a" || text(0, 6) === "GIF89a") return "image/gif";
  if (text(0, 4) === "II*\0" || text(0, 4) === "MM\0*") return "image/tiff";
  if (text(0, 4) === "glTF") return "model/gltf-binary";
  if (text(0, 4) === "PK\x03\x04") return "application/zip";
  if (text(4, 8) === "jumb") return "application/c2pa";
  if (text(4, 8) === "ftyp") return text(8, 12).startsWith("avi") ? "image/avif" : "video/mp4";
  return undefined;
}
