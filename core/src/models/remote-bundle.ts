import type { DeclaredModel } from "../protocol/record.ts";
import type { Bundle } from "./bundle.ts";
import type { ImageManifest } from "./image-manifest.ts";

/** A model that another program runs for the core, as one request uses it. */
export interface RemoteBundle {
  readonly manifest: ImageManifest;
  /** Backend that runs it, for instance `comfyui:default`. */
  readonly backend: string;
  /** Every model file that the request loads there, by what the backend and the settings say of it. */
  readonly models: readonly DeclaredModel[];
}

/** Tells a model that another program runs from a bundle of the core's own. */
export function isRemote(bundle: Bundle | RemoteBundle): bundle is RemoteBundle {
  return "backend" in bundle;
}
