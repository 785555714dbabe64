/**
 * Digital source types that a generated file can have: IPTC NewsCodes http://cv.iptc.org/newscodes/digitalsourcetype/. Motion and
 * meshes are media too: C2PA's own `trainedAlgorithmicData` is refused as unregistered by encypher-c2pa 1.7.1 (profile C2PA 2.4).
 */
export const DIGITAL_SOURCE_TYPE = {
  trainedAlgorithmicMedia: "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
  compositeWithTrainedAlgorithmicMedia:
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia",
  algorithmicallyEnhanced: "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced",
  algorithmicMedia: "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia",
} as const;
export type DigitalSourceType = (typeof DIGITAL_SOURCE_TYPE)[keyof typeof DIGITAL_SOURCE_TYPE];

/** Gives the address of a digital source type. */
export function digitalSourceTypeUrl<N extends string>(name: N): `http://cv.iptc.org/newscodes/digitalsourcetype/${N}` {
  return `http://cv.iptc.org/newscodes/digitalsourcetype/${name}`;
}

/** What a person or a tool can read in a file without verifying anything. */
export interface XmpFields {
  digital_source_type: ReturnType<typeof digitalSourceTypeUrl>;
  /** Program that wrote the file: xmp:CreatorTool. */
  creator_tool: string;
  /** ISO 8601. */
  created: string;
  title: string;
  /** The AI engine or model: Iptc4xmpExt:AISystemUsed. */
  ai_system?: string;
  ai_system_version?: string;
  /** Prompt and negative prompt: Iptc4xmpExt:AIPromptInformation. */
  ai_prompt?: string;
  /** Person on whose behalf it was made: dc:creator, Iptc4xmpExt:AIPromptWriterName. */
  user?: string;
}

/**
 * Encodes an XMP packet with the AI fields of IPTC Photo Metadata 2025.1 (released 2025-11; each is a single Text, XMP ids in
 * iptc-pmd-techreference_2025.1: Iptc4xmpExt:AISystemUsed, AISystemVersionUsed, AIPromptInformation, AIPromptWriterName), and
 * dc:creator, dc:title and xmp dates. Packet wrapper, RDF forms: XMP Specification part 1 (ISO 16684-1) §7. Read-only packet
 * without padding: the file is signed, so editing in place would break it anyway.
 */
export function encodeXmp(fields: XmpFields): string {
  const attributes = {
    "Iptc4xmpExt:DigitalSourceType": fields.digital_source_type,
    ...(fields.ai_system === undefined ? {} : { "Iptc4xmpExt:AISystemUsed": fields.ai_system }),
    ...(fields.ai_system_version === undefined ? {} : { "Iptc4xmpExt:AISystemVersionUsed": fields.ai_system_version }),
    ...(fields.ai_prompt === undefined ? {} : { "Iptc4xmpExt:AIPromptInformation": fields.ai_prompt }),
    ...(fields.user === undefined ? {} : { "Iptc4xmpExt:AIPromptWriterName": fields.user }),
    "xmp:CreatorTool": fields.creator_tool,
    "xmp:CreateDate": fields.created,
    "xmp:ModifyDate": fields.created,
  };
  const creator =
    fields.user === undefined
      ? ""
      : `<dc:creator><rdf:Seq><rdf:li>${escapeXml(fields.user)}</rdf:li></rdf:Seq></dc:creator>`;
  return [
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"',
    ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"',
    ...Object.entries(attributes).map(([name, value]) => ` ${name}="${escapeXml(value)}"`),
    `>${creator}<dc:title><rdf:Alt><rdf:li xml:lang="x-default">${escapeXml(fields.title)}</rdf:li></rdf:Alt></dc:title>`,
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>',
  ].join("");
}

/** Escapes text for XML 1.0; characters that XML cannot hold at all (NUL, lone surrogates) become U+FFFD. */
function escapeXml(text: string): string {
  const wellFormed = Buffer.from(text, "utf8").toString("utf8");
  return (
    wellFormed
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters outside XML 1.0 production [2] Char.
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
      .replace(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`)
  );
}
