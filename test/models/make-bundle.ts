import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ManifestOf } from "../../core/src/models/bundle.ts";
import type { Component, TensorSpec } from "../../core/src/models/component.ts";

/** Folder of the small graphs; make_graphs.py there made them. */
export const GRAPHS = fileURLToPath(new URL("../fixtures/onnx/", import.meta.url));

const spec = (name: string, dtype: TensorSpec["dtype"], ...shape: TensorSpec["shape"]): TensorSpec => ({
  name,
  dtype,
  shape,
});

/** Inputs and outputs of the small graphs. */
export const GRAPH_SPECS = {
  add: {
    inputs: [spec("x", "float32", "n"), spec("y", "float32", "n")],
    outputs: [spec("sum", "float32", "n")],
  },
  half: {
    inputs: [spec("x", "float16", "n"), spec("count", "int64", 1), spec("flag", "bool", "n")],
    outputs: [spec("doubled", "float16", "n"), spec("count_plus_one", "int64", 1), spec("not_flag", "bool", "n")],
  },
  slow: {
    inputs: [spec("x", "float32", "n", "n"), spec("iterations", "int64")],
    outputs: [spec("result", "float32", "n", "n")],
  },
  allocate: { inputs: [spec("shape", "int64", "rank")], outputs: [spec("total", "float32")] },
  external: {
    inputs: [spec("x", "float32", "batch", 2048)],
    outputs: [spec("product", "float32", "batch", 4096)],
  },
  layers: {
    inputs: [spec("x", "float32", 1, 3, "h", "w")],
    outputs: [spec("y", "float32", 1, 3, "h", "w")],
  },
  corrupt: { inputs: [spec("x", "float32", "n")], outputs: [spec("y", "float32", "n")] },
} satisfies Record<string, { inputs: TensorSpec[]; outputs: TensorSpec[] }>;
export type GraphName = keyof typeof GRAPH_SPECS;

/** Gives the SHA-256 of a file. */
export function sha256Of(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Copies a small graph into a folder and describes it. */
export function addComponent(folder: string, graph: GraphName): Component {
  const file = `${graph}.onnx`;
  const path = join(folder, file);
  copyFileSync(join(GRAPHS, file), path);
  return { file, sha256: sha256Of(path), size: statSync(path).size, external_data: [], ...GRAPH_SPECS[graph] };
}

/** What differs between the bundles of the tests. */
export interface MakeBundleOptions {
  id?: string;
  purpose?: ManifestOf<"image">["purpose"];
  version?: string;
  /** Graphs beside those that every image bundle has (which are `add` here). */
  graphs?: readonly GraphName[];
  change?: (manifest: ManifestOf<"image">, folder: string) => void;
}

/** Writes a bundle whose graphs are the small ones; gives its manifest. */
export function makeBundle(folder: string, options: MakeBundleOptions = {}): ManifestOf<"image"> {
  const { id = basename(folder), purpose = "test", version = "1", graphs = [], change } = options;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "tokenizer.json"), "{}");
  writeFileSync(join(folder, "tokenizer_config.json"), "{}");
  const add = addComponent(folder, "add");
  const manifest: ManifestOf<"image"> = {
    format: "genga.bundle.v1",
    id,
    version,
    name: `Bundle ${id}`,
    description: "",
    purpose,
    task: "image",
    family: "stable-diffusion",
    made_by: "the tests",
    derived_from: [],
    licence: { spdx: "CC0-1.0", commercial_use: true },
    training_data: "undeclared",
    memory_bytes: 1_000_000,
    components: {
      text_encoder: add,
      unet: add,
      vae_decoder: add,
      ...Object.fromEntries(graphs.map((graph) => [graph, addComponent(folder, graph)])),
    },
    tokenizer: {
      file: "tokenizer.json",
      config_file: "tokenizer_config.json",
      sha256: sha256Of(join(folder, "tokenizer.json")),
      config_sha256: sha256Of(join(folder, "tokenizer_config.json")),
      max_length: 77,
      bos_token_id: 0,
      eos_token_id: 1,
      pad_token_id: 1,
    },
    stable_diffusion: {
      latent_channels: 4,
      vae_scale_factor: 8,
      scaling_factor: 0.18215,
      shift_factor: 0,
      noise_schedule: {
        num_train_timesteps: 1000,
        beta_start: 0.00085,
        beta_end: 0.012,
        beta_schedule: "scaled_linear",
        prediction_type: "epsilon",
        timestep_spacing: "leading",
        steps_offset: 1,
        set_alpha_to_one: false,
        clip_sample: false,
        rescale_betas_zero_snr: false,
      },
      timestep_dtype: "int64",
      residuals: [],
      controls: [],
      requires_control: false,
      supports_guidance: true,
      defaults: { width: 64, height: 64, num_inference_steps: 2, guidance_scale: 7.5, scheduler: "ddim" },
      size: { multiple: 8, min: 64, max: 128 },
    },
  };
  change?.(manifest, folder);
  writeFileSync(join(folder, "bundle.json"), JSON.stringify(manifest, null, 2));
  return manifest;
}
