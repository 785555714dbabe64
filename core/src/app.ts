import { randomInt, randomUUID } from "node:crypto";
import { openAssetStore } from "./assets/file-asset-store.ts";
import type { Config } from "./config.ts";
import { createInferenceHost } from "./host/inference-host.ts";
import { createImageTask } from "./jobs/image-task.ts";
import { createMeshTask } from "./jobs/mesh-task.ts";
import { createMotionTask } from "./jobs/motion-task.ts";
import { openJobService } from "./jobs/open-job-service.ts";
import { createTextureTask } from "./jobs/texture-task.ts";
import type { Logger } from "./logger.ts";
import { makeFolder } from "./make-folder.ts";
import { BUNDLE_TASKS, type Bundle, type BundleTask } from "./models/bundle.ts";
import { bundleSummary, type PolicyVerdict } from "./models/bundle-summary.ts";
import { openRegistry } from "./models/registry.ts";
import { openProvenanceFor } from "./open-provenance-for.ts";
import { resolveImageParams } from "./pipelines/image-params.ts";
import { resolveMeshParams } from "./pipelines/mesh-params.ts";
import { resolveMotionParams } from "./pipelines/motion-params.ts";
import { resolveTextureParams } from "./pipelines/texture-params.ts";
import type { BundleSummary } from "./protocol/core-messages.ts";
import { CoreError } from "./protocol/errors.ts";
import type { Task } from "./protocol/fields.ts";
import { SchedulerSchema } from "./protocol/image.ts";
import type { DeclaredModel } from "./protocol/record.ts";
import { announceCore, readyToken } from "./run-folder.ts";
import { listen } from "./server/listen.ts";
import type { Services } from "./server/services.ts";
import { createAssetSigner } from "./sign-asset.ts";
import { openStore } from "./store.ts";
import { VERSION } from "./version.ts";

/** A core that runs. */
export interface Core {
  /** Where programs on this machine reach it, for instance http://127.0.0.1:7860. */
  readonly address: string;
  readonly port: number;
  /** Gives the path of a login link for the page, good for one use within a minute. */
  createLoginPath(): string;
  /** Takes no more work, lets running steps end, keeps what is unfinished for the next start. */
  close(): Promise<void>;
}

/** Parts that a program which embeds the core may bring along. */
export interface CoreParts {
  logger: Logger;
}

/** Bundles put into a folder while the core runs are seen after this time. */
const REGISTRY_FRESH_MS = 2000;

/**
 * Starts the core: store, assets, bundles, provenance, inference, jobs, then the server. The one place that knows all parts.
 *
 * onnxruntime stays in the inference process, which is started by the first job; sharp and the signer load at first use. So a core
 * at rest is small and up within a second.
 *
 * @throws CoreError CONFIG_INVALID, STORAGE_FULL, CREDENTIAL_INVALID; whatever was opened is closed again
 */
export async function startCore(config: Config, { logger }: CoreParts): Promise<Core> {
  const started = new Date();
  const closers: (() => Promise<void> | void)[] = [];
  const closeAll = async () => {
    for (const close of closers.reverse()) {
      await Promise.resolve(close()).catch((error: unknown) => logger.error({ error }, "a part did not close"));
    }
    closers.length = 0;
  };
  try {
    makeFolder(config.paths.home, 0o700);
    const store = openStore(config.paths.store);
    closers.push(() => store.close());
    const [assets, registry, provenance] = await Promise.all([
      openAssetStore({
        folder: config.paths.assets,
        store,
        quota_bytes: config.quota_bytes,
        max_asset_bytes: config.max_asset_bytes,
        clock: Date.now,
      }),
      openRegistry({ folders: config.bundle_folders, cache_folder: config.paths.cache, logger }),
      openProvenanceFor(config, logger),
    ]);
    closers.push(
      () => assets.close(),
      () => provenance.close(),
    );
    const host = createInferenceHost({
      provider: config.provider,
      workers: config.workers,
      threads: config.threads,
      memory_budget_bytes: config.memory_budget_bytes,
      cancel_grace_ms: config.cancel_grace_ms,
      cache_folder: config.paths.cache,
      prompt_privacy: config.prompt_privacy,
      env: process.env,
      logger,
    });
    closers.push(() => host.close());

    const drawSeed = () => randomInt(0x1_0000_0000);
    const verdictOf = (bundle: Bundle) => verdictFrom(() => provenance.admit(bundle));
    // Connects in the background; loaded only where it is used.
    let tellClients: () => void = () => undefined;
    const backend =
      config.comfyui.length === 0
        ? undefined
        : (await import("../../bridges/comfyui/comfyui-backend.ts")).openComfyBackend({
            servers: config.comfyui,
            home: config.paths.home,
            cache_folder: config.paths.cache,
            limits: config.limits,
            hash_first: config.policy !== "open",
            patience_ms: config.comfyui_patience_ms,
            drawSeed,
            logger,
            onChange: () => tellClients(),
          });
    closers.push(() => backend?.close());
    const remoteVerdictOf = (models: readonly DeclaredModel[]) => verdictFrom(() => provenance.admitDeclared(models));
    const defaultBundle = <T extends BundleTask>(task: T) =>
      registry.defaultBundle(task, (candidate) => verdictOf(candidate).allowed);
    const bundleFor = <T extends BundleTask>(task: T, { bundle: id }: Record<string, unknown>) =>
      typeof id === "string" ? registry.bundleFor(task, id) : defaultBundle(task);
    const defaultIds = () =>
      BUNDLE_TASKS.flatMap((task) => {
        try {
          return [defaultBundle(task).manifest.id];
        } catch (error) {
          // A request that names no bundle will be told the reason; a client that names one need not care.
          if (error instanceof CoreError) return [];
          throw error;
        }
      });
    const jobs = await openJobService({
      store,
      assets,
      host,
      ...(backend === undefined ? {} : { backend }),
      provenance,
      tasks: {
        image: createImageTask({
          host,
          backend,
          resolve(params) {
            const bundle = bundleFor("image", params);
            return { params: resolveImageParams(params, { bundle, limits: config.limits, drawSeed }), bundle };
          },
        }),
        motion: createMotionTask({
          host,
          resolve(params) {
            const bundle = bundleFor("motion", params);
            return { params: resolveMotionParams(params, { bundle, limits: config.limits, drawSeed }), bundle };
          },
        }),
        mesh: createMeshTask({
          host,
          resolve(params) {
            const bundle = bundleFor("mesh", params);
            return { params: resolveMeshParams(params, { bundle, limits: config.limits, drawSeed }), bundle };
          },
        }),
        texture: createTextureTask({
          host,
          backend,
          resolve(params) {
            const bundle = bundleFor("image", params);
            return { params: resolveTextureParams(params, { bundle, limits: config.limits, drawSeed }), bundle };
          },
        }),
      },
      limits: config.limits,
      clock: Date.now,
      drawJobId: randomUUID,
      software: `genga ${VERSION}`,
      logger,
      max_attempts: config.max_attempts,
      max_open_jobs: config.max_queued_jobs,
      protect_results_ms: config.protect_results_ms,
    });
    let stopJobs: Promise<void> | undefined;
    const stopOnce = () => (stopJobs ??= jobs.stop());
    closers.push(stopOnce);

    let refreshed = performance.now();
    const bundles = async (): Promise<BundleSummary[]> => {
      if (performance.now() - refreshed > REGISTRY_FRESH_MS) {
        refreshed = performance.now();
        await registry.refresh();
      }
      const usable = registry.list().flatMap((entry) => ("bundle" in entry ? [entry.bundle] : []));
      const summaries = usable.map((bundle) => bundleSummary(bundle, verdictOf(bundle)));
      const preferred = defaultIds();
      const remote = backend?.list() ?? [];
      return [
        ...summaries.map((summary) => ({ ...summary, default: preferred.includes(summary.id) })),
        ...remote.map(({ backend, online, ...listed }) => ({
          ...bundleSummary(listed, remoteVerdictOf(listed.models)),
          backend,
          online,
          default: false,
        })),
      ];
    };
    const services: Services = {
      jobs,
      assets,
      limits: config.limits,
      logger,
      async capabilities() {
        const found = await bundles();
        const usable = found.filter(({ allowed, online }) => allowed && online !== false);
        const tasks: Task[] = [...new Set(usable.map(({ task }) => task))];
        if (usable.some(canPaint)) tasks.push("texture");
        return { tasks, bundles: found, schedulers: [...SchedulerSchema.options] };
      },
      async status() {
        const { queued, running } = jobs.counts();
        const { provider, device, memory_bytes } = await host.status();
        return {
          uptime_s: (Date.now() - started.getTime()) / 1000,
          provider,
          device,
          memory_bytes: memory_bytes + process.memoryUsage.rss(),
          queued,
          running,
          policy: provenance.policy,
          prompt_privacy: provenance.prompt_privacy,
          bundles: await bundles(),
        };
      },
      async verify(sha256, sidecar) {
        const asset = await assets.stat(sha256);
        if (asset === undefined) throw new CoreError("ASSET_NOT_FOUND", `The store holds no asset ${sha256}.`);
        const manifest = sidecar === undefined ? undefined : await assets.read(sidecar);
        return await provenance.verify(await assets.read(sha256), asset.mime, manifest);
      },
      sign: createAssetSigner({ assets, provenance, software: `genga ${VERSION}`, clock: Date.now }),
    };

    const server = await listen({ config, token: readyToken(config, logger), services });
    tellClients = () => {
      server.announceCapabilities().catch((error: unknown) => logger.error({ err: error }, "clients were not told"));
    };
    // Clients hear how their jobs end, or that they wait for the next start, before they are sent away.
    closers.push(async () => {
      server.beginStop();
      await stopOnce();
      await server.close();
    });
    closers.push(announceCore(config, { host: server.host, port: server.port, started: started.toISOString() }));
    logger.info({ port: server.port, host: config.host, version: VERSION, policy: config.policy }, "the core listens");

    let closing: Promise<void> | undefined;
    return {
      address: `http://${server.host.includes(":") ? `[${server.host}]` : server.host}:${server.port}`,
      port: server.port,
      createLoginPath: () => server.createLoginPath(),
      close: () => (closing ??= closeAll()),
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Maps that tell the shape of a mesh; a picture made without any would not fit it. */
const SHAPE_MAPS: readonly string[] = ["depth", "normal", "lineart"];

/** Tells whether a bundle can paint meshes: one of the core's own that is guided by their shape. */
function canPaint({ task, backend, controls }: BundleSummary): boolean {
  return task === "image" && backend === undefined && controls.some((kind) => SHAPE_MAPS.includes(kind));
}

/** Gives what the policy says, asked by what throws its refusal. */
function verdictFrom(ask: () => unknown): PolicyVerdict {
  try {
    ask();
    return { allowed: true };
  } catch (error) {
    if (error instanceof CoreError) return { allowed: false, refusal: error.message };
    throw error;
  }
}
