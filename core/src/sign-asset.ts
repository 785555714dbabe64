import type { AssetStore } from "./assets/asset-store.ts";
import { METADATA_MIMES } from "./formats/embed-metadata.ts";
import { readJpegSegments } from "./formats/jpeg-segments.ts";
import { readPngChunks } from "./formats/png-chunks.ts";
import { promptCarriers } from "./formats/prompt-carriers.ts";
import { sniffMime } from "./formats/sniff.ts";
import { readWebpChunks } from "./formats/webp-chunks.ts";
import type { JobOwner } from "./jobs/job-service.ts";
import type { Sign } from "./protocol/client-messages.ts";
import { CoreError } from "./protocol/errors.ts";
import type { CredentialState } from "./protocol/record.ts";
import type { FileFacts, IngredientFacts, SignedFile, SigningRecord } from "./protocol/signing.ts";
import { canonicalJson } from "./provenance/canonical-json.ts";
import { fileActions } from "./provenance/file-actions.ts";
import { hidePromptFields } from "./provenance/generation-metadata.ts";
import { hasManifestTraces } from "./provenance/manifest-traces.ts";
import type { Provenance } from "./provenance/provenance.ts";

/** What signing needs of the core. */
export interface AssetSignerParts {
  assets: AssetStore;
  provenance: Provenance;
  /** Name and version of the program, for the record. */
  software: string;
  clock: () => number;
}

type SignRequest = Omit<Sign, "type" | "id">;

const CREDENTIALED: ReadonlySet<CredentialState> = new Set<CredentialState>(["trusted", "valid", "tampered"]);

/** Bounds of one request: a file is signed in memory, together with what went into it. */
export const SIGN_LIMITS = {
  max_file_bytes: 512 * 1024 * 1024,
  max_total_bytes: 1024 * 1024 * 1024,
  max_parameters_bytes: 256 * 1024,
};

/**
 * Makes the function that signs files which others made. One at a time: each is held in memory, and takes some milliseconds to
 * seconds. It does not wait in the queue of jobs.
 *
 * What was declared is written as declared, with who said it; what the core found by itself is the hash and credential of each file.
 *
 * @returns function that rejects with CoreError: INVALID_REQUEST, ASSET_NOT_FOUND, ASSET_TOO_LARGE, ASSET_UNREADABLE, POLICY_REFUSED,
 *   SIGNING_FAILED, STORAGE_FULL. Whatever is refused leaves no trace
 */
export function createAssetSigner(
  parts: AssetSignerParts,
): (request: SignRequest, owner: JobOwner) => Promise<SignedFile> {
  let last: Promise<unknown> = Promise.resolve();
  return (request, owner) => {
    const result = last.then(() => signAsset(request, owner, parts));
    last = result.catch(() => "the next one goes on");
    return result;
  };
}

async function signAsset(request: SignRequest, owner: JobOwner, parts: AssetSignerParts): Promise<SignedFile> {
  const { assets, provenance, software, clock } = parts;
  checkParameters(request.parameters);
  const prompt_privacy = provenance.prompt_privacy || request.prompt_privacy;
  await checkAssets(request, assets);

  const file = await readFile(request, "asset", parts);
  const { bytes } = file;
  checkContainer(bytes, file.facts.mime);
  if (prompt_privacy) refusePrompts(bytes, file.facts.mime, provenance.prompt_privacy);
  const { actions, source_is_parent } = fileActions({
    actions: request.actions,
    ingredients: request.ingredients,
    has_models: request.models.length > 0,
    has_credential: CREDENTIALED.has(file.facts.credential),
  });
  provenance.admitDeclared(request.models);
  refuseUnnamedModels({ ...request, actions }, provenance.policy);

  const ingredients: (IngredientFacts & { bytes?: Uint8Array })[] = [];
  if (source_is_parent) ingredients.push({ ...file.facts, relationship: "parentOf", role: "source", bytes });
  for (const [index, { relationship, role, ...named }] of request.ingredients.entries()) {
    const { facts, bytes: content } = await readFile(
      { asset: named.sha256, ...(named.sidecar === undefined ? {} : { sidecar: named.sidecar }) },
      `ingredients[${index}]`,
      parts,
    );
    ingredients.push({
      ...facts,
      relationship,
      ...(role === undefined ? {} : { role }),
      // Only a file with a credential is needed further on.
      ...(hasManifestTraces(content) ? { bytes: content } : {}),
    });
  }

  const title = request.title ?? file.facts.name ?? "untitled";
  const record: SigningRecord = {
    version: 1,
    created: new Date(clock()).toISOString(),
    software,
    title,
    source: file.facts,
    ingredients: ingredients.map(({ bytes: _, ...facts }) => facts),
    declared_by: {
      client: `${owner.name} ${owner.version}`,
      ...(owner.user === undefined ? {} : { user: owner.user }),
      ...(request.project === undefined ? {} : { project: request.project }),
      ...(request.shot === undefined ? {} : { shot: request.shot }),
    },
    actions,
    ...(request.software_agent === undefined ? {} : { software_agent: request.software_agent }),
    models: request.models,
    parameters: prompt_privacy ? hidePromptFields(request.parameters) : request.parameters,
    prompt_privacy,
    policy: provenance.policy,
  };
  const signed = await provenance.signFile({ bytes, record, ingredients });
  const name = file.facts.name ?? title;
  const asset = await assets.put(signed.bytes, file.facts.mime, name);
  const sidecar =
    signed.sidecar === undefined ? undefined : await assets.put(signed.sidecar, "application/c2pa", `${name}.c2pa`);
  return { asset, ...(sidecar === undefined ? {} : { sidecar }), record: signed.record, log: signed.log };
}

/** Refuses what JSON cannot hold, and what is too much for a record that stays in file and log for good. */
function checkParameters(parameters: Record<string, unknown>): void {
  const bytes = binaryField(parameters, "parameters");
  if (bytes !== undefined)
    throw invalid(
      bytes,
      "holds binary data; expected plain JSON",
      "Send it as an asset, and name it as an ingredient.",
    );
  const size = Buffer.byteLength(canonicalJson(parameters));
  if (size <= SIGN_LIMITS.max_parameters_bytes) return;
  throw invalid(
    "parameters",
    `must have at most ${SIGN_LIMITS.max_parameters_bytes} bytes of JSON, has ${size}`,
    "Leave out what does not describe the file, or send the workflow's hash alone.",
  );
}

function binaryField(value: unknown, path: string): string | undefined {
  if (value instanceof Uint8Array) return path;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, field] of Object.entries(value)) {
    const found = binaryField(field, `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function checkAssets({ asset, sidecar, ingredients }: SignRequest, assets: AssetStore): Promise<void> {
  let total = await checkAsset(asset, "asset", assets);
  if (sidecar !== undefined) total += await checkAsset(sidecar, "sidecar", assets);
  for (const [index, ingredient] of ingredients.entries()) {
    total += await checkAsset(ingredient.sha256, `ingredients[${index}].sha256`, assets);
    if (ingredient.sidecar !== undefined)
      total += await checkAsset(ingredient.sidecar, `ingredients[${index}].sidecar`, assets);
  }
  if (total <= SIGN_LIMITS.max_total_bytes) return;
  throw new CoreError(
    "ASSET_TOO_LARGE",
    `The file and what went into it have ${total} bytes together; expected at most ${SIGN_LIMITS.max_total_bytes}.`,
    { remedy: "Name fewer ingredients, or sign the parts first.", data: { size: total } },
  );
}

/** Gives the size of an asset that may be signed. */
async function checkAsset(sha256: string, field: string, assets: AssetStore): Promise<number> {
  const ref = await assets.stat(sha256);
  if (ref === undefined) {
    throw new CoreError("ASSET_NOT_FOUND", `The store holds no asset ${sha256}, which ${field} names.`, {
      remedy: "Send the file first, then the request.",
      data: { field, sha256 },
    });
  }
  if (ref.size <= SIGN_LIMITS.max_file_bytes) return ref.size;
  throw new CoreError(
    "ASSET_TOO_LARGE",
    `${field} has ${ref.size} bytes; a file to sign, and what went into it, may have ${SIGN_LIMITS.max_file_bytes}.`,
    { remedy: "Sign the parts that it is made of, or a smaller export.", data: { field, sha256, size: ref.size } },
  );
}

/** Reads a file with the state of its own credential. The first bytes tell its type where they can, not the client. */
async function readFile(
  { asset, sidecar }: { asset: string; sidecar?: string | undefined },
  field: string,
  { assets, provenance }: AssetSignerParts,
): Promise<{ bytes: Uint8Array; facts: FileFacts }> {
  const ref = await assets.stat(asset);
  const bytes = await assets.read(asset);
  if (bytes.length === 0) {
    throw new CoreError("ASSET_UNREADABLE", `${field} is an empty file.`, {
      remedy: "Choose another file.",
      data: { field },
    });
  }
  const mime = sniffMime(bytes) ?? ref?.mime ?? "application/octet-stream";
  if (mime === "application/c2pa") {
    throw invalid(field, "is a `.c2pa` file, that is a credential", "Name the file that it belongs to.");
  }
  const manifest = sidecar === undefined ? undefined : await assets.read(sidecar);
  const { state } = await provenance.verify(bytes, mime, manifest);
  return {
    bytes,
    facts: { sha256: asset, mime, ...(ref?.name === undefined ? {} : { name: ref.name }), credential: state },
  };
}

/** A picture that is not whole cannot hold a credential. */
function checkContainer(bytes: Uint8Array, mime: string): void {
  if (!METADATA_MIMES.has(mime)) return;
  const readers: Record<string, (bytes: Uint8Array) => unknown> = {
    "image/png": readPngChunks,
    "image/jpeg": readJpegSegments,
    "image/webp": readWebpChunks,
  };
  try {
    readers[mime]?.(bytes);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CoreError("ASSET_UNREADABLE", `The file to sign cannot be read as ${mime}: ${cause.message}`, {
      remedy: "Save the file again and send that.",
      data: { field: "asset", mime },
      cause,
    });
  }
}

function refusePrompts(bytes: Uint8Array, mime: string, isSetting: boolean): void {
  const carriers = promptCarriers(bytes, mime);
  if (carriers.length === 0) return;
  throw new CoreError(
    "INVALID_REQUEST",
    `The file holds prompts or a workflow (${carriers.join(", ")}), which ${isSetting ? "the setting prompt_privacy of this core" : "prompt_privacy"} keeps out of files.`,
    { remedy: "Save it without that metadata, or sign it without prompt privacy.", data: { field: "asset", carriers } },
  );
}

/** Under a policy about models, a file that says it was made by one must say by which, or name what it was made of. */
function refuseUnnamedModels({ actions, models, ingredients }: SignRequest, policy: Provenance["policy"]): void {
  if (policy === "open" || models.length > 0) return;
  const index = actions.findIndex(
    ({ digital_source_type: type }) =>
      type === "trainedAlgorithmicMedia" ||
      (type === "compositeWithTrainedAlgorithmicMedia" && ingredients.length === 0),
  );
  if (index < 0) return;
  throw new CoreError(
    "POLICY_REFUSED",
    `The policy "${policy}" wants the models named of a file that is ${actions[index]?.digital_source_type}; none is.`,
    { remedy: "Name each model with hash, licence and training data.", data: { policy, missing: ["models"] } },
  );
}

function invalid(path: string, message: string, remedy: string): CoreError {
  return new CoreError("INVALID_REQUEST", `${path} ${message}.`, { remedy, data: { issues: [{ path, message }] } });
}
