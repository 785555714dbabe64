import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../logger.ts";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import { type Bundle, type BundleOf, type BundleTask, isFor } from "./bundle.ts";
import { DigestCache } from "./digest-cache.ts";
import { readBundle } from "./read-bundle.ts";
import { type VerifyOptions, verifyBundle } from "./verify-bundle.ts";

/** Options of {@link openRegistry}. */
export interface RegistryOptions {
  /** Folders that hold bundle folders; an id found in an earlier one hides the same id in later ones. Need not exist. */
  folders: readonly string[];
  /** Folder for what may be deleted at any time. */
  cache_folder: string;
  logger: Logger;
  /** Bundle to use for a task when a request names none. */
  defaults?: Partial<Record<BundleTask, string>>;
}

/** A folder that looks like a bundle: a readable one, or one with the error that keeps it from being used. */
export type RegistryEntry =
  | { id: string; folder: string; bundle: Bundle }
  | { id: string; folder: string; error: CoreError };

/** The bundles that were found. */
export interface Registry {
  /** Gives all of them, broken ones with their error, by id. */
  list(): readonly RegistryEntry[];
  /** @throws CoreError BUNDLE_NOT_FOUND; for a broken bundle, its own error */
  get(id: string): Bundle;
  /**
   * Gives the bundle for requests that name none: the configured one, else starter before production before test, by id.
   *
   * @param accepts - leaves out bundles that the policy refuses
   * @throws CoreError BUNDLE_NOT_FOUND
   */
  defaultBundle<T extends BundleTask>(task: T, accepts?: (bundle: Bundle) => boolean): BundleOf<T>;
  /** Gives the bundle of an id, which must be for the task. @throws CoreError BUNDLE_NOT_FOUND, INVALID_REQUEST; for a broken bundle, its own error */
  bundleFor<T extends BundleTask>(task: T, id: string): BundleOf<T>;
  /** Checks every file of a bundle against its SHA-256. @throws CoreError BUNDLE_CORRUPT, BUNDLE_INVALID */
  verify(bundle: Bundle, options?: VerifyOptions): Promise<void>;
  /** Searches the folders again. */
  refresh(): Promise<void>;
}

const PURPOSES = ["starter", "production", "test"] as const;

/** Finds the bundles in some folders. A broken bundle is listed with its error and never hides the others. */
export async function openRegistry({
  folders,
  cache_folder,
  logger,
  defaults = {},
}: RegistryOptions): Promise<Registry> {
  const digests = new DigestCache(join(cache_folder, "digests"));
  let entries = new Map<string, RegistryEntry>();

  const refresh = async () => {
    const found = new Map<string, RegistryEntry>();
    for (const entry of (await Promise.all(folders.map(readFolder))).flat()) {
      const first = found.get(entry.id);
      if (first === undefined) {
        found.set(entry.id, entry);
        if ("error" in entry) {
          logger.warn({ bundle: entry.id, folder: entry.folder, code: entry.error.code }, entry.error.message);
        }
      } else {
        logger.info(
          { bundle: entry.id, used: first.folder, hidden: entry.folder },
          "a bundle hides one with the same id",
        );
      }
    }
    entries = new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  };

  const get = (id: string): Bundle => {
    const entry = entries.get(id);
    if (entry === undefined) throw notFound(`No bundle is called "${id}"`, entries);
    if ("error" in entry) throw entry.error;
    return entry.bundle;
  };

  const bundleFor = <T extends BundleTask>(task: T, id: string): BundleOf<T> => {
    const bundle = get(id);
    if (isFor(task, bundle)) return bundle;
    throw new CoreError(
      "INVALID_REQUEST",
      `The bundle "${id}" is for the task "${bundle.manifest.task}"; the request's is "${task}".`,
      { remedy: "Choose another bundle, or name none.", data: { bundle: id, task: bundle.manifest.task } },
    );
  };

  const defaultBundle = <T extends BundleTask>(task: T, accepts: (bundle: Bundle) => boolean = () => true) => {
    const configured = defaults[task];
    if (configured !== undefined) return bundleFor(task, configured);
    const usable = [...entries.values()].flatMap((entry) =>
      "bundle" in entry && isFor(task, entry.bundle) && accepts(entry.bundle) ? [entry.bundle] : [],
    );
    for (const purpose of PURPOSES) {
      const bundle = usable.find(({ manifest }) => manifest.purpose === purpose);
      if (bundle !== undefined) return bundle;
    }
    throw notFound(`No usable bundle for the task "${task}"`, entries);
  };

  await refresh();
  return {
    list: () => [...entries.values()],
    get,
    defaultBundle,
    bundleFor,
    verify: (bundle, options) => verifyBundle(bundle, digests, options),
    refresh,
  };
}

/** Gives the bundles of one folder; a folder with the id in the manifest, whatever the folder is called. */
async function readFolder(parent: string): Promise<RegistryEntry[]> {
  const names = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const entries = names
    .filter((name) => (name.isDirectory() || name.isSymbolicLink()) && !name.name.startsWith("."))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(async ({ name }): Promise<RegistryEntry[]> => {
      const folder = join(parent, name);
      try {
        const bundle = await readBundle(folder);
        return [{ id: bundle.manifest.id, folder, bundle }];
      } catch (thrown) {
        const error = toCoreError(thrown);
        // A folder without bundle.json is something else: training code, notes.
        return error.code === "BUNDLE_NOT_FOUND" ? [] : [{ id: name, folder, error }];
      }
    });
  return (await Promise.all(entries)).flat();
}

function notFound(what: string, entries: ReadonlyMap<string, RegistryEntry>): CoreError {
  const usable = [...entries.values()].filter((entry) => "bundle" in entry).map(({ id }) => id);
  const broken = [...entries.values()].filter((entry) => "error" in entry).map(({ id }) => id);
  const there = usable.length === 0 ? "there is none" : `there are: ${usable.join(", ")}`;
  const faulty = broken.length === 0 ? "" : `; not usable: ${broken.join(", ")}`;
  return new CoreError("BUNDLE_NOT_FOUND", `${what}; ${there}${faulty}.`, {
    remedy: "Run `genga models list` to see the bundles, or `genga models import FOLDER_OR_ZIP` to add one.",
    data: { bundles: usable, broken },
  });
}
