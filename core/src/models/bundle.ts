import { join } from "node:path";
import { CoreError } from "../protocol/errors.ts";
import type { BundleManifest } from "./bundle-manifest.ts";
import type { Component } from "./component.ts";

/** Tasks that bundles are made for. */
export const BUNDLE_TASKS = ["image", "motion", "mesh"] as const satisfies readonly BundleManifest["task"][];
export type BundleTask = (typeof BUNDLE_TASKS)[number];
/** Manifest of a bundle for a task. */
export type ManifestOf<T extends BundleTask> = Extract<BundleManifest, { task: T }>;

/** A bundle on disk whose manifest was read and checked. */
export interface Bundle<Manifest extends BundleManifest = BundleManifest> {
  readonly manifest: Manifest;
  /** Absolute path of the bundle's folder. Never leaves the machine. */
  readonly folder: string;
  /** SHA-256 of bundle.json: the bundle's identity for allow-lists and records. */
  readonly manifest_sha256: string;
}

/** A bundle for a task. */
export type BundleOf<T extends BundleTask> = Bundle<ManifestOf<T>>;
/** A bundle that makes pictures. */
export type ImageBundle = BundleOf<"image">;
/** A bundle that makes motion. */
export type MotionBundle = BundleOf<"motion">;
/** A bundle that makes meshes. */
export type MeshBundle = BundleOf<"mesh">;

/** Tells a bundle for a task from those for others. */
export function isFor<T extends BundleTask>(task: T, bundle: Bundle): bundle is BundleOf<T> {
  return bundle.manifest.task === task;
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
