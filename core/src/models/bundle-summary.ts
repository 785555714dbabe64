import type { BundleSummary } from "../protocol/core-messages.ts";
import { MotionModeSchema } from "../protocol/motion.ts";
import type { Bundle } from "./bundle.ts";
import type { ImageManifest } from "./image-manifest.ts";
import { sizeMultiple } from "./size-multiple.ts";

/** Most regions of any request, as the protocol's schema says. */
const MAX_REGIONS = 256;

/** What the policy in force says of a bundle. */
export interface PolicyVerdict {
  allowed: boolean;
  /** Why it is refused. */
  refusal?: string;
}

/** Gives what clients are told of a bundle. */
export function bundleSummary(
  { manifest }: { manifest: Bundle["manifest"] | ImageManifest },
  verdict: PolicyVerdict,
): BundleSummary {
  return {
    id: manifest.id,
    name: manifest.name,
    version: manifest.version,
    task: manifest.task,
    family: manifest.family,
    purpose: manifest.purpose,
    licence: manifest.licence,
    training_data: manifest.training_data,
    allowed: verdict.allowed,
    ...(verdict.refusal === undefined ? {} : { refusal: verdict.refusal }),
    memory_bytes: manifest.memory_bytes,
    ...taskFacts(manifest),
  };
}

function taskFacts(manifest: Bundle["manifest"] | ImageManifest) {
  switch (manifest.task) {
    case "image":
      return imageFacts(manifest);
    case "motion":
      return motionFacts(manifest);
    case "mesh":
      return meshFacts(manifest);
  }
}

function imageFacts(manifest: ImageManifest) {
  const { controls, requires_control, defaults, size, supports_guidance, control_encoder } = manifest.stable_diffusion;
  return {
    controls: [...new Set(controls.map(({ kind }) => kind))],
    requires_control,
    defaults,
    size: { ...size, multiple: sizeMultiple(manifest) },
    supports_guidance,
    takes_init_image: manifest.components.vae_encoder !== undefined,
    max_regions: control_encoder?.max_regions ?? MAX_REGIONS,
  };
}

function motionFacts({ motion_diffusion }: Extract<Bundle["manifest"], { task: "motion" }>) {
  const { actions, conditions, defaults, max_duration_s, library } = motion_diffusion;
  return {
    controls: [],
    requires_control: false,
    motion: {
      actions,
      modes: library === undefined ? (["generated"] as const).slice() : [...MotionModeSchema.options],
      conditions,
      defaults,
      max_duration_s,
    },
  };
}

function meshFacts({ mesh_diffusion }: Extract<Bundle["manifest"], { task: "mesh" }>) {
  const { categories, sources, conditioning, defaults } = mesh_diffusion;
  return { controls: [], requires_control: false, mesh: { categories, sources, conditioning, defaults } };
}
