import { readPngTexts } from "./png-chunks.ts";

/** Keywords under which image generators keep prompts or node graphs in PNG texts. */
const PNG_KEYWORDS = [
  "prompt",
  "workflow",
  "parameters",
  "invokeai_metadata",
  "invokeai_graph",
  "sd-metadata",
  "dream",
];
/** Begins a text in which the prompt was replaced by its hash. */
const HIDDEN = "sha256:";

/**
 * Names the places of a file that hold a prompt or a node graph as generators write them: PNG texts, Exif of ComfyUI and of A1111's
 * readers, IPTC's field in XMP, `asset.extras` of GLB. What is only the hash of a prompt does not count. A text hidden in any other
 * way is not found.
 */
export function promptCarriers(bytes: Uint8Array, mime: string): string[] {
  const found: string[] = [];
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (mime === "image/png") {
    const texts = readPngTexts(bytes);
    for (const keyword of PNG_KEYWORDS) {
      const text = texts.get(keyword);
      if (text !== undefined && !text.startsWith(HIDDEN)) found.push(`PNG text ${keyword}`);
    }
  }
  if (mime === "image/jpeg" || mime === "image/webp") {
    // ComfyUI: Exif Make and Model; save_image_websocket and other packs write the same two words.
    for (const word of ["prompt", "workflow"]) if (buffer.includes(`${word}:{`)) found.push(`Exif ${word}`);
    const comment = buffer.indexOf("UNICODE\0");
    if (comment >= 0 && !isHiddenComment(buffer.subarray(comment + 8, comment + 8 + 2 * HIDDEN.length)))
      found.push("Exif UserComment");
  }
  if (mime.startsWith("image/") && /AIPromptInformation(="|>)(?!sha256:|")/.test(xmpOf(buffer)))
    found.push("XMP AIPromptInformation");
  if (mime === "model/gltf-binary") found.push(...gltfExtras(buffer));
  return found;
}

/** UserComment is UTF-16 in either byte order. */
function isHiddenComment(start: Buffer): boolean {
  const littleEndian = Buffer.from(HIDDEN, "utf16le");
  return start.equals(littleEndian) || start.equals(Buffer.from(littleEndian).swap16());
}

function xmpOf(buffer: Buffer): string {
  const start = buffer.indexOf("<x:xmpmeta");
  const end = start < 0 ? -1 : buffer.indexOf("</x:xmpmeta>", start);
  return end < 0 ? "" : buffer.toString("utf8", start, end);
}

/** `asset.extras` of the JSON chunk, which comes first (glTF 2.0 §4.4.3). */
function gltfExtras(buffer: Buffer): string[] {
  if (buffer.length < 20) return [];
  try {
    const json: unknown = JSON.parse(buffer.toString("utf8", 20, 20 + buffer.readUInt32LE(12)));
    const asset = fieldOf(json, "asset");
    const extras = fieldOf(asset, "extras");
    return ["prompt", "workflow"]
      .filter((name) => fieldOf(extras, name) !== undefined)
      .map((name) => `GLB extras ${name}`);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}
