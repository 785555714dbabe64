import { join } from "node:path";
import type { MachineFacts } from "../inference/machine.ts";
import { PROVIDERS, type ProviderTrial } from "../inference/provider-choice.ts";
import type { Logger } from "../logger.ts";
import { packageFolder } from "../package-folder.ts";
import { toCoreError } from "../protocol/errors.ts";
import { type HostProcess, startHostProcess } from "./host-process.ts";

/** Options of {@link probeHost}. */
export interface ProbeOptions {
  logger: Logger;
  env: Record<string, string | undefined>;
  /** Time that a provider has to answer. */
  timeout_ms?: number;
  /** Built files of host/main.ts and host/worker.ts; those in dist/ by default. */
  host_entry?: string;
  worker_entry?: string;
}

/** What this machine has for inference. */
export interface InferenceProbe {
  machine: MachineFacts;
  /** Version of onnxruntime-node. */
  runtime_version: string;
  /** Every provider, best first: tried for real, each in a process that may end over it. */
  providers: ProviderTrial[];
}

const TIMEOUT_MS = 20_000;

/**
 * Finds out what this machine has for inference, without a running core: what `genga doctor` shows.
 *
 * @throws CoreError HOST_CRASHED if the runtime itself does not load
 */
export async function probeHost(options: ProbeOptions): Promise<InferenceProbe> {
  const dist = join(packageFolder(), "dist");
  const { logger, env, timeout_ms = TIMEOUT_MS } = options;
  const { host_entry = join(dist, "host.js"), worker_entry = join(dist, "worker.js") } = options;
  const fork = () => startHostProcess({ host_entry, worker_entry, logger, env });
  let host: HostProcess = fork();
  try {
    const facts = await host.call(host.api.facts());
    const providers: ProviderTrial[] = [];
    for (const provider of PROVIDERS) {
      const timer = setTimeout(() => host.kill(), timeout_ms);
      try {
        providers.push(await host.call(host.api.tryProvider(provider)));
      } catch (thrown) {
        providers.push({ provider, usable: false, reason: toCoreError(thrown).message });
        await host.stop();
        host = fork();
      } finally {
        clearTimeout(timer);
      }
    }
    return { ...facts, providers };
  } finally {
    await host.stop();
  }
}
