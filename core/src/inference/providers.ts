import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { InferenceSession, listSupportedBackends, Tensor } from "onnxruntime-node";
import { withoutPaths } from "./ort-errors.ts";
import type { ProviderName, ProviderTrial } from "./provider-choice.ts";

/** Names that onnxruntime-node gives to our providers. */
export const ORT_NAMES: Record<ProviderName, string> = {
  cpu: "cpu",
  cuda: "cuda",
  directml: "dml",
  coreml: "coreml",
  webgpu: "webgpu",
};

// product = x @ x for x [n, n] float32, made with onnx 1.23: helper.make_node("MatMul", ["x", "x"], ["product"]).
const TRIAL_GRAPH =
  "CAoSBWdlbmdhOlQKFwoBeAoBeBIHcHJvZHVjdCIGTWF0TXVsEgV0cmlhbFoVCgF4EhAKDggBEgoKAxIBbgoDEgFuYhsKB3Byb2R1Y3QSEAoOCAESCgoDEgFuCgMSAW5CBAoAEBQ=";

/**
 * Finds out whether a provider works here: it must be part of the runtime, create a session and multiply two matrices rightly.
 * May take the process down where a graphics driver is broken; the core tells that apart by what it asked last.
 */
export async function tryProvider(provider: ProviderName): Promise<ProviderTrial> {
  const backend = listSupportedBackends().find(({ name }) => name === ORT_NAMES[provider]);
  if (backend === undefined) return { provider, usable: false, reason: "not part of the runtime on this platform" };
  if (!backend.bundled && !hasProviderLibrary(provider)) {
    return {
      provider,
      usable: false,
      reason: "its library is not installed (onnxruntime-node-install=cuda12 fetches it)",
    };
  }
  try {
    const session = await InferenceSession.create(Buffer.from(TRIAL_GRAPH, "base64"), {
      executionProviders: [ORT_NAMES[provider]],
      logSeverityLevel: 4,
      intraOpNumThreads: 1,
      ...(provider === "directml" ? { enableMemPattern: false } : {}),
    });
    try {
      const x = new Tensor("float32", Float32Array.of(1, 2, 3, 4), [2, 2]);
      const { product } = await session.run({ x });
      const met = [...(product?.data ?? [])].map(Number);
      const right = [7, 10, 15, 22].every((value, index) => Math.abs((met[index] ?? Number.NaN) - value) < 1e-3);
      return right
        ? { provider, usable: true }
        : { provider, usable: false, reason: `it computes wrongly: ${met.join(", ")}` };
    } finally {
      await session.release();
    }
  } catch (thrown) {
    return { provider, usable: false, reason: reasonOf(thrown) };
  }
}

/** Gives the version of onnxruntime-node. */
export function runtimeVersion(): string {
  const { version }: { version: unknown } = createRequire(import.meta.url)("onnxruntime-node/package.json");
  return String(version);
}

function hasProviderLibrary(provider: ProviderName): boolean {
  const main = createRequire(import.meta.url).resolve("onnxruntime-node");
  const name =
    process.platform === "win32" ? `onnxruntime_providers_${provider}.dll` : `libonnxruntime_providers_${provider}.so`;
  return existsSync(join(dirname(main), "..", "bin", "napi-v6", process.platform, process.arch, name));
}

function reasonOf(thrown: unknown): string {
  const text = withoutPaths(thrown instanceof Error ? thrown.message : String(thrown));
  // WebGPU: "webgpu_context.cc:136 …lambda… was false. Failed to get a WebGPU adapter: No supported adapters"
  return /was false\. (.+)$/.exec(text)?.[1] ?? text;
}
