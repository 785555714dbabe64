import { createHash } from "node:crypto";
import { addXmp, METADATA_MIMES } from "../formats/embed-metadata.ts";
import { digitalSourceTypeUrl, type XmpFields } from "../formats/xmp.ts";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import { type SigningRecord, SigningRecordSchema } from "../protocol/signing.ts";
import { canonicalJson } from "./canonical-json.ts";
import { carriesManifest } from "./carries-manifest.ts";
import { buildFileManifest, type FileIngredient } from "./file-manifest.ts";
import { hashPictureFileForLog } from "./perceptual-hash.ts";
import type { SignedBytes, SignFileRequest } from "./provenance.ts";
import type { SealContext } from "./seal.ts";
import { stripManifest } from "./strip-manifest.ts";

/** Bytes alone, for the signer: it hashes them whole, and does not look for places in formats that it half knows. */
const OPAQUE = "application/octet-stream";

/**
 * Signs a file that was made elsewhere, then appends it to the log. PNG, JPEG and WebP carry their manifest; all metadata in them
 * stays, and XMP is added only where there is none. Every other file stays as it is and gets a sidecar.
 *
 * @throws CoreError SIGNING_FAILED, STORAGE_FULL; then nothing may be handed out
 */
export async function signFile(
  { bytes, record: given, ingredients }: SignFileRequest,
  { signer, credential, log }: Omit<SealContext, "prompt_privacy">,
): Promise<SignedBytes> {
  try {
    // Canonical order and no undefined fields: the same record has the same bytes in manifest and log.
    const record = SigningRecordSchema.parse(JSON.parse(canonicalJson(given)));
    const { mime } = record.source;
    const embed = METADATA_MIMES.has(mime);
    const files = await Promise.all(
      ingredients.map((ingredient) => withOwnManifest(ingredient, record.prompt_privacy)),
    );
    const signed = await signer.sign(
      {
        bytes: embed ? withXmp(stripManifest(bytes, mime), record) : bytes,
        mime: embed ? mime : OPAQUE,
        embed,
        ...buildFileManifest(record, files),
      },
      credential,
    );
    const picture = mime.startsWith("image/") ? await hashPictureFileForLog(bytes) : undefined;
    const entry = await log.append({
      version: 1,
      asset_sha256: sha256(signed.bytes),
      ...(embed ? {} : { sidecar_sha256: sha256(signed.manifest) }),
      mime,
      ...(picture === undefined ? {} : { picture }),
      signing: record,
    });
    return { bytes: signed.bytes, ...(embed ? {} : { sidecar: signed.manifest }), record, log: entry };
  } catch (thrown) {
    const error = toCoreError(thrown);
    if (error.code !== "INTERNAL") throw error;
    throw new CoreError("SIGNING_FAILED", `The file "${given.title}" could not be signed; nothing was handed out.`, {
      remedy: "Run `genga doctor`; the core's log has the details.",
      cause: thrown,
    });
  }
}

/** Keeps the bytes of an ingredient whose manifest goes along. */
async function withOwnManifest(
  { bytes, ...facts }: SignFileRequest["ingredients"][number],
  prompt_privacy: boolean,
): Promise<FileIngredient> {
  const carries = bytes !== undefined && (await carriesManifest(bytes, facts.mime, prompt_privacy));
  return carries ? { ...facts, source: bytes } : facts;
}

/** XMP can say how the content came about; a file of which nobody said that gets none. */
function withXmp(bytes: Uint8Array, record: SigningRecord): Uint8Array {
  const { actions, models, parameters, software_agent } = record;
  const type = actions.find((action) => action.digital_source_type !== undefined)?.digital_source_type;
  if (type === undefined) return bytes;
  const agent = software_agent ?? { name: record.declared_by.client };
  const prompt = typeof parameters.prompt === "string" ? parameters.prompt : undefined;
  const fields: XmpFields = {
    digital_source_type: digitalSourceTypeUrl(type),
    creator_tool: [agent.name, agent.version].filter((part) => part !== undefined).join(" "),
    created: record.created,
    title: record.title,
    ...(models.length === 0 ? {} : { ai_system: models.map(({ name }) => name).join(", ") }),
    ...(prompt === undefined ? {} : { ai_prompt: prompt }),
    ...(record.declared_by.user === undefined ? {} : { user: record.declared_by.user }),
  };
  return addXmp(bytes, record.source.mime, fields);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
