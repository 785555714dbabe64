import { z } from "zod";
import { Sha256Schema, TaskSchema } from "../protocol/fields.ts";
import { ControlKindSchema, SchedulerSchema } from "../protocol/image.ts";
import { LicenceSchema, TrainingDeclarationSchema } from "../protocol/record.ts";

/** File inside a bundle: a plain relative path with forward slashes, no `..`. */
const BundleFileSchema = z
  .string()
  .max(200)
  .regex(
    /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/,
    "expected a relative path inside the bundle",
  );

const TensorSpecSchema = z
  .strictObject({
    name: z.string().describe("Name in the graph."),
    shape: z.array(z.union([z.int(), z.string()])).describe("Numbers, or names of dynamic axes."),
    dtype: z.enum(["float32", "float16", "int64", "int32", "bool", "uint8"]).describe("Type of the elements."),
  })
  .meta({ id: "TensorSpec", description: "Name, shape and type of a graph's input or output." });
export type TensorSpec = z.infer<typeof TensorSpecSchema>;

/** One ONNX graph of a bundle. */
export const ComponentSchema = z
  .strictObject({
    file: BundleFileSchema.describe("ONNX file."),
    sha256: Sha256Schema,
    size: z.int().min(1).describe("Bytes."),
    external_data: z
      .array(
        z.strictObject({
          file: BundleFileSchema.describe("Name that the graph uses."),
          sha256: Sha256Schema,
          size: z.int().min(1).describe("Bytes."),
        }),
      )
      .default([])
      .describe("Weight files beside the graph, by the names that the graph uses."),
    inputs: z.array(TensorSpecSchema).describe("Inputs of the graph."),
    outputs: z.array(TensorSpecSchema).describe("Outputs of the graph."),
  })
  .meta({ id: "Component", description: "One ONNX graph of a bundle." });
export type Component = z.infer<typeof ComponentSchema>;

/** A control kind that a bundle takes. */
export const ControlSupportSchema = z
  .strictObject({
    kind: ControlKindSchema,
    component: z
      .string()
      .describe(
        "Component that takes it: a ControlNet graph (inputs sample, timestep, encoder_hidden_states, controlnet_cond, conditioning_scale), or `control_encoder`.",
      ),
    channels: z
      .int()
      .min(1)
      .max(4)
      .describe("Channels of the map as the graph wants it; grey is repeated, RGB is reduced to its mean."),
    channel_order: z
      .enum(["rgb", "bgr"])
      .default("rgb")
      .describe("Order of the channels that the graph was trained with."),
    invert: z.boolean().default(false).describe("Whether the graph was trained with black on white."),
  })
  .meta({ id: "ControlSupport", description: "A control kind that a bundle takes, and the graph that takes it." });
export type ControlSupport = z.infer<typeof ControlSupportSchema>;

/** Noise schedule that the UNet was trained with; names and meanings of diffusers' scheduler configs. */
export const NoiseScheduleSchema = z
  .strictObject({
    num_train_timesteps: z.int().default(1000).describe("Timesteps of training."),
    beta_start: z.number().default(0.00085).describe("First beta."),
    beta_end: z.number().default(0.012).describe("Last beta."),
    beta_schedule: z
      .enum(["linear", "scaled_linear", "squaredcos_cap_v2"])
      .default("scaled_linear")
      .describe("How beta goes from first to last."),
    prediction_type: z
      .enum(["epsilon", "v_prediction", "sample"])
      .default("epsilon")
      .describe("What the unet predicts."),
    timestep_spacing: z
      .enum(["leading", "trailing", "linspace"])
      .optional()
      .describe(
        "How inference timesteps are spread over those of training. Absent = as each scheduler does by itself: leading for ddim and lcm, linspace for the others.",
      ),
    steps_offset: z.int().default(1).describe("Added to the timesteps with leading spacing."),
    set_alpha_to_one: z.boolean().default(false).describe("DDIM: whether the step before the first has alpha 1."),
    clip_sample: z.boolean().default(false).describe("Whether predicted samples are clipped to [-1, 1]."),
    rescale_betas_zero_snr: z
      .boolean()
      .default(false)
      .describe("Whether betas are rescaled to zero terminal signal-to-noise ratio."),
  })
  .meta({ id: "NoiseSchedule", description: "Noise schedule that the UNet was trained with; diffusers' names." });
export type NoiseSchedule = z.infer<typeof NoiseScheduleSchema>;

/** Tokenizer of the text encoder. */
export const TokenizerSpecSchema = z
  .strictObject({
    file: BundleFileSchema.describe("tokenizer.json of the Hugging Face tokenizers library."),
    config_file: BundleFileSchema.describe("tokenizer_config.json."),
    sha256: Sha256Schema.describe("Of tokenizer.json."),
    config_sha256: Sha256Schema,
    max_length: z.int().min(2).describe("Tokens of one chunk, start and end included: 77 for CLIP."),
    bos_token_id: z.int().describe("Start token."),
    eos_token_id: z.int().describe("End token."),
    pad_token_id: z.int().describe("Padding token."),
  })
  .meta({ id: "TokenizerSpec", description: "Tokenizer of the text encoder." });
export type TokenizerSpec = z.infer<typeof TokenizerSpecSchema>;

/**
 * What the pipelines must know of a `stable-diffusion` bundle.
 *
 * Components: `text_encoder` (input_ids int64 [batch, tokens] → hidden_states [batch, tokens, dim][, hidden_states_skip_1 …: as
 * clip_skip 1 … would give, final layer norm applied][, pooled [batch, dim]]),
 * `unet` (sample [batch, latent_channels, h, w], timestep [batch] of timestep_dtype, encoder_hidden_states [batch, tokens, dim]
 * [, the residuals][, the features] → noise_pred),
 * one ControlNet graph per kind (also controlnet_cond [batch, channels, H, W] in [0, 1] and conditioning_scale float32 [1]
 * → the residuals, already multiplied by conditioning_scale),
 * `control_encoder` (maps, maps_present, region_ids, phrase_embeddings → features, handed to the unet by name),
 * `vae_encoder` (image in [-1, 1], [batch, 3, H, W] → latent_mean, latent_std, unscaled), `vae_decoder` (latents, divided by
 * scaling_factor → image in [-1, 1]), `taesd_decoder` (latents, scaled as the UNet sees them → image in [-1, 1]; for previews).
 */
export const StableDiffusionSchema = z
  .strictObject({
    latent_channels: z.int().min(1).describe("Channels of the latents."),
    vae_scale_factor: z.int().min(1).describe("Pixels per latent cell: 8 for SD 1.5; 1 for an identity VAE."),
    scaling_factor: z
      .number()
      .describe("What latents are multiplied by after encoding; diffusers: vae.config.scaling_factor."),
    shift_factor: z.number().default(0).describe("What is subtracted from latents before scaling."),
    noise_schedule: NoiseScheduleSchema.describe("Noise schedule of training."),
    timestep_dtype: z.enum(["int64", "float32"]).default("int64").describe("Type of the unet's timestep input."),
    residuals: z
      .array(
        z.strictObject({
          name: z
            .string()
            .describe("Input of the unet and output of each ControlNet: down_block_res_0 …, mid_block_res."),
          channels: z.int().describe("Channels of the residual."),
          downscale: z.int().describe("Latent cells per cell of the residual; sizes round up."),
        }),
      )
      .default([])
      .describe("Residuals that the unet takes; zeros are given when no ControlNet is active."),
    controls: z.array(ControlSupportSchema).default([]).describe("Control kinds that the bundle takes."),
    control_encoder: z
      .strictObject({
        maps: z
          .array(ControlKindSchema)
          .describe(
            "Order in which maps are concatenated into `maps` [batch, sum of channels, H, W] in [0, 1]; one that is not given is zeros and 0 in `maps_present` [batch, kinds].",
          ),
        max_regions: z
          .int()
          .min(1)
          .describe("Regions of `region_ids` int64 [batch, H, W]: 0 = the prompt itself, 1 … = regions."),
        phrase_output: z
          .string()
          .describe(
            "Output of text_encoder that becomes phrase_embeddings [batch, regions + 1, dim]; row 0 is the prompt.",
          ),
        features: z.array(z.string()).describe("Outputs that are handed to the unet as inputs of the same name."),
      })
      .optional()
      .describe("Present when a graph takes maps and region phrases natively, once for all steps."),
    requires_control: z.boolean().default(false).describe("Whether a request without any control map is refused."),
    supports_guidance: z
      .boolean()
      .default(true)
      .describe("Whether classifier-free guidance means anything to the unet."),
    defaults: z
      .strictObject({
        width: z.int().describe("Pixels."),
        height: z.int().describe("Pixels."),
        num_inference_steps: z.int().describe("Denoising steps."),
        guidance_scale: z.number().describe("Classifier-free guidance."),
        scheduler: SchedulerSchema,
      })
      .describe("Used where the request says nothing."),
    size: z
      .strictObject({
        multiple: z.int().describe("Width and height are multiples of this."),
        min: z.int().describe("Smallest side."),
        max: z.int().describe("Largest side."),
      })
      .describe("Limits of width and height, pixels."),
  })
  .meta({
    id: "StableDiffusionConfig",
    description: "What the image pipeline must know of a stable-diffusion bundle.",
  });
export type StableDiffusionConfig = z.infer<typeof StableDiffusionSchema>;

/** Content of bundle.json. */
export const BundleManifestSchema = z
  .strictObject({
    format: z.literal("genga.bundle.v1").describe("Version of this form."),
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, "expected lower-case letters, digits, dot, dash, underscore")
      .describe("Name in requests."),
    version: z.string().min(1).describe("Version of the bundle."),
    name: z.string().min(1).describe("Name for people."),
    description: z.string().default("").describe("What it is for, a sentence or two."),
    purpose: z.enum(["starter", "production", "test"]).describe("test = random weights: pictures show nothing."),
    task: TaskSchema,
    family: z.enum(["stable-diffusion"]).describe("Which pipeline runs it."),
    made_by: z.string().min(1).describe("Who made the bundle, and with what."),
    derived_from: z
      .array(
        z.strictObject({
          name: z.string().describe("Name of the original."),
          source: z.string().describe("Where it comes from."),
          sha256: Sha256Schema.optional(),
        }),
      )
      .default([])
      .describe("What it was converted or trained from."),
    licence: LicenceSchema,
    training_data: TrainingDeclarationSchema,
    memory_bytes: z.int().min(0).describe("Peak memory at the default size."),
    components: z.record(z.string(), ComponentSchema).describe("Graphs by role; see StableDiffusionConfig."),
    tokenizer: TokenizerSpecSchema.describe("Tokenizer of the text encoder."),
    stable_diffusion: StableDiffusionSchema.describe("What the image pipeline must know."),
  })
  .meta({ id: "BundleManifest", description: "Content of bundle.json." });
export type BundleManifest = z.infer<typeof BundleManifestSchema>;
