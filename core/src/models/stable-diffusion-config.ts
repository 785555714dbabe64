import { z } from "zod";
import { ControlKindSchema, SchedulerSchema } from "../protocol/image.ts";
import { NoiseScheduleSchema } from "./noise-schedule.ts";

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
