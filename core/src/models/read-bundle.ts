import { createHash } from "node:crypto";
import { readFile, realpath, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { CoreError } from "../protocol/errors.ts";
import type { Issue } from "../protocol/issues.ts";
import type { Bundle } from "./bundle.ts";
import type { BundleManifest } from "./bundle-manifest.ts";
import { invalidBundle, parseManifest } from "./parse-manifest.ts";
import { bundleFiles } from "./verify-bundle.ts";

const MANIFEST_MAX_BYTES = 4 * 1024 * 1024;

/**
 * Reads the bundle in a folder and checks all that can be checked without reading the weights: the manifest against its schema,
 * the components that the family needs, and that every file is there, has its size and lies inside the folder.
 *
 * @throws CoreError BUNDLE_NOT_FOUND if the folder holds no bundle.json; BUNDLE_INVALID with `data.issues`, one readable line
 * each and free of this machine's paths; BUNDLE_CORRUPT if a file has another size
 */
export async function readBundle(folder: string): Promise<Bundle> {
  const label = basename(folder);
  const bytes = await readManifestBytes(folder, label);
  const manifest = parseManifest(bytes, label);
  const root = await realpath(folder);
  await checkFiles(root, manifest);
  return { manifest, folder: root, manifest_sha256: createHash("sha256").update(bytes).digest("hex") };
}

async function readManifestBytes(folder: string, label: string): Promise<Buffer> {
  const file = join(folder, "bundle.json");
  try {
    const { size } = await stat(file);
    if (size > MANIFEST_MAX_BYTES) {
      throw invalidBundle(label, [
        { path: "bundle.json", message: `has ${size} bytes; expected at most ${MANIFEST_MAX_BYTES}` },
      ]);
    }
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof CoreError) throw cause;
    throw new CoreError("BUNDLE_NOT_FOUND", `The folder "${label}" holds no readable bundle.json.`, {
      remedy: "Give the folder that holds bundle.json, or export the bundle again.",
      cause,
    });
  }
}

async function checkFiles(root: string, manifest: BundleManifest): Promise<void> {
  const issues: Issue[] = [];
  for (const { file, size } of bundleFiles(manifest)) {
    try {
      const real = await realpath(join(root, file));
      if (!real.startsWith(root + sep)) {
        issues.push({ path: file, message: "is a link that leads out of the bundle; expected a file inside it" });
        continue;
      }
      const stats = await stat(real);
      if (!stats.isFile()) issues.push({ path: file, message: "is not a file" });
      else if (size !== undefined && stats.size !== size) throw wrongSize(manifest.id, file, size, stats.size);
    } catch (cause) {
      if (cause instanceof CoreError) throw cause;
      issues.push({ path: file, message: "is missing or cannot be read" });
    }
  }
  if (issues.length > 0) throw invalidBundle(manifest.id, issues);
}

function wrongSize(bundle: string, file: string, expected_size: number, size: number): CoreError {
  return new CoreError("BUNDLE_CORRUPT", `Bundle "${bundle}": ${file} has ${size} bytes; expected ${expected_size}.`, {
    remedy: "Export or import the bundle again, or remove its folder.",
    data: { bundle, file, expected_size, size },
  });
}
