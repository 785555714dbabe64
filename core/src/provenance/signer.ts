import type { Logger } from "../logger.ts";
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

/**
 * Loads the signer for this machine: the native one where its binary fits (Linux on x64: ten times as fast), else WebAssembly.
 */
export async function loadSigner(logger?: Pick<Logger, "info">): Promise<Signer> {
  if (process.platform === "linux" && process.arch === "x64") {
    try {
      const { loadNodeSigner } = await import("./signer-node.ts");
      const signer = await loadNodeSigner();
      logger?.info("signing with c2pa-node (native)");
      return signer;
    } catch (error) {
      // Another C library (Alpine), or an installation without this package: the other signer gives the same files.
      const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
      logger?.info(`c2pa-node does not load here (${why})`);
    }
  }
  const { createWasmSigner } = await import("./signer-wasm.ts");
  logger?.info("signing with c2pa-wasm (WebAssembly)");
  return createWasmSigner();
}
