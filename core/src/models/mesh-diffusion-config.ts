import { z } from "zod";
import { MeshCategorySchema, MeshSourceSchema } from "../protocol/mesh.ts";
import { HashedFileSchema } from "./component.ts";

const Point = z.tuple([z.number(), z.number(), z.number()]);

/**
 * What the pipelines must know of a `mesh-diffusion` bundle.
 *
 * Components, those that the sources need: `text_encoder` (input_ids int64 [batch, tokens], 0 = padding → context [batch, n, dim]),
 * `image_encoder` (pixel_values [batch, 3, height, width] → context [batch, n, dim]), `denoiser` (sample [batch, tokens, channels],
 * timestep float32 [batch], context → velocity [batch, tokens, channels]: noise - x_0), `backbone` (context → latent
 * [batch, tokens, channels], in place of the denoiser), `latent_decoder` (latent → decoded; optional), `field_decoder` (decoded, or
 * latent without a latent_decoder; points [batch, n, 3] → field [batch, n]; with colour also colour [batch, n, 3] in [0, 1], sRGB;
 * with material also material [batch, n, 2], roughness and metalness), `retriever` (input_ids → embedding [batch, d] of length 1;
 * optional).
 */
export const MeshDiffusionSchema = z
  .strictObject({
    sources: z.array(MeshSourceSchema).min(1).max(3).describe("Where meshes may come from."),
    conditioning: z.enum(["text", "image"]).default("text").describe("What `generated` is told by."),
    image: z
      .strictObject({
        size: z.int().min(16).max(4096).describe("Side of the picture that image_encoder takes, pixels."),
        mean: Point.describe("Taken from red, green, blue in [0, 1]."),
        std: Point.describe("What the rest is divided by."),
        background: Point.describe("Colour behind the thing, sRGB in [0, 1]."),
        foreground_ratio: z.number().gt(0).max(1).describe("Share of the side that the thing fills."),
        resample: z
          .enum(["linear", "cubic"])
          .default("linear")
          .describe("How it is scaled; both widen when shrinking."),
      })
      .optional()
      .describe("How a reference picture is prepared; with conditioning `image`."),
    sampler: z
      .strictObject({
        type: z
          .enum(["flow_match_euler", "one_pass"])
          .describe("flow_match_euler: x = (1 - sigma) x_0 + sigma noise. one_pass: `backbone` gives the latent."),
        num_train_timesteps: z.int().min(1).default(1000).describe("timestep = sigma times this."),
        shift: z.number().gt(0).default(1).describe("Shift of sigmas: s sigma / (1 + (s - 1) sigma)."),
        spacing: z
          .enum(["linspace", "trailing"])
          .default("linspace")
          .describe("Sigmas before the shift. linspace: 1 to the first training timestep. trailing: 1 - i / steps."),
        unconditional: z
          .enum(["empty_prompt", "zeros"])
          .default("empty_prompt")
          .describe("Context of classifier-free guidance: of no words, or zeros."),
      })
      .optional()
      .describe("How a latent comes about; with the source generated."),
    latent: z
      .strictObject({
        tokens: z.int().min(1).describe("Rows."),
        channels: z.int().min(1).describe("Numbers of a row."),
      })
      .optional()
      .describe("Shape of a latent; with the source generated."),
    field: z
      .strictObject({
        kind: z.enum(["sdf", "occupancy", "density"]).describe("What `field` means."),
        level: z.number().describe("Value at the surface."),
        inside: z.enum(["below", "above"]).describe("On which side of the level the inside is."),
        bounds: z
          .strictObject({ min: Point.describe("Lower corner."), max: Point.describe("Upper corner.") })
          .describe("Box that points are asked in, +Y up, front +Z."),
        colour: z.boolean().describe("Whether the decoder gives colour."),
        material: z.boolean().default(false).describe("Whether the decoder gives roughness and metalness."),
        points_per_call: z.int().min(1).default(65_536).describe("Most points in one call."),
      })
      .optional()
      .describe("What the field decoder gives; with the source generated."),
    library: z
      .strictObject({
        index: HashedFileSchema.describe("library.json, format genga.models.v1."),
        data: HashedFileSchema.describe("library.bin."),
      })
      .optional()
      .describe("Models for the source library; models/training/mesh/README.md tells the layout."),
    calibration: HashedFileSchema.optional().describe("JSON with the measured confidences that `auto` chooses by."),
    categories: z.array(MeshCategorySchema).max(500).describe("What the bundle knows to make."),
    defaults: z
      .strictObject({
        source: z
          .enum(["auto", ...MeshSourceSchema.options])
          .default("auto")
          .describe("Source."),
        num_inference_steps: z.int().min(1).max(1000).default(30).describe("Denoising steps."),
        guidance_scale: z.number().min(0).max(50).default(4).describe("Classifier-free guidance."),
        grid_resolution: z.int().min(16).max(512).default(128).describe("Cells along a side."),
      })
      .prefault({})
      .describe("Used where the request says nothing."),
  })
  .meta({
    id: "MeshDiffusionConfig",
    description: "What the mesh pipeline must know of a mesh-diffusion bundle.",
  });
export type MeshDiffusionConfig = z.infer<typeof MeshDiffusionSchema>;
