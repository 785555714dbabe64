import { join } from "node:path";
import { CoreError } from "../protocol/errors.ts";
import type { BundleManifest, Component } from "./bundle-manifest.ts";

/** A bundle on disk whose manifest was read and checked. */
export interface Bundle {
  readonly manifest: BundleManifest;
  /** Absolute path of the bundle's folder. Never leaves the machine. */
  readonly folder: string;
  /** SHA-256 of bundle.json: the bundle's identity for allow-lists and records. */
  readonly manifest_sha256: string;
}

/**
 * Gives a component of a bundle.
 *
 * @throws CoreError BUNDLE_INVALID if the manifest does not name it
 */
export function componentOf(bundle: Bundle, name: string): Component {
  const component = bundle.manifest.components[name];
  if (component === undefined) {
    throw new CoreError(
      "BUNDLE_INVALID",
      `Bundle "${bundle.manifest.id}" has no component "${name}"; it has: ${Object.keys(bundle.manifest.components).join(", ")}.`,
      { remedy: "Export the bundle again, or choose another one." },
    );
  }
  return component;
}

/** Gives the absolute path of a file of a bundle. */
export function bundleFile(bundle: Bundle, file: string): string {
  return join(bundle.folder, file);
}
