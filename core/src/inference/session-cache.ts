import type { Logger } from "../logger.ts";
import { toCoreError } from "../protocol/errors.ts";
import type { LoadedGraph } from "./ort-session.ts";
import type { GraphSession } from "./session.ts";

/** A graph that a lease asks for. */
export interface GraphRequest {
  /** Same key, same graph. */
  key: string;
  /** Component and bundle as the person knows them. */
  label: string;
  /** Estimate of the memory that it holds while loaded. */
  bytes: number;
  load(): Promise<LoadedGraph>;
}

/** Graphs in use by one job. */
export interface SessionLease {
  graph(request: GraphRequest): Promise<GraphSession>;
  /** Lets other jobs push the graphs out; call it when the job ends. */
  end(): void;
}

/** What the cache holds. */
export interface SessionCacheStatus {
  loaded: number;
  bytes: number;
}

interface Entry {
  request: GraphRequest;
  /** Present while loaded or loading; absent once evicted. */
  graph: Promise<LoadedGraph> | undefined;
  provider: string;
  running: number;
  leases: Set<SessionLease>;
  /** Evictions while the present leases lasted. */
  evictions: number;
  used: number;
}

/**
 * Keeps loaded graphs within a memory budget; what was not used for longest is released first, graphs of no running job before
 * graphs of one, and never one that runs.
 *
 * A graph evicted under a job is loaded again when the job runs it, so a text encoder makes room for the UNet after it. From
 * then on it stays for that job, even beyond the budget: loading it again at every step would cost more than memory does.
 */
export class SessionCache {
  readonly #budget: number;
  readonly #logger: Logger;
  readonly #entries = new Map<string, Entry>();
  #uses = 0;

  constructor({ budget_bytes, logger }: { budget_bytes: number; logger: Logger }) {
    this.#budget = budget_bytes;
    this.#logger = logger;
  }

  /** Begins a job. */
  lease(): SessionLease {
    const lease: SessionLease = {
      graph: async (request) => {
        const entry = this.#entry(request);
        entry.leases.add(lease);
        entry.provider = (await this.#loaded(entry)).provider;
        return { provider: entry.provider, run: (feeds, outputs) => this.#run(entry, feeds, outputs) };
      },
      end: () => {
        for (const [key, entry] of this.#entries) {
          entry.leases.delete(lease);
          if (entry.leases.size > 0) continue;
          entry.evictions = 0;
          if (entry.graph === undefined) this.#entries.delete(key);
        }
      },
    };
    return lease;
  }

  status(): SessionCacheStatus {
    const loaded = [...this.#entries.values()].filter(({ graph }) => graph !== undefined);
    return { loaded: loaded.length, bytes: loaded.reduce((sum, { request }) => sum + request.bytes, 0) };
  }

  /** Releases every graph that does not run. */
  async clear(): Promise<void> {
    for (const entry of this.#entries.values()) await this.#evict(entry);
  }

  #entry(request: GraphRequest): Entry {
    const known = this.#entries.get(request.key);
    if (known !== undefined) return known;
    const entry: Entry = {
      request,
      graph: undefined,
      provider: "",
      running: 0,
      leases: new Set(),
      evictions: 0,
      used: 0,
    };
    this.#entries.set(request.key, entry);
    return entry;
  }

  async #run(entry: Entry, ...args: Parameters<GraphSession["run"]>): ReturnType<GraphSession["run"]> {
    entry.running++;
    try {
      return await (await this.#loaded(entry)).run(...args);
    } finally {
      entry.running--;
    }
  }

  #loaded(entry: Entry): Promise<LoadedGraph> {
    entry.used = ++this.#uses;
    entry.graph ??= this.#load(entry).catch((thrown: unknown) => {
      entry.graph = undefined;
      throw thrown;
    });
    return entry.graph;
  }

  async #load(entry: Entry): Promise<LoadedGraph> {
    await this.#makeRoom(entry);
    try {
      return await entry.request.load();
    } catch (thrown) {
      if (toCoreError(thrown).code !== "OUT_OF_MEMORY") throw thrown;
      // The estimate was too low: once more with nothing else in memory.
      const others = [...this.#entries.values()].filter((other) => other !== entry);
      let released = false;
      for (const other of others) released = (await this.#evict(other)) || released;
      if (!released) throw thrown;
      this.#logger.warn(
        { graph: entry.request.label },
        "memory ran out while a graph was loaded; the others were released",
      );
      return entry.request.load();
    }
  }

  async #makeRoom(wanted: Entry): Promise<void> {
    const candidates = [...this.#entries.values()]
      .filter(
        (entry) => entry !== wanted && entry.graph !== undefined && !(entry.leases.size > 0 && entry.evictions > 0),
      )
      .sort((a, b) => Number(a.leases.size > 0) - Number(b.leases.size > 0) || a.used - b.used);
    const needed = () => {
      const others = [...this.#entries.values()].filter((entry) => entry !== wanted && entry.graph !== undefined);
      return others.reduce((sum, { request }) => sum + request.bytes, wanted.request.bytes);
    };
    for (const entry of candidates) {
      if (needed() <= this.#budget) return;
      if (await this.#evict(entry)) this.#logger.debug({ graph: entry.request.label }, "released a graph to make room");
    }
    if (needed() > this.#budget) {
      this.#logger.warn({ budget_bytes: this.#budget, bytes: needed() }, "the loaded graphs exceed the memory budget");
    }
  }

  async #evict(entry: Entry): Promise<boolean> {
    const { graph } = entry;
    if (graph === undefined || entry.running > 0) return false;
    entry.graph = undefined;
    if (entry.leases.size > 0) entry.evictions++;
    else this.#entries.delete(entry.request.key);
    const loaded = await graph.catch(() => undefined);
    await loaded?.release();
    return loaded !== undefined;
  }
}
