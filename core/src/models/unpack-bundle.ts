import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { CoreError } from "../protocol/errors.ts";
import { parseManifest } from "./parse-manifest.ts";
import { bundleFiles } from "./verify-bundle.ts";

const MANIFEST_MAX_BYTES = 4 * 1024 * 1024;
/** Largest file whose size the manifest does not state: tokenizer and papers. */
const SMALL_MAX_BYTES = 256 * 1024 * 1024;

/** Options of {@link unpackBundle}. */
export interface UnpackOptions {
  /** Told what will be written before it is. */
  announce: (files: number, bytes: number) => Promise<void>;
  /** Tells whether a file beside the manifest that it does not name is wanted. */
  keep: (file: string) => boolean;
  signal?: AbortSignal;
}

/**
 * Writes the bundle in a .zip into a folder. bundle.json may stand at the top or in one folder. Only files that the manifest names
 * and those that `keep` wants are written, as plain files, each of the size that the manifest states: a bomb or a path that
 * leads out is refused before it is written.
 *
 * @throws CoreError BUNDLE_INVALID, BUNDLE_CORRUPT
 */
export async function unpackBundle(
  zip: string,
  folder: string,
  { announce, keep, signal }: UnpackOptions,
): Promise<void> {
  const label = basename(zip);
  // yauzl refuses absolute names, backslashes and "..", and streams that are longer or shorter than their entry says.
  const archive = await openPromise(zip, { lazyEntries: true, autoClose: false, strictFileNames: true }).catch(
    (cause: unknown) => {
      throw unreadable(label, cause);
    },
  );
  try {
    const entries = await listEntries(archive, label);
    const manifestName = [...entries.keys()]
      .filter((name) => name === "bundle.json" || /^[^/]+\/bundle\.json$/.test(name))
      .sort((a, b) => a.length - b.length)[0];
    const manifestEntry = manifestName === undefined ? undefined : entries.get(manifestName);
    if (
      manifestName === undefined ||
      manifestEntry === undefined ||
      manifestEntry.uncompressedSize > MANIFEST_MAX_BYTES
    ) {
      throw new CoreError("BUNDLE_INVALID", `"${label}" holds no bundle.json at its top or in one folder.`, {
        remedy: "Zip the bundle's folder as it is.",
      });
    }
    const prefix = manifestName.slice(0, -"bundle.json".length);
    const manifest = parseManifest(await buffer(await archive.openReadStreamPromise(manifestEntry)), label);
    const wanted = new Map<string, Entry>([["bundle.json", manifestEntry]]);
    for (const { file, size } of bundleFiles(manifest)) {
      const entry = entries.get(prefix + file);
      if (entry === undefined)
        throw new CoreError("BUNDLE_INVALID", `"${label}" lacks ${file}, which its bundle.json names.`);
      if (
        entry.uncompressedSize > (size ?? SMALL_MAX_BYTES) ||
        (size !== undefined && entry.uncompressedSize !== size)
      ) {
        throw new CoreError(
          "BUNDLE_CORRUPT",
          `${file} in "${label}" has ${entry.uncompressedSize} bytes; expected ${size ?? `at most ${SMALL_MAX_BYTES}`}.`,
        );
      }
      wanted.set(file, entry);
    }
    for (const [name, entry] of entries) {
      const file = name.slice(prefix.length);
      if (name.startsWith(prefix) && keep(file) && entry.uncompressedSize <= SMALL_MAX_BYTES) wanted.set(file, entry);
    }
    await announce(
      wanted.size,
      [...wanted.values()].reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0),
    );
    for (const [file, entry] of wanted) {
      signal?.throwIfAborted();
      const target = join(folder, file);
      await mkdir(dirname(target), { recursive: true });
      const from = await archive.openReadStreamPromise(entry);
      await pipeline(from, createWriteStream(target, { flags: "wx" }), signal === undefined ? {} : { signal });
    }
  } catch (thrown) {
    if (thrown instanceof CoreError || signal?.aborted === true || isDiskError(thrown)) throw thrown;
    throw unreadable(label, thrown);
  } finally {
    archive.close();
  }
}

async function listEntries(archive: ZipFile, label: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const entry of archive.eachEntry()) {
    if (entry.fileName.endsWith("/")) continue;
    if (entries.has(entry.fileName)) {
      throw new CoreError("BUNDLE_INVALID", `"${label}" holds ${entry.fileName} twice.`);
    }
    entries.set(entry.fileName, entry);
  }
  return entries;
}

function isDiskError(thrown: unknown): boolean {
  return thrown instanceof Error && "syscall" in thrown;
}

function unreadable(label: string, cause: unknown): CoreError {
  const why = cause instanceof Error ? cause.message : "unknown fault";
  return new CoreError("BUNDLE_INVALID", `"${label}" is not a readable .zip of a bundle: ${why}.`, {
    remedy: "Give the folder that holds bundle.json, or a .zip of it.",
    cause,
  });
}
