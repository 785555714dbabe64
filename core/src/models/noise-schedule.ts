import { z } from "zod";

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
