import { join } from "node:path";
import type { Logger } from "../logger.ts";
import { type Bundle, bundleFile, componentOf } from "../models/bundle.ts";
import { DigestCache } from "../models/digest-cache.ts";
import { checkExternalData } from "../models/external-data.ts";
import { componentFiles, verifyBundle } from "../models/verify-bundle.ts";
import { CoreError } from "../protocol/errors.ts";
import { GraphCache } from "./graph-cache.ts";
import type { ProviderName } from "./provider-choice.ts";
import type { BundleSessions } from "./session.ts";
import { SessionCache, type SessionCacheStatus } from "./session-cache.ts";

/** How graphs are loaded. */
export interface SessionSettings {
  provider: ProviderName;
  /** Threads inside an operator; the same number on the same machine gives the same bytes. */
  threads: number;
  /** Memory for loaded graphs. */
  budget_bytes: number;
  /** Memory of the machine. */
  memory_total: number;
  /** Folder for what may be deleted at any time. */
  cache_folder: string;
  cpu_fingerprint: string;
  runtime_version: string;
}

/** Sessions of one job. */
export interface JobSessions extends BundleSessions {
  /** Milliseconds spent on loading graphs so far. */
  readonly load_ms: number;
  /** Ends the job's hold on its graphs. */
  end(): void;
}

/** Loaded graphs of one worker. */
export interface Sessions {
  /** @throws CoreError OUT_OF_MEMORY if the bundle can never fit */
  forJob(bundle: Bundle, signal: AbortSignal): JobSessions;
  status(): SessionCacheStatus;
  clear(): Promise<void>;
}

/**
 * Gives sessions of bundles: each file is checked against its SHA-256 before it is loaded, optimised graphs come from a cache on
 * disk, loaded graphs stay in memory while the budget allows.
 */
export function openSessions(settings: SessionSettings, logger: Logger): Sessions {
  const { provider, threads, budget_bytes, memory_total, cache_folder, cpu_fingerprint, runtime_version } = settings;
  const digests = new DigestCache(join(cache_folder, "digests"));
  const graphs = new GraphCache({
    folder: join(cache_folder, "graphs"),
    digests,
    logger,
    runtime_version,
    cpu_fingerprint,
  });
  const cache = new SessionCache({ budget_bytes, logger });

  const forJob = (bundle: Bundle, signal: AbortSignal): JobSessions => {
    const { id, memory_bytes } = bundle.manifest;
    if (provider === "cpu" && memory_bytes > memory_total) {
      throw new CoreError(
        "OUT_OF_MEMORY",
        `Bundle "${id}" needs ${memory_bytes} bytes of memory; this machine has ${memory_total}.`,
        {
          remedy: "Choose a smaller bundle, or run the core on a machine with more memory.",
          data: { memory_bytes, memory_total },
        },
      );
    }
    const lease = cache.lease();
    let load_ms = 0;
    const session = (name: string) => {
      const component = componentOf(bundle, name);
      const files = componentFiles(component);
      const label = `${name} of bundle "${id}"`;
      return lease.graph({
        // Bundles that share a graph share its session, if they say the same of it.
        key: JSON.stringify([provider, files.map(({ sha256 }) => sha256), component.inputs, component.outputs]),
        label,
        bytes: files.reduce((sum, { size = 0 }) => sum + size, 0),
        load: async () => {
          const start = performance.now();
          try {
            await verifyBundle(bundle, digests, { signal }, files);
            checkExternalData(bundle, component);
            return await graphs.load({ file: bundleFile(bundle, component.file), component, label, provider, threads });
          } finally {
            load_ms += performance.now() - start;
          }
        },
      });
    };
    return {
      session,
      get load_ms() {
        return load_ms;
      },
      end: () => lease.end(),
    };
  };
  return { forJob, status: () => cache.status(), clear: () => cache.clear() };
}
