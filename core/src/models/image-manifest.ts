import type { BundleManifest } from "./bundle-manifest.ts";
import type { Component } from "./component.ts";
import type { StableDiffusionConfig } from "./stable-diffusion-config.ts";

/**
 * What a request for pictures is held against and clients are told: of a bundle's own manifest, or of a model that a backend runs, which
 * has no files here.
 */
export interface ImageManifest
  extends Pick<BundleManifest, "id" | "name" | "version" | "purpose" | "licence" | "training_data" | "memory_bytes"> {
  task: "image";
  family: string;
  /** `vae_encoder` is there if a start picture can be taken; the outputs of `text_encoder` say how many layers can be skipped. */
  components: Readonly<Record<string, Pick<Component, "outputs">>>;
  stable_diffusion: Pick<
    StableDiffusionConfig,
    | "defaults"
    | "size"
    | "controls"
    | "control_encoder"
    | "requires_control"
    | "supports_guidance"
    | "noise_schedule"
    | "vae_scale_factor"
  >;
}
