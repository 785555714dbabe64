import { z } from "zod";
import { Sha256Schema } from "../protocol/fields.ts";
import { LicenceSchema, TrainingDeclarationSchema } from "../protocol/record.ts";
import { ComponentSchema } from "./component.ts";
import { MeshDiffusionSchema } from "./mesh-diffusion-config.ts";
import { MotionDiffusionSchema } from "./motion-diffusion-config.ts";
import { StableDiffusionSchema } from "./stable-diffusion-config.ts";
import { TokenizerSpecSchema } from "./tokenizer-spec.ts";

/** What every bundle says of itself, whatever its family. */
const COMMON = {
  format: z.literal("genga.bundle.v1").describe("Version of this form."),
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, "expected lower-case letters, digits, dot, dash, underscore")
    .describe("Name in requests."),
  version: z.string().min(1).describe("Version of the bundle."),
  name: z.string().min(1).describe("Name for people."),
  description: z.string().default("").describe("What it is for, a sentence or two."),
  purpose: z.enum(["starter", "production", "test"]).describe("test = random weights: what it makes shows nothing."),
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
};

/** Content of the bundle.json of a bundle that makes pictures. */
export const StableDiffusionBundleSchema = z
  .strictObject({
    ...COMMON,
    task: z.literal("image").describe("What it makes."),
    family: z.literal("stable-diffusion").describe("Which pipeline runs it."),
    components: z.record(z.string(), ComponentSchema).describe("Graphs by role; see StableDiffusionConfig."),
    tokenizer: TokenizerSpecSchema.describe("Tokenizer of the text encoder."),
    stable_diffusion: StableDiffusionSchema.describe("What the image pipeline must know."),
  })
  .meta({ id: "StableDiffusionBundle", description: "Content of the bundle.json of a bundle that makes pictures." });

/** Content of the bundle.json of a bundle that makes motion. */
export const MotionDiffusionBundleSchema = z
  .strictObject({
    ...COMMON,
    task: z.literal("motion").describe("What it makes."),
    family: z.literal("motion-diffusion").describe("Which pipeline runs it."),
    components: z.record(z.string(), ComponentSchema).describe("Graphs by role; see MotionDiffusionConfig."),
    tokenizer: TokenizerSpecSchema.describe("Tokenizer of text encoder and retriever."),
    motion_diffusion: MotionDiffusionSchema.describe("What the motion pipeline must know."),
  })
  .meta({ id: "MotionDiffusionBundle", description: "Content of the bundle.json of a bundle that makes motion." });

/** Content of the bundle.json of a bundle that makes meshes. */
export const MeshDiffusionBundleSchema = z
  .strictObject({
    ...COMMON,
    task: z.literal("mesh").describe("What it makes."),
    family: z.literal("mesh-diffusion").describe("Which pipeline runs it."),
    components: z.record(z.string(), ComponentSchema).describe("Graphs by role; see MeshDiffusionConfig."),
    tokenizer: TokenizerSpecSchema.optional().describe("Tokenizer of text encoder and retriever."),
    mesh_diffusion: MeshDiffusionSchema.describe("What the mesh pipeline must know."),
  })
  .meta({ id: "MeshDiffusionBundle", description: "Content of the bundle.json of a bundle that makes meshes." });

/** Content of bundle.json; `family` tells which. */
export const BundleManifestSchema = z
  .discriminatedUnion("family", [StableDiffusionBundleSchema, MotionDiffusionBundleSchema, MeshDiffusionBundleSchema])
  .meta({ id: "BundleManifest", description: "Content of bundle.json; `family` tells which." });
export type BundleManifest = z.infer<typeof BundleManifestSchema>;
