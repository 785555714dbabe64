import { createHash } from "node:crypto";
import { embedMetadata, METADATA_MIMES, type PictureMetadata } from "../formats/embed-metadata.ts";
import { embedGlbXmp } from "../formats/glb-xmp.ts";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import { GenerationRecordSchema } from "../protocol/record.ts";
import { canonicalJson } from "./canonical-json.ts";
import { carriesManifest } from "./carries-manifest.ts";
import { generationMetadata, hidePrompts } from "./generation-metadata.ts";
import { buildManifest } from "./manifest.ts";
import type { MerkleLog } from "./merkle-log.ts";
import { hashPicture } from "./perceptual-hash.ts";
import type { IngredientInput, Sealed, SealRequest } from "./provenance.ts";
import type { Signer } from "./signer.ts";
import type { SigningCredential } from "./signing-credential.ts";

/** What sealing needs. */
export interface SealContext {
  signer: Signer;
  credential: SigningCredential;
  log: MerkleLog;
  prompt_privacy: boolean;
}

/**
 * Seals one output: readable metadata, then the signature over all of it, then the log. PNG, JPEG and WebP carry their manifest;
 * every other file gets a sidecar. GLB carries the metadata too; files of text stay as they are.
 *
 * @throws CoreError SIGNING_FAILED, STORAGE_FULL; then nothing may be handed out
 */
export async function seal(
  request: SealRequest,
  { signer, credential, log, prompt_privacy }: SealContext,
): Promise<Sealed> {
  try {
    const { title, mime, inputs } = request;
    const isPrivate = prompt_privacy || request.prompt_privacy === true;
    // Canonical order and no undefined fields: the same record has the same bytes in manifest and log.
    const record = GenerationRecordSchema.parse(
      JSON.parse(canonicalJson(isPrivate ? hidePrompts(request.record) : request.record)),
    );
    const embed = METADATA_MIMES.has(mime);
    const bytes = withMetadata(request.bytes, mime, generationMetadata(record, title));
    const credentialed = await credentialedInputs(inputs, isPrivate);
    const signed = await signer.sign(
      { bytes, mime, embed, ...buildManifest({ record, inputs, credentialed, title, mime }) },
      credential,
    );
    const picture = request.pixels === undefined ? undefined : await hashPicture(request.pixels);
    const entry = await log.append({
      version: 1,
      asset_sha256: sha256(signed.bytes),
      ...(embed ? {} : { sidecar_sha256: sha256(signed.manifest) }),
      mime,
      ...(picture === undefined ? {} : { picture }),
      record,
    });
    return { bytes: signed.bytes, ...(embed ? {} : { sidecar: signed.manifest }), record, log: entry };
  } catch (thrown) {
    const error = toCoreError(thrown);
    if (error.code !== "INTERNAL") throw error;
    throw new CoreError(
      "SIGNING_FAILED",
      `The output "${request.title}" could not be signed; nothing was handed out.`,
      {
        remedy: "Run `genga doctor`; the core's log has the details.",
        cause: thrown,
      },
    );
  }
}

/** Writes what a person or a tool can read without verifying anything, where the format has a place for it. */
function withMetadata(bytes: Uint8Array, mime: string, metadata: PictureMetadata): Uint8Array {
  if (METADATA_MIMES.has(mime)) return embedMetadata(bytes, mime, metadata);
  return mime === "model/gltf-binary" ? embedGlbXmp(bytes, metadata.xmp) : bytes;
}

/** Gives the inputs whose own manifest is carried along. */
async function credentialedInputs(
  inputs: readonly IngredientInput[],
  prompt_privacy: boolean,
): Promise<ReadonlySet<IngredientInput>> {
  const credentialed = new Set<IngredientInput>();
  for (const input of inputs) {
    if (await carriesManifest(input.bytes, input.mime, prompt_privacy)) credentialed.add(input);
  }
  return credentialed;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
