import type { ManifestDefinition, ManifestIngredient } from "./manifest.ts";
import type { SigningCredential } from "./signing-credential.ts";

/** What is to be signed. */
export interface SignRequest {
  bytes: Uint8Array;
  mime: string;
  manifest: ManifestDefinition;
  ingredients: readonly ManifestIngredient[];
  /** Whether the manifest goes into the file; else the file stays as it is. */
  embed: boolean;
}

/** A signed file. */
export interface SignedFile {
  bytes: Uint8Array;
  /** The manifest store alone: content of a `.c2pa` file. */
  manifest: Uint8Array;
}

/** Signs files with C2PA manifests. Two implementations answer the same conformance tests. */
export interface Signer {
  readonly name: "c2pa-node" | "c2pa-wasm";
  sign(request: SignRequest, credential: SigningCredential): Promise<SignedFile>;
}

/**
 * Settings of c2pa-rs for signing: nothing is fetched, no thumbnails (they would double a small file), and the signed file is
 * verified before it is handed out (verify_after_sign is on by default).
 */
export const SIGN_SETTINGS = {
  verify: { verify_trust: false, remote_manifest_fetch: false, ocsp_fetch: false },
  builder: { thumbnail: { enabled: false } },
};
