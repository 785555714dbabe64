import { z } from "zod";
import { MotionActionSchema, MotionConditionSchema } from "../protocol/motion.ts";
import { HashedFileSchema } from "./component.ts";

/** Rows that a motion graph reads and gives. */
export const MotionRepresentationSchema = z.enum(["genga-141", "humanml3d-263"]).meta({
  id: "MotionRepresentation",
  description:
    "Features of one frame. genga-141: models/training/motion/features.py. humanml3d-263: of Guo et al. 2022 (HumanML3D), as published text-to-motion models read them.",
});
export type MotionRepresentation = z.infer<typeof MotionRepresentationSchema>;

/**
 * What the pipelines must know of a `motion-diffusion` bundle.
 *
 * Components: `text_encoder` (input_ids int64 [batch, tokens], 0 = padding → text [batch, dim]; start and end token alone give zeros, which
 * stand for unsaid), `denoiser` (sample [batch, window_frames, width], timestep int64 [batch], text [batch, dim]; with conditions also
 * observed [batch, window_frames, width], normalised, and given [batch, window_frames, conditions] of 0 and 1; valid
 * [batch, window_frames] → clean [batch, window_frames, width], normalised x_0),
 * `retriever` (input_ids → embedding [batch, d] of length 1; for the search in the library; optional).
 */
export const MotionDiffusionSchema = z
  .strictObject({
    representation: MotionRepresentationSchema,
    fps: z.number().gt(0).max(240).describe("Frames a second that the graphs were trained at."),
    window_frames: z.int().min(8).max(4096).describe("Frames that the denoiser takes at once."),
    overlap_frames: z.int().min(0).describe("Frames that a window shares with the one before it."),
    noise_schedule: z
      .strictObject({
        num_train_timesteps: z.int().min(1).default(1000).describe("Timesteps of training."),
        beta_schedule: z
          .literal("squaredcos_cap_v2")
          .default("squaredcos_cap_v2")
          .describe(
            "Cosine course of alphas_cumprod (Nichol and Dhariwal 2021, equation 17); genga-141 keeps it within 1e-4 and 0.9999, humanml3d-263 caps betas at 0.999.",
          ),
        prediction_type: z.literal("sample").default("sample").describe("The denoiser gives x_0."),
      })
      .describe("Noise schedule of training; diffusers' names."),
    guidance_end: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe("Share of the denoising steps that are guided; the last ones hear the words without guidance."),
    conditions: z
      .array(MotionConditionSchema)
      .max(4)
      .describe("What the denoiser can be told of single frames, in the order of `given`; empty = nothing."),
    statistics: HashedFileSchema.describe(
      "JSON {mean, deviation}, numbers of one frame's features: what normalised rows are multiplied by and shifted to.",
    ),
    library: z
      .strictObject({
        index: HashedFileSchema.describe("library.json, format genga.clips.v1."),
        data: HashedFileSchema.describe("library.bin."),
      })
      .optional()
      .describe(
        "Recorded clips for the modes hybrid and retrieved; models/training/motion/README.md tells the layout.",
      ),
    actions: z.array(MotionActionSchema).max(500).describe("What the bundle knows to do."),
    defaults: z
      .strictObject({
        num_inference_steps: z.int().min(1).max(1000).describe("Denoising steps."),
        guidance_scale: z.number().min(0).max(50).describe("Classifier-free guidance."),
        duration_s: z.number().gt(0).max(120).describe("Seconds of a segment that a form begins with."),
      })
      .describe("Used where the request says nothing."),
    max_duration_s: z.number().gt(0).max(120).describe("Longest motion, seconds."),
  })
  .meta({
    id: "MotionDiffusionConfig",
    description: "What the motion pipeline must know of a motion-diffusion bundle.",
  });
export type MotionDiffusionConfig = z.infer<typeof MotionDiffusionSchema>;
