import { CoreError } from "../protocol/errors.ts";
import { type Bundle, bundleFile } from "./bundle.ts";
import type { BundleManifest } from "./bundle-manifest.ts";
import type { Component, HashedFile } from "./component.ts";
import type { DigestCache } from "./digest-cache.ts";

/** A file that a manifest names, with what it must be. */
export interface BundleFile {
  /** Relative path inside the bundle. */
  file: string;
  sha256: string;
  /** Bytes, where the manifest says. */
  size?: number;
}

/** Options of {@link verifyBundle}. */
export interface VerifyOptions {
  signal?: AbortSignal;
  /** Told how far it is in [0, 1], by bytes. */
  onProgress?: (progress: number) => void;
  /** Reads every byte again, whatever was known of the files. */
  fresh?: boolean;
}

/** Gives every file that a manifest names, each once: graphs, weights, tokenizer, statistics, library, calibration. */
export function bundleFiles(manifest: BundleManifest): BundleFile[] {
  const { tokenizer, components } = manifest;
  const files: BundleFile[] = [
    ...Object.values(components).flatMap(componentFiles),
    ...(tokenizer === undefined
      ? []
      : [
          { file: tokenizer.file, sha256: tokenizer.sha256 },
          { file: tokenizer.config_file, sha256: tokenizer.config_sha256 },
        ]),
    ...dataFiles(manifest).map(({ file, sha256, size }) => ({ file, sha256, size })),
  ];
  return [...new Map(files.map((entry) => [`${entry.file} ${entry.sha256}`, entry])).values()];
}

/** A file of numbers that a pipeline reads beside the graphs. */
export interface DataFile extends HashedFile {
  /** What it is, for records: statistics, library, calibration. */
  role: string;
}

/** Gives the files of numbers that a bundle's pipeline reads beside the graphs. */
export function dataFiles(manifest: BundleManifest): DataFile[] {
  switch (manifest.family) {
    case "stable-diffusion":
      return [];
    case "motion-diffusion": {
      const { statistics, library } = manifest.motion_diffusion;
      return [{ role: "statistics", ...statistics }, ...libraryFiles(library)];
    }
    case "mesh-diffusion": {
      const { calibration, library } = manifest.mesh_diffusion;
      return [
        ...(calibration === undefined ? [] : [{ role: "calibration", ...calibration }]),
        ...libraryFiles(library),
      ];
    }
  }
}

function libraryFiles(library: { index: HashedFile; data: HashedFile } | undefined): DataFile[] {
  if (library === undefined) return [];
  return [
    { role: "library", ...library.index },
    { role: "library", ...library.data },
  ];
}

/** Gives the files of one component: its graph, then its weights. */
export function componentFiles({ file, sha256, size, external_data }: Component): BundleFile[] {
  return [{ file, sha256, size }, ...external_data];
}

/**
 * Checks files of a bundle against their SHA-256; files that are unchanged since they were last read cost a `stat` each.
 *
 * @param files - for instance those of one component; all that the manifest names by default
 * @throws CoreError BUNDLE_CORRUPT naming file, expected and met hash; BUNDLE_INVALID if a file is missing; an AbortError
 */
export async function verifyBundle(
  bundle: Bundle,
  digests: DigestCache,
  { signal, onProgress, fresh }: VerifyOptions = {},
  files: readonly BundleFile[] = bundleFiles(bundle.manifest),
): Promise<void> {
  const { id } = bundle.manifest;
  const total = files.reduce((sum, { size }) => sum + (size ?? 0), 0);
  let done = 0;
  for (const { file, sha256: expected, size } of files) {
    signal?.throwIfAborted();
    const start = done;
    const met = await digests
      .digest(bundleFile(bundle, file), {
        ...(signal === undefined ? {} : { signal }),
        ...(fresh === undefined ? {} : { fresh }),
        onBytes: (bytes) => {
          done += bytes;
          if (size !== undefined && total > 0) onProgress?.(Math.min(done / total, 1));
        },
      })
      .catch((cause: unknown) => {
        if (signal?.aborted === true) throw cause;
        throw new CoreError("BUNDLE_INVALID", `Bundle "${id}": ${file} is missing or cannot be read.`, {
          remedy: "Export or import the bundle again.",
          data: { bundle: id, file },
          cause,
        });
      });
    if (met !== expected) {
      throw new CoreError("BUNDLE_CORRUPT", `Bundle "${id}": ${file} has SHA-256 ${met}; expected ${expected}.`, {
        remedy: "The file was changed or damaged since the bundle was made. Export or import the bundle again.",
        data: { bundle: id, file, expected, met },
      });
    }
    done = start + (size ?? 0);
    if (total > 0) onProgress?.(Math.min(done / total, 1));
  }
  onProgress?.(1);
}
