import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, statfs, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../logger.ts";
import type { DigestCache } from "../models/digest-cache.ts";
import { CoreError } from "../protocol/errors.ts";
import { createOrtSession, type LoadedGraph, type OrtSessionOptions } from "./ort-session.ts";
import type { ProviderName } from "./provider-choice.ts";

/** Options of {@link GraphCache}. */
export interface GraphCacheOptions {
  /** Made when it is first needed; its content may be deleted at any time. */
  folder: string;
  digests: DigestCache;
  logger: Logger;
  runtime_version: string;
  /** Instruction sets that optimised graphs are made for. */
  cpu_fingerprint: string;
  /** Entries that were not used for longest go beyond this. */
  max_bytes?: number;
}

/** Providers whose optimised graphs can be written; DirectML and CoreML compile nodes into what has no file form. */
const CACHEABLE: readonly ProviderName[] = ["cpu", "cuda", "webgpu"];
/** A protobuf file ends at 2 GiB; larger weights stay outside the graph. */
const INLINE_MAX_BYTES = 1.9 * 1024 ** 3;
const DEFAULT_MAX_BYTES = 20 * 1024 ** 3;

/** Lists an entry's files as `sha256sum` does. Plain text, as zod would cost the inference process 0.1 s at each start. */
const SUMS = "SHA256SUMS";

/**
 * Loads graphs through a cache of optimised ones: session creation of a full-size UNet took 3.97 CPU-seconds without and 0.58 with.
 *
 * An entry is a folder named by the hashes of graph and weights, the runtime's version, the provider and the processor. It is
 * written beside and put in place by one rename, and its own bytes are checked before it is used, as what runs must be what the
 * record names. One that is damaged is thrown away and made again.
 */
export class GraphCache {
  readonly #options: Required<GraphCacheOptions>;

  constructor(options: GraphCacheOptions) {
    this.#options = { max_bytes: DEFAULT_MAX_BYTES, ...options };
  }

  /** Gives a loaded graph. Errors as {@link createOrtSession}. */
  async load(settings: OrtSessionOptions): Promise<LoadedGraph> {
    const { component, provider } = settings;
    const bytes = component.external_data.reduce((sum, { size }) => sum + size, component.size);
    const external = component.external_data.length > 0;
    if (!CACHEABLE.includes(provider) || (!external && bytes > INLINE_MAX_BYTES)) return createOrtSession(settings);
    const entry = join(this.#options.folder, this.#keyOf(settings));
    return (await this.#fromCache(entry, settings)) ?? (await this.#optimise(entry, bytes, settings));
  }

  #keyOf({ component, provider }: OrtSessionOptions): string {
    const { runtime_version, cpu_fingerprint } = this.#options;
    const hashes = [component.sha256, ...component.external_data.map(({ sha256 }) => sha256)];
    return createHash("sha256")
      .update(JSON.stringify([hashes, provider, runtime_version, cpu_fingerprint]))
      .digest("hex");
  }

  async #fromCache(entry: string, settings: OrtSessionOptions): Promise<LoadedGraph | undefined> {
    if ((await stat(entry).catch(() => undefined)) === undefined) return undefined;
    try {
      const sums = (await readFile(join(entry, SUMS), "utf8")).trim().split("\n");
      for (const line of sums) {
        const [sha256, name = ""] = line.split("  ");
        if ((await this.#options.digests.digest(join(entry, name))) !== sha256) throw new Error(`${name} was changed`);
      }
      const graph = await createOrtSession({
        ...settings,
        file: join(entry, "graph.onnx"),
        options: { ...settings.options, graphOptimizationLevel: "disabled" },
      });
      const now = new Date();
      await utimes(entry, now, now).catch(() => undefined);
      return graph;
    } catch (cause) {
      if (cause instanceof CoreError && cause.code === "OUT_OF_MEMORY") throw cause;
      this.#options.logger.warn(
        { graph: settings.label, cause: String(cause) },
        "a cached graph is damaged; it is made again",
      );
      await rm(entry, { recursive: true, force: true });
      return undefined;
    }
  }

  async #optimise(entry: string, bytes: number, settings: OrtSessionOptions): Promise<LoadedGraph> {
    const draft = `${entry}.${process.pid}-${randomBytes(4).toString("hex")}`;
    try {
      await this.#makeRoom(bytes);
      await mkdir(draft, { recursive: true });
    } catch (cause) {
      this.#options.logger.warn(
        { graph: settings.label, cause: String(cause) },
        "no room to cache the optimised graph",
      );
      return createOrtSession(settings);
    }
    try {
      const graph = await createOrtSession({
        ...settings,
        options: {
          ...settings.options,
          optimizedModelFilePath: join(draft, "graph.onnx"),
          // Otherwise the written graph would point to weights by a path relative to the bundle.
          ...(settings.component.external_data.length === 0
            ? {}
            : { extra: { session: { optimized_model_external_initializers_file_name: "weights.bin" } } }),
        },
      });
      await this.#seal(draft, entry).catch((cause: unknown) => {
        this.#options.logger.warn(
          { graph: settings.label, cause: String(cause) },
          "the optimised graph was not cached",
        );
      });
      return graph;
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }

  async #seal(draft: string, entry: string): Promise<void> {
    let sums = "";
    for (const name of await readdir(draft)) {
      sums += `${await this.#options.digests.digest(join(draft, name), { fresh: true })}  ${name}\n`;
    }
    await writeFile(join(draft, SUMS), sums);
    // Another process may have been faster: its entry is as good.
    if ((await stat(entry).catch(() => undefined)) === undefined) await rename(draft, entry);
  }

  /** Removes entries that were not used for longest, so that another fits the limit; throws if the disk lacks the room. */
  async #makeRoom(bytes: number): Promise<void> {
    const { folder, max_bytes } = this.#options;
    await mkdir(folder, { recursive: true });
    const names = await readdir(folder);
    const entries = await Promise.all(
      names.map(async (name) => {
        const path = join(folder, name);
        if (isAbandoned(name)) await rm(path, { recursive: true, force: true });
        const files = await readdir(path).catch(() => []);
        const sizes = await Promise.all(
          files.map(async (file) => (await stat(join(path, file)).catch(() => undefined))?.size ?? 0),
        );
        const used = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
        return { path, used, size: sizes.reduce((sum, size) => sum + size, 0) };
      }),
    );
    entries.sort((a, b) => a.used - b.used);
    let total = entries.reduce((sum, { size }) => sum + size, bytes);
    for (const { path, size } of entries) {
      if (total <= max_bytes) break;
      await rm(path, { recursive: true, force: true });
      total -= size;
    }
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < bytes * 1.1) throw new Error(`${bavail * bsize} bytes free, ${bytes} needed`);
  }
}

/** Tells a draft whose process was killed while it wrote. */
function isAbandoned(name: string): boolean {
  const pid = /\.(\d+)-[0-9a-f]+$/.exec(name)?.[1];
  if (pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "ESRCH";
  }
}
