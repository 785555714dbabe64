import type { XmpFields } from "./xmp.ts";

const MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;
const EXTENSION = "KHR_xmp_json_ld";

/** Namespaces of the fields, as their JSON-LD context. */
const CONTEXT = {
  dc: "http://purl.org/dc/elements/1.1/",
  xmp: "http://ns.adobe.com/xap/1.0/",
  Iptc4xmpExt: "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
  rdf: "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
};

/**
 * Writes XMP into a glTF binary (2.0): one packet of the Khronos extension KHR_xmp_json_ld, of the file as a whole (`asset`), in the
 * JSON-LD form of XMP (ISO 16684-3). Other chunks and all else in the JSON stay byte for byte; a packet that the asset had is replaced.
 *
 * @throws RangeError if the bytes are no glTF binary of version 2
 */
export function embedGlbXmp(bytes: Uint8Array, fields: XmpFields): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 20 || view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== 2) {
    throw new RangeError("Cannot write XMP into these bytes; expected a glTF binary (GLB) of version 2.");
  }
  const jsonLength = view.getUint32(12, true);
  if (view.getUint32(16, true) !== JSON_CHUNK || 20 + jsonLength > bytes.length) {
    throw new RangeError("Cannot write XMP into this GLB: its first chunk is not JSON, or is cut short.");
  }
  const gltf = JSON.parse(Buffer.from(bytes.subarray(20, 20 + jsonLength)).toString("utf8")) as GltfJson;
  const json = Buffer.from(JSON.stringify(withPacket(gltf, xmpPacket(fields))), "utf8");
  const padded = Buffer.concat([json, Buffer.alloc((4 - (json.length % 4)) % 4, " ")]);
  const others = bytes.subarray(20 + jsonLength);
  const head = Buffer.alloc(20);
  [MAGIC, 2, 20 + padded.length + others.length, padded.length, JSON_CHUNK].forEach((value, index) => {
    head.writeUInt32LE(value, index * 4);
  });
  return Buffer.concat([head, padded, others]);
}

interface GltfJson {
  asset: { extensions?: Record<string, unknown> };
  extensions?: Record<string, { packets?: unknown[] }>;
  extensionsUsed?: string[];
}

function withPacket(gltf: GltfJson, packet: unknown): GltfJson {
  const before = gltf.asset.extensions?.[EXTENSION] as { packet?: number } | undefined;
  const packets = [...(gltf.extensions?.[EXTENSION]?.packets ?? [])];
  const index = before?.packet ?? packets.length;
  packets[index] = packet;
  return {
    ...gltf,
    asset: { ...gltf.asset, extensions: { ...gltf.asset.extensions, [EXTENSION]: { packet: index } } },
    extensionsUsed: [...new Set([...(gltf.extensionsUsed ?? []), EXTENSION])],
    extensions: { ...gltf.extensions, [EXTENSION]: { ...gltf.extensions?.[EXTENSION], packets } },
  };
}

/** The same fields as the packet of a picture (xmp.ts). */
function xmpPacket(fields: XmpFields): Record<string, unknown> {
  return {
    "@context": CONTEXT,
    "@id": "",
    "Iptc4xmpExt:DigitalSourceType": fields.digital_source_type,
    ...(fields.ai_system === undefined ? {} : { "Iptc4xmpExt:AISystemUsed": fields.ai_system }),
    ...(fields.ai_system_version === undefined ? {} : { "Iptc4xmpExt:AISystemVersionUsed": fields.ai_system_version }),
    ...(fields.ai_prompt === undefined ? {} : { "Iptc4xmpExt:AIPromptInformation": fields.ai_prompt }),
    ...(fields.user === undefined
      ? {}
      : { "Iptc4xmpExt:AIPromptWriterName": fields.user, "dc:creator": { "@list": [fields.user] } }),
    "xmp:CreatorTool": fields.creator_tool,
    "xmp:CreateDate": fields.created,
    "xmp:ModifyDate": fields.created,
    "dc:title": { "@type": "rdf:Alt", "rdf:_1": { "@language": "x-default", "@value": fields.title } },
  };
}
