import type { Logger } from "../logger.ts";
import type { Signer } from "./signer.ts";

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
