import { z } from "zod";
import { ControlKindSchema, SchedulerSchema } from "./protocol/image.ts";
import { LicenceSchema, TrainingDeclarationSchema } from "./protocol/record.ts";

/** Name of a pool, a look or a workflow: part of bundle ids. */
const NameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, "must be lower-case letters, digits, dash, underscore, at most 40 of them");

const UrlSchema = z
  .string()
  .max(500)
  .refine((text) => /^https?:$/.test(safeUrl(text)?.protocol ?? ""), "must be an http:// or https:// address");

/** Kind of checkpoint: which sizes and ControlNets fit it. `other`: loaded by workflows only. */
export const ModelFamilySchema = z.enum(["sd15", "sdxl", "other"]);
export type ModelFamily = z.infer<typeof ModelFamilySchema>;

/** What the studio knows of a model file on a ComfyUI server, by its file name there. */
export const ComfyModelSettingsSchema = z.strictObject({
  family: ModelFamilySchema.optional().describe("Kind of checkpoint, or that a ControlNet or LoRA was made for."),
  control: z
    .union([ControlKindSchema, z.literal("union")])
    .optional()
    .describe("Kind of maps that a ControlNet takes; union = all that SetUnionControlNetType names."),
  normal_red: z
    .enum(["left", "right"])
    .optional()
    .describe("Where red points in the normal maps that a ControlNet was trained with."),
  inpainting: z.boolean().optional().describe("Whether a checkpoint was made for inpainting (9 input channels)."),
  licence: LicenceSchema.optional().describe("Licence of the model."),
  training_data: TrainingDeclarationSchema.optional().describe("What it was trained on; absent = undeclared."),
  hidden: z.boolean().optional().describe("Whether clients are not shown it."),
});
export type ComfyModelSettings = z.infer<typeof ComfyModelSettingsSchema>;

/** A checkpoint with what belongs to it, offered as a bundle of its own. */
export const ComfyLookSchema = z.strictObject({
  name: NameSchema,
  title: z.string().min(1).max(200).optional().describe("Name for people."),
  checkpoint: z.string().min(1),
  vae: z.string().min(1).optional(),
  loras: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        strength: z.number().min(-10).max(10).default(1),
        strength_clip: z.number().min(-10).max(10).optional().describe("For the text encoder; absent = as strength."),
      }),
    )
    .max(16)
    .default([]),
  upscale_model: z.string().min(1).optional().describe("Upscaler that every picture goes through."),
  defaults: z
    .strictObject({
      width: z.int().min(64).max(8192).multipleOf(8).optional(),
      height: z.int().min(64).max(8192).multipleOf(8).optional(),
      num_inference_steps: z.int().min(1).max(1000).optional(),
      guidance_scale: z.number().min(0).max(50).optional(),
      scheduler: SchedulerSchema.optional(),
    })
    .default({}),
});
export type ComfyLook = z.infer<typeof ComfyLookSchema>;

/** A workflow in ComfyUI's API format, offered as a bundle. */
export const ComfyWorkflowSettingsSchema = z.strictObject({
  name: NameSchema,
  title: z.string().min(1).max(200).optional().describe("Name for people."),
  file: z.string().min(1).describe("The file, relative to the home folder."),
  inputs: z
    .record(z.string(), z.string())
    .default({})
    .describe('Which parameter goes to which input: { "prompt": "6.text", "control:depth": "12.image" }.'),
  outputs: z.array(z.string()).default([]).describe("Nodes whose pictures are the result, by id."),
});
export type ComfyWorkflowSettings = z.infer<typeof ComfyWorkflowSettingsSchema>;

/** A ComfyUI server that the core may use. */
export const ComfyServerSettingsSchema = z.strictObject({
  url: UrlSchema.describe("Address of the server, for instance http://127.0.0.1:8188."),
  name: NameSchema.default("default").describe("Servers of one name share their jobs by load."),
  jobs: z.int().min(1).max(16).default(2).describe("Jobs given to it at once; one runs, the others wait in its queue."),
  headers: z.record(z.string(), z.string()).default({}).describe("Sent with each request, for a proxy before it."),
  keep_files: z
    .boolean()
    .default(false)
    .describe("Whether pictures stay in the server's output folder too; else they go with its temporary files."),
  models_folder: z
    .string()
    .min(1)
    .optional()
    .describe("Folder `models` of this very server as this machine sees it, for hashes and kinds of model files."),
  models: z.record(z.string(), ComfyModelSettingsSchema).default({}).describe("Facts of model files by name."),
  looks: z.array(ComfyLookSchema).default([]),
  workflows: z.array(ComfyWorkflowSettingsSchema).default([]),
});
export type ComfyServerSettings = z.infer<typeof ComfyServerSettingsSchema>;

/** Servers as settings name them: an address alone stands for a server with every default. */
export const ComfyServersSchema = z
  .array(z.preprocess((server) => (typeof server === "string" ? { url: server } : server), ComfyServerSettingsSchema))
  .max(16);

function safeUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
