import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  type ComfyModelSettings,
  type ComfyServerSettings,
  type ComfyWorkflowSettings,
  ComfyWorkflowSettingsSchema,
  type ModelFamily,
} from "../../core/src/comfyui-settings.ts";
import type { RemoteListing } from "../../core/src/host/image-backend.ts";
import type { Logger } from "../../core/src/logger.ts";
import { DigestCache } from "../../core/src/models/digest-cache.ts";
import { CoreError, toCoreError } from "../../core/src/protocol/errors.ts";
import type { DeclaredModel } from "../../core/src/protocol/record.ts";
import { backendName, declaredModels, type Offer, offersOf, settingsOf } from "./catalog.ts";
import { checkGraph } from "./check-graph.ts";
import type { ServerTimes } from "./comfy-connection.ts";
import { ComfyServer } from "./comfy-server.ts";
import type { GraphModel } from "./graph-models.ts";
import { ModelFiles } from "./model-files.ts";
import { checkpointFamily } from "./model-kind.ts";
import { choices } from "./object-info.ts";
import type { ServerFacts } from "./server-facts.ts";
import { fillWorkflow, invalid, readWorkflow, WORKFLOWS_FOLDER } from "./workflow.ts";

/** One server of a pool and what it offers. */
export interface PoolSeat {
  readonly server: ComfyServer;
  readonly files: ModelFiles | undefined;
  /** Offers by bundle id, as the server told last; undefined until it was reached. */
  offers: ReadonlyMap<string, Offer> | undefined;
  /** Why workflows of the settings cannot be used, by bundle id. */
  problems: Map<string, CoreError>;
  /** Hashes of its model files that were read. */
  hashes: Map<string, string>;
  /** Families that files or metadata told. */
  families: Map<string, ModelFamily>;
  /** Jobs of ours that it has. */
  jobs: number;
}

/** What a pool needs. */
export interface PoolOptions {
  home: string;
  cache_folder: string;
  hash_first: boolean;
  patience_ms: number;
  logger: Logger;
  onChange: () => void;
  times?: Partial<ServerTimes>;
}

/** Options of {@link ServerPool.declare}. */
export interface DeclareOptions {
  /** Whether to read files; else only what was read before counts. */
  hash: boolean;
  signal?: AbortSignal | undefined;
}

const MAX_WORKFLOW_BYTES = 16 * 1024 * 1024;

/** The servers of one name: they offer together what each of them has, and share jobs by load. */
export class ServerPool {
  readonly name: string;
  readonly #seats: PoolSeat[];
  readonly #options: PoolOptions;
  readonly #models: Record<string, ComfyModelSettings>;
  readonly #waiting = new Set<() => void>();
  #shown = "";
  #reading: Promise<void> = Promise.resolve();

  constructor(name: string, servers: readonly ComfyServerSettings[], options: PoolOptions) {
    this.name = name;
    this.#options = options;
    this.#models = Object.assign({}, ...servers.map(({ models }) => models));
    const digests = new DigestCache(join(options.cache_folder, "digests"));
    const { logger, times } = options;
    this.#seats = servers.map((settings, i) => {
      const label = servers.length === 1 ? name : `${name} (${i + 1})`;
      const onChange = () => this.#read(seat);
      const seat: PoolSeat = {
        server: new ComfyServer(settings, { label, logger, onChange, ...(times === undefined ? {} : { times }) }),
        files:
          settings.models_folder === undefined
            ? undefined
            : new ModelFiles(resolve(options.home, settings.models_folder), digests),
        offers: undefined,
        problems: new Map(),
        hashes: new Map(),
        families: new Map(),
        jobs: 0,
      };
      return seat;
    });
  }

  /** Jobs that its servers may be given at once. */
  get jobs(): number {
    return this.#seats.reduce((sum, { server }) => sum + server.settings.jobs, 0);
  }

  /**
   * Gives an offer, as a server told it last.
   *
   * @param queued signal of a job that was accepted: then servers that were not reached yet are waited for
   * @throws CoreError BACKEND_UNAVAILABLE if the servers that could have it were never reached; CANCELLED
   */
  async find(id: string, queued?: AbortSignal): Promise<Offer | undefined> {
    for (;;) {
      const offer = this.#offer(id);
      const unknown = this.#seats.filter(({ offers }) => offers === undefined);
      if (offer !== undefined || unknown.length === 0) return offer;
      if (queued === undefined || this.#unchanged_ms(unknown) > this.#options.patience_ms) throw this.#away();
      await this.#change(queued);
    }
  }

  /** @throws CoreError BACKEND_UNAVAILABLE if no server that has the offer can be reached */
  refuseIfAway(id: string): void {
    if (!this.#seats.some((seat) => has(seat, id))) throw this.#away();
  }

  /** Why a workflow of the settings cannot be used. */
  problemOf(id: string): CoreError | undefined {
    return this.#seats.flatMap(({ problems }) => problems.get(id) ?? [])[0];
  }

  /** What the server of an offer said of itself. */
  facts({ manifest: { id } }: Offer): ServerFacts {
    const seats = [...this.#seats].sort((a, b) => Number(b.server.online) - Number(a.server.online));
    const facts = seats.find(({ offers }) => offers?.has(id))?.server.facts;
    if (facts === undefined) throw this.#away();
    return facts;
  }

  /**
   * Takes the server with the least to do that has an offer; waits while none can be reached.
   *
   * @throws CoreError BACKEND_UNAVAILABLE when none came back in time; CANCELLED
   */
  async take(id: string, signal: AbortSignal, onWait: () => void): Promise<PoolSeat> {
    for (;;) {
      if (signal.aborted) throw new CoreError("CANCELLED", "The job was cancelled.");
      const [best] = this.#seats.filter((seat) => has(seat, id)).sort((a, b) => loadOf(a) - loadOf(b));
      if (best !== undefined) {
        best.jobs += 1;
        return best;
      }
      const seats = this.seatsOf(id);
      if (seats.length === 0) {
        throw new CoreError("BUNDLE_NOT_FOUND", `ComfyUI server "${this.name}" no longer offers "${id}".`, {
          remedy: "Put its files back, or choose another bundle; `genga models list` shows them.",
        });
      }
      if (this.#unchanged_ms(seats) > this.#options.patience_ms) throw this.#away();
      onWait();
      await this.#change(signal);
    }
  }

  free(seat: PoolSeat): void {
    seat.jobs -= 1;
  }

  /** Whether another server could take a job over. */
  hasOther(id: string, than: PoolSeat): boolean {
    return this.#seats.some((seat) => seat !== than && has(seat, id));
  }

  /**
   * Gives models with what is known of them: the settings' word on licence and training data, and the hash where the files can be read
   * and are the same on each server.
   *
   * @param seats servers that may load them, or did
   */
  async declare(
    models: readonly GraphModel[],
    seats: readonly PoolSeat[],
    { hash, signal }: DeclareOptions,
  ): Promise<DeclaredModel[]> {
    if (hash) {
      for (const model of models) {
        for (const { files, hashes } of seats) {
          const sha256 = await files?.sha256(model.name, model.folders, signal);
          if (sha256 === undefined) hashes.delete(keyOf(model));
          else hashes.set(keyOf(model), sha256);
        }
      }
    }
    return this.#declared(models, seats);
  }

  /** Servers that have an offer. */
  seatsOf(id: string): PoolSeat[] {
    return this.#seats.filter(({ offers }) => offers?.has(id));
  }

  /** Gives models with the hashes that are known. */
  #declared(models: readonly GraphModel[], seats: readonly PoolSeat[]): DeclaredModel[] {
    return declaredModels(models, this.#models).map((model, i) => {
      const [sha256, ...others] = new Set(seats.map(({ hashes }) => hashes.get(keyOf(models[i]))));
      return sha256 === undefined || others.length > 0 ? model : { ...model, sha256 };
    });
  }

  list(): RemoteListing[] {
    const offers = new Map(this.#seats.flatMap(({ offers }) => [...(offers ?? [])]));
    return [...offers.values()].map((offer) => ({
      manifest: offer.manifest,
      backend: backendName(this.name),
      models: this.#declared(offer.models, this.seatsOf(offer.manifest.id)),
      online: this.#seats.some((seat) => has(seat, offer.manifest.id)),
    }));
  }

  close(): void {
    for (const { server } of this.#seats) server.close();
  }

  /** Milliseconds since one of these servers came or went. */
  #unchanged_ms(seats: readonly PoolSeat[]): number {
    return Math.min(...seats.map(({ server }) => server.unchanged_ms));
  }

  #away(): CoreError {
    const away = this.#seats.find(({ server }) => !server.online) ?? this.#seats[0];
    return away?.server.problem ?? new CoreError("BACKEND_UNAVAILABLE", `There is no ComfyUI server "${this.name}".`);
  }

  #offer(id: string): Offer | undefined {
    const online = this.#seats.find((seat) => has(seat, id));
    return (online ?? this.#seats.find(({ offers }) => offers?.has(id)))?.offers?.get(id);
  }

  /** Resolves at the next change, or after a moment, since patience ends without one. */
  #change(signal: AbortSignal): Promise<void> {
    return new Promise((accept, refuse) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        signal.removeEventListener("abort", end);
        if (signal.aborted) refuse(new CoreError("CANCELLED", "The job was cancelled."));
        else accept();
      };
      const timer = setTimeout(end, Math.min(1000, this.#options.patience_ms));
      this.#waiting.add(end);
      signal.addEventListener("abort", end, { once: true });
      if (signal.aborted) end();
    });
  }

  /** Reads a server's offers again, one after another: a slow one must not overtake a later one. */
  #read(seat: PoolSeat): void {
    this.#reading = this.#reading.then(async () => {
      try {
        await this.#readOffers(seat);
        this.#tell();
        if (await this.#learnFamilies(seat)) await this.#readOffers(seat);
        if (this.#options.hash_first) await this.#hashDeclared(seat);
      } catch (thrown) {
        this.#options.logger.error({ server: this.name, err: thrown }, "a ComfyUI server's models could not be listed");
      }
      this.#tell();
    });
  }

  #tell(): void {
    for (const end of [...this.#waiting]) end();
    const shown = JSON.stringify(this.list());
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#options.onChange();
  }

  async #readOffers(seat: PoolSeat): Promise<void> {
    const { server, families } = seat;
    if (server.facts === undefined) return;
    const { nodes } = server.facts;
    const workflows = await this.#readWorkflows(seat, server.facts);
    const offers = offersOf({
      pool: this.name,
      nodes,
      models: this.#models,
      looks: server.settings.looks,
      workflows,
      family: (name) => settingsOf(this.#models, name)?.family ?? families.get(name) ?? checkpointFamily(name),
    });
    seat.offers = new Map(offers.map((offer) => [offer.manifest.id, offer]));
  }

  async #readWorkflows(seat: PoolSeat, { nodes }: ServerFacts) {
    const usable = [];
    seat.problems = new Map();
    for (const settings of [...seat.server.settings.workflows, ...(await this.#importedWorkflows())]) {
      const { name, title, file } = settings;
      try {
        const workflow = readWorkflow(await readJson(resolve(this.#options.home, file), name), name, nodes, settings);
        const issues = checkGraph(fillWorkflow(workflow, new Map(), nodes, undefined), nodes);
        if (issues.length > 0) throw invalid(name, issues);
        usable.push({ name, title, workflow });
      } catch (thrown) {
        const error = toCoreError(thrown);
        seat.problems.set(`${backendName(this.name)}/workflow:${name}`, error);
        this.#options.logger.warn({ server: this.name, workflow: name, code: error.code }, error.message);
      }
    }
    return usable;
  }

  /** Workflows that `genga comfyui import` put into the home: each file by its name. */
  async #importedWorkflows(): Promise<ComfyWorkflowSettings[]> {
    const files = await readdir(join(this.#options.home, WORKFLOWS_FOLDER)).catch(() => []);
    return files.sort().flatMap((file) => {
      const parsed = ComfyWorkflowSettingsSchema.safeParse({
        name: file.replace(/\.json$/, ""),
        file: join(WORKFLOWS_FOLDER, file),
      });
      return file.endsWith(".json") && parsed.success ? [parsed.data] : [];
    });
  }

  /** Asks files and their metadata for the families of checkpoints. @returns whether one is another than its name told */
  async #learnFamilies({ server, files, families }: PoolSeat): Promise<boolean> {
    if (server.facts === undefined) return false;
    let changed = false;
    for (const name of choices(server.facts.nodes, "CheckpointLoaderSimple", "ckpt_name")) {
      const settings = settingsOf(this.#models, name);
      if (families.has(name) || settings?.family !== undefined || !server.online) continue;
      const tensors = await files?.tensors(name, ["checkpoints"]);
      const architecture =
        tensors === undefined ? (await server.metadata("checkpoints", name))["modelspec.architecture"] : undefined;
      const family = checkpointFamily(name, { ...(tensors === undefined ? {} : { tensors }), architecture });
      families.set(name, family);
      changed ||= family !== checkpointFamily(name);
    }
    return changed;
  }

  /** Models that the settings declare are worth reading before anybody asks: the policy wants their hash. */
  async #hashDeclared(seat: PoolSeat): Promise<void> {
    for (const offer of seat.offers?.values() ?? []) {
      const models = offer.models.filter(({ name }) => settingsOf(this.#models, name)?.training_data !== undefined);
      await this.declare(models, [seat], { hash: true });
    }
  }
}

function has({ server, offers }: PoolSeat, id: string): boolean {
  return server.online && offers?.has(id) === true;
}

function keyOf(model: GraphModel | undefined): string {
  return `${model?.folders.join()} ${model?.name}`;
}

function loadOf({ server, jobs }: PoolSeat): number {
  return Math.max(server.queue_remaining, jobs);
}

async function readJson(path: string, name: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw invalid(name, [{ path: "The file", message: "is missing or cannot be read" }], cause);
  }
  if (text.length > MAX_WORKFLOW_BYTES) throw invalid(name, [{ path: "The file", message: "is larger than 16 MiB" }]);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw invalid(name, [{ path: "The file", message: `is not JSON: ${why}` }]);
  }
}
