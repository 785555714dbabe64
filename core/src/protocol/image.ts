import { z } from "zod";
import { SeedSchema, Sha256Schema } from "./fields.ts";

/** Kinds of control maps. Encodings: docs/control-maps.md. */
export const ControlKindSchema = z
  .enum(["depth", "normal", "lineart", "canny", "segmentation", "openpose", "light"])
  .meta({
    id: "ControlKind",
    description:
      "Kind of a control map. depth: grey, near = white, background black. normal: RGB, view space, (n + 1) / 2, +x right, +y up, +z to the camera. lineart, canny: white on black. segmentation: exact id colours, no antialiasing. openpose: coloured 18-point skeleton on black. light: R = n·l clamped to 0–1, G = 1 lit / 0 in cast shadow, B = ambient occlusion or 1.",
  });
export type ControlKind = z.infer<typeof ControlKindSchema>;

/** Denoising schedulers, by the names that diffusers and ComfyUI users know. */
export const SchedulerSchema = z
  .enum(["ddim", "euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_karras", "unipc", "lcm"])
  .meta({ id: "Scheduler", description: "Denoising scheduler." });
export type Scheduler = z.infer<typeof SchedulerSchema>;

const UnitInterval = z.number().min(0).max(1);

/** One control map and how strongly it guides. */
export const ControlSchema = z
  .strictObject({
    kind: ControlKindSchema,
    image: Sha256Schema.describe("The map, PNG, JPEG or WebP; scaled to the picture's size by the core."),
    preprocessor: z
      .enum(["none", "canny", "depth_normalize"])
      .default("none")
      .describe(
        "What the core makes of the image first: canny finds edges in a photograph or render; depth_normalize stretches depth to min–max over the foreground.",
      ),
    conditioning_scale: z
      .number()
      .min(0)
      .max(10)
      .default(1)
      .describe("Strength; diffusers: controlnet_conditioning_scale."),
    control_guidance_start: UnitInterval.default(0).describe("Share of the steps after which the control begins."),
    control_guidance_end: UnitInterval.default(1).describe("Share of the steps after which the control ends."),
  })
  .meta({ id: "Control", description: "One control map and how strongly it guides." });
export type Control = z.infer<typeof ControlSchema>;

/** A phrase for a part of the picture. */
export const RegionSchema = z
  .strictObject({
    prompt: z.string().min(1).max(2000).describe("What this part shows."),
    weight: z.number().min(0).max(10).default(1).describe("Weight against other regions that cover the same pixel."),
    mask: Sha256Schema.optional().describe("Grey picture, white = inside. Give either mask or color."),
    color: z
      .string()
      .regex(/^#[0-9a-f]{6}$/, "expected #rrggbb in lower case")
      .optional()
      .describe("Id colour of the region in the segmentation control map. Give either mask or color."),
    name: z.string().max(200).optional().describe("Name of the object in the scene, for the record and for messages."),
  })
  .refine((region) => (region.mask === undefined) !== (region.color === undefined), {
    message: "give either mask or color",
  })
  .meta({
    id: "Region",
    description: "A phrase for a part of the picture, by mask or by id colour of the segmentation map.",
  });
export type Region = z.infer<typeof RegionSchema>;

/** File format of the pictures. */
export const ImageOutputSchema = z
  .strictObject({
    mime: z.enum(["image/png", "image/jpeg", "image/webp"]).default("image/png").describe("Media type of the files."),
    quality: z.int().min(1).max(100).default(92).describe("JPEG and WebP quality; WebP 100 is lossless."),
  })
  .meta({ id: "ImageOutput", description: "File format of the pictures." });

/** Live previews. */
export const PreviewOptionsSchema = z
  .strictObject({
    every_steps: z.int().min(0).max(100).default(0).describe("A preview each so many steps; 0 = none."),
    max_size: z.int().min(16).max(1024).default(256).describe("Longest side of the preview, pixels."),
  })
  .meta({ id: "PreviewOptions", description: "Live previews while denoising." });

/** Parameters of the task `image`. Names follow diffusers' pipelines. */
export const ImageParamsSchema = z
  .strictObject({
    bundle: z.string().max(200).optional().describe("Bundle id; absent = the core's default image bundle."),
    prompt: z.string().describe("What the picture shows. `(word:1.2)` weighs a word."),
    negative_prompt: z.string().default("").describe("What it must not show."),
    width: z
      .int()
      .min(64)
      .max(8192)
      .multipleOf(8)
      .optional()
      .describe("Pixels, a multiple of 8. Absent = the bundle's default."),
    height: z
      .int()
      .min(64)
      .max(8192)
      .multipleOf(8)
      .optional()
      .describe("Pixels, a multiple of 8. Absent = the bundle's default."),
    num_inference_steps: z.int().min(1).max(1000).optional().describe("Absent = the bundle's default."),
    guidance_scale: z
      .number()
      .min(0)
      .max(50)
      .optional()
      .describe("Classifier-free guidance; ≤ 1 = off. Absent = the bundle's default."),
    scheduler: SchedulerSchema.optional().describe("Absent = the bundle's default."),
    eta: UnitInterval.default(0).describe("DDIM eta: 0 deterministic, 1 as DDPM."),
    seed: SeedSchema.optional().describe(
      "Absent = drawn by the core and recorded. Image i of a batch starts from seed + i.",
    ),
    num_images_per_prompt: z
      .int()
      .min(1)
      .max(64)
      .default(1)
      .describe("Pictures from this request, each with its own seed."),
    clip_skip: z
      .int()
      .min(0)
      .max(11)
      .default(0)
      .describe("Layers of the text encoder left out at its end, as diffusers counts: 0 = none."),
    init_image: Sha256Schema.optional().describe("img2img and inpaint start from this picture."),
    strength: z
      .number()
      .gt(0)
      .max(1)
      .default(0.8)
      .describe("img2img and inpaint: share of the steps that run; at 1 hardly anything of init_image is left."),
    mask_image: Sha256Schema.optional().describe("inpaint: white = repaint, black = keep. Needs init_image."),
    controls: z
      .array(ControlSchema)
      .max(16)
      .default([])
      .describe("Control maps; any number of kinds at once, each kind that the bundle takes."),
    regions: z.array(RegionSchema).max(256).default([]).describe("Phrases for parts of the picture."),
    output: ImageOutputSchema.prefault({}),
    preview: PreviewOptionsSchema.prefault({}),
  })
  .meta({ id: "ImageParams", description: "Parameters of the task `image`. Names follow diffusers." });
export type ImageParams = z.infer<typeof ImageParamsSchema>;
