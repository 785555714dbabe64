import { join } from "node:path";
import { type Database, open, type RootDatabase } from "lmdb";
import { makeFolder } from "./make-folder.ts";
import { isRunning, type ProcessIdentity, processIdentity } from "./process-identity.ts";
import { CoreError, toCoreError } from "./protocol/errors.ts";

/** Layout of the tables. A store with a higher number was written by a newer core. */
export const STORE_VERSION = 1;

/** Key of an entry; arrays sort by their parts. */
export type StoreKey = string | number | (string | number)[];

/** Entries of one kind. Reads see what is committed. */
export interface Table<V> {
  get(key: StoreKey): V | undefined;
  /** Entries in the order of their keys, from `start` on and before `end`. */
  entries(range?: { start?: StoreKey; end?: StoreKey }): Iterable<{ key: StoreKey; value: V }>;
  /** Adds to a batch; only inside {@link Store.write}. */
  put(batch: StoreBatch, key: StoreKey, value: V): void;
  remove(batch: StoreBatch, key: StoreKey): void;
}

/** Changes that are committed together or not at all. */
export interface StoreBatch {
  /** @internal Writes of the underlying database, to be made once all changes are known. */
  readonly operations: (() => PromiseLike<unknown>)[];
}

/** The core's durable state, beside the asset files. */
export interface Store {
  table<V>(name: string): Table<V>;
  /**
   * Commits the changes that the callback makes, all or none; resolves after they are synced to the disk.
   *
   * @throws CoreError STORAGE_FULL; nothing was changed then
   */
  write(changes: (batch: StoreBatch) => void): Promise<void>;
  close(): Promise<void>;
}

/** Longest wait for the cause of a failed commit, which the library hands over after the failure itself. */
const CAUSE_TIMEOUT_MS = 1000;

/**
 * Opens the store in a folder and takes ownership of it: one core per folder.
 *
 * lmdb, because what is written within one turn of the event loop shares one commit, whose fsync runs in a thread of its own
 * (1.3 ms for a commit alone, 0.03 ms each for 500 at once, on the SSD of a 2-core machine); values are msgpackr, which the wire
 * speaks already; reads come from the memory map without a copy of the database in the heap; and copy-on-write pages with a
 * checked root page leave nothing to repair after `kill -9`.
 *
 * Two habits of the library shape this file. `transaction()` with a callback never resolved on the machines it was tried on (lmdb 3.5.6, Node 20),
 * so atomic writes are `batch()`, and whoever reads to decide what to write keeps the truth in memory, which a single owner may.
 * A failed commit rejects every write in it and, later, a promise with the cause; each has to be met.
 * `overlappingSync` is off, so a commit resolves after its fsync.
 *
 * @throws CoreError CONFIG_INVALID if another core owns the folder, or a newer one wrote it; STORAGE_FULL
 */
export function openStore(folder: string): Store {
  makeFolder(folder, 0o700);
  const root = openRoot(folder);
  const meta: Database<unknown, string> = root.openDB({ name: "meta" });
  const tables = new Map<string, Table<unknown>>();
  let closing: Promise<void> | undefined;

  try {
    takeOwnership(root, meta);
  } catch (error) {
    void root.close();
    throw storageError(error);
  }

  return {
    table<V>(name: string): Table<V> {
      let table = tables.get(name);
      if (table === undefined) {
        table = makeTable(root.openDB<unknown, StoreKey>({ name }));
        tables.set(name, table);
      }
      // One name, one type: each table is opened in one place.
      return table as Table<V>;
    },

    async write(changes) {
      if (closing !== undefined) throw new CoreError("SHUTTING_DOWN", "The store is closed.");
      const batch: StoreBatch = { operations: [] };
      changes(batch);
      if (batch.operations.length === 0) return;
      const pending: PromiseLike<unknown>[] = [];
      const committed = root.batch(() => {
        for (const operation of batch.operations) pending.push(operation());
      });
      const [outcome] = await Promise.allSettled([committed, ...pending]);
      if (outcome.status === "rejected") throw storageError(await causeOf(outcome.reason));
    },

    close() {
      closing ??= (async () => {
        await Promise.resolve(root.committed).catch(() => "the writer was told already");
        try {
          root.transactionSync(() => void meta.removeSync("owner"));
        } catch {
          // A full disk: the next core sees that this process is gone.
        }
        await root.close();
      })();
      return closing;
    },
  };
}

function openRoot(folder: string): RootDatabase<unknown, StoreKey> {
  try {
    return open<unknown, StoreKey>({
      path: join(folder, "core.mdb"),
      noSubdir: true,
      maxDbs: 16,
      overlappingSync: false,
      // Its batch for each turn has a promise of its own, which nobody can meet when the commit fails.
      eventTurnBatching: false,
    });
  } catch (cause) {
    const error = storageError(cause);
    if (error.code !== "INTERNAL") throw error;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CoreError(
      "STORAGE_FULL",
      `The core's store cannot be opened: ${why.replaceAll(folder, "GENGA_HOME/store")}.`,
      {
        remedy: "Check that GENGA_HOME can be written and has room, then start the core again.",
        cause,
      },
    );
  }
}

function makeTable(database: Database<unknown, StoreKey>): Table<unknown> {
  return {
    get: (key) => database.get(key),
    entries: ({ start, end } = {}) =>
      database.getRange({
        ...(start === undefined ? {} : { start }),
        ...(end === undefined ? {} : { end }),
        snapshot: false,
      }),
    put: (batch, key, value) => void batch.operations.push(() => database.put(key, value)),
    remove: (batch, key) => void batch.operations.push(() => database.remove(key)),
  };
}

/** lmdb's write transaction is a lock between processes, so that two cores that start at once cannot both find the folder free. */
function takeOwnership(root: RootDatabase<unknown, StoreKey>, meta: Database<unknown, string>): void {
  root.transactionSync(() => {
    const version = meta.get("version");
    if (typeof version === "number" && version > STORE_VERSION) {
      throw new CoreError(
        "CONFIG_INVALID",
        `The store in GENGA_HOME has layout ${version}; this core knows layouts up to ${STORE_VERSION}.`,
        { remedy: "Start the newer core that wrote it, or choose another GENGA_HOME.", data: { version } },
      );
    }
    const owner = meta.get("owner");
    if (isIdentity(owner) && isRunning(owner)) {
      throw new CoreError("CONFIG_INVALID", `A core with process id ${owner.pid} already uses this GENGA_HOME.`, {
        remedy: `Use that core, stop it (process ${owner.pid}), or give this one another GENGA_HOME.`,
        data: { pid: owner.pid },
      });
    }
    meta.putSync("version", STORE_VERSION);
    meta.putSync("owner", processIdentity(process.pid) ?? { pid: process.pid });
  });
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return typeof value === "object" && value !== null && "pid" in value && typeof value.pid === "number";
}

/** Gives the error behind "Commit failed": the library keeps it in a promise of its own, which may come later or never. */
async function causeOf(reason: unknown): Promise<unknown> {
  if (!(reason instanceof Error) || !("commitError" in reason)) return reason;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, CAUSE_TIMEOUT_MS, reason);
  });
  const cause = await Promise.race([Promise.resolve(reason.commitError).catch((error: unknown) => error), late]);
  clearTimeout(timer);
  return cause;
}

/** Errors of lmdb carry the number of the system's error. */
const FULL: ReadonlySet<unknown> = new Set([
  27 /* EFBIG */, 28 /* ENOSPC */, 30 /* EROFS */, 122 /* EDQUOT */, 5 /* EIO */, 13 /* EACCES */,
]);

/** Gives the CoreError for a failure of lmdb: STORAGE_FULL if the disk is full or cannot be written. */
export function storageError(thrown: unknown): CoreError {
  if (thrown instanceof Error && "code" in thrown && FULL.has(thrown.code)) {
    return new CoreError("STORAGE_FULL", `The core's store cannot be written (${thrown.message.split(":")[0]}).`, {
      remedy: "Free disk space, or move GENGA_HOME to a disk with room, and try again.",
      cause: thrown,
    });
  }
  return toCoreError(thrown);
}
