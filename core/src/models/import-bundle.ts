import { randomBytes } from "node:crypto";
import { copyFile, mkdir, readdir, realpath, rename, rm, stat, statfs } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { makeFolder } from "../make-folder.ts";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import type { Bundle } from "./bundle.ts";
import { DigestCache } from "./digest-cache.ts";
import { checkExternalData } from "./external-data.ts";
import { readBundle } from "./read-bundle.ts";
import { unpackBundle } from "./unpack-bundle.ts";
import { bundleFiles, verifyBundle } from "./verify-bundle.ts";

/** What an import would do, told before the first byte is copied. */
export interface ImportPlan {
  /** Name of the source's last part: no path of this machine. */
  source: string;
  files: number;
  /** Bytes that the bundle takes on disk. */
  bytes: number;
}

/** Options of {@link importBundle}. */
export interface ImportOptions {
  /** Folder of the user's bundles; made when missing. */
  folder: string;
  cache_folder: string;
  /** Whether another bundle of the same id is replaced. */
  replace?: boolean;
  /** Told the size before anything is written; throw to decline. */
  onPlan?: (plan: ImportPlan) => void | Promise<void>;
  onProgress?: (progress: number) => void;
  signal?: AbortSignal;
}

/** Papers beside the manifest that travel with a bundle. */
const PAPERS = /^(MODEL_CARD|README|LICEN[CS]E|NOTICE)[A-Za-z0-9_.-]*$/i;

/**
 * Brings a bundle, a folder or a .zip, into the user's folder: staged beside its place, verified there, then put in place by one
 * rename. A failed or cancelled import leaves nothing behind. Only what the manifest names and its papers are taken.
 *
 * @throws CoreError BUNDLE_NOT_FOUND, BUNDLE_INVALID (also for paths that lead out of the bundle, and for an id that is taken),
 * BUNDLE_CORRUPT, STORAGE_FULL, CANCELLED
 */
export async function importBundle(source: string, options: ImportOptions): Promise<Bundle> {
  const { folder, cache_folder, replace = false, onProgress, signal } = options;
  const from = resolve(source);
  const kind = await stat(from).catch((cause: unknown) => {
    throw new CoreError("BUNDLE_NOT_FOUND", `There is no "${basename(from)}" to import.`, {
      remedy: "Give the folder that holds bundle.json, or a .zip of it.",
      cause,
    });
  });
  const stage = join(folder, `.import-${process.pid}-${randomBytes(6).toString("hex")}`);
  const announce = async (files: number, bytes: number) => {
    await options.onPlan?.({ source: basename(from), files, bytes });
    await checkRoom(folder, bytes);
  };
  try {
    makeFolder(stage);
    if (kind.isDirectory()) await copyBundle(from, stage, announce, signal);
    else await unpackBundle(from, stage, { announce, keep: isPaper, ...(signal === undefined ? {} : { signal }) });
    const staged = await readBundle(stage);
    // Read fresh: the bytes that were copied are checked, not what was known of the source.
    await verifyBundle(staged, new DigestCache(join(cache_folder, "digests")), {
      fresh: true,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    for (const component of Object.values(staged.manifest.components)) checkExternalData(staged, component);
    const target = join(folder, staged.manifest.id);
    await putInPlace(stage, target, staged, replace);
    return await readBundle(target);
  } catch (thrown) {
    throw toCoreError(thrown);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

function isPaper(file: string): boolean {
  return PAPERS.test(file);
}

async function copyBundle(
  from: string,
  stage: string,
  announce: (files: number, bytes: number) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { manifest, folder: root } = await readBundle(from);
  const names = (await readdir(root, { withFileTypes: true })).filter((name) => name.isFile() && isPaper(name.name));
  const files = new Set([
    "bundle.json",
    ...bundleFiles(manifest).map(({ file }) => file),
    ...names.map(({ name }) => name),
  ]);
  let bytes = 0;
  for (const file of files) bytes += (await stat(join(root, file))).size;
  await announce(files.size, bytes);
  for (const file of files) {
    signal?.throwIfAborted();
    const real = await realpath(join(root, file));
    if (!real.startsWith(root + sep)) throw new CoreError("BUNDLE_INVALID", `${file} leads out of the bundle.`);
    await mkdir(dirname(join(stage, file)), { recursive: true });
    await copyFile(real, join(stage, file));
  }
}

async function checkRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new CoreError(
    "STORAGE_FULL",
    `The bundle takes ${bytes} bytes; the disk of the bundle folder has ${free} free.`,
    {
      remedy: "Free disk space, or move GENGA_HOME to a disk with room.",
      data: { bytes, free },
    },
  );
}

async function putInPlace(stage: string, target: string, staged: Bundle, replace: boolean): Promise<void> {
  const there = await stat(target).catch(() => undefined);
  if (there === undefined) return rename(stage, target);
  const present = await readBundle(target).catch(() => undefined);
  // The same bundle again, whole: nothing to do. Its weights are checked whenever it is loaded.
  if (present?.manifest_sha256 === staged.manifest_sha256 && !replace) return;
  if (present !== undefined && !replace) {
    throw new CoreError(
      "BUNDLE_INVALID",
      `A different bundle "${staged.manifest.id}" (version ${present.manifest.version}) is there already.`,
      {
        remedy: "Import with --replace, or remove the other bundle first.",
        data: { bundle: staged.manifest.id, version: present.manifest.version },
      },
    );
  }
  const aside = `${stage}.old`;
  await rename(target, aside);
  await rename(stage, target);
  await rm(aside, { recursive: true, force: true });
}
