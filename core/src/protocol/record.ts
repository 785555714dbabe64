import { z } from "zod";
import { SeedSchema, Sha256Schema, TaskSchema } from "./fields.ts";
import { MeshFactsSchema, TextureFactsSchema } from "./mesh.ts";
import { MotionFactsSchema } from "./motion.ts";

/** A data set that a model was trained on. */
export const TrainingDataSchema = z
  .strictObject({
    name: z.string().min(1).describe("Name of the data set."),
    source: z.string().min(1).describe("Where it comes from: an address or a sentence."),
    licence: z.string().min(1).describe("SPDX identifier, or the licence's own name."),
    sha256: Sha256Schema.optional().describe("Hash of the data set, or of its list of files with their hashes."),
    used_for: z.string().min(1).describe("What it was used for, for instance `training` or `evaluation`."),
    notice: z.string().optional().describe("Notice or acknowledgement that the licence asks for."),
  })
  .meta({ id: "TrainingData", description: "A data set that a model was trained on." });
export type TrainingData = z.infer<typeof TrainingDataSchema>;

/** A complete list of data sets, or the open admission that there is none. */
export const TrainingDeclarationSchema = z
  .union([z.literal("undeclared"), z.array(TrainingDataSchema)])
  .meta({ id: "TrainingDeclaration", description: "Every data set that the model was trained on, or `undeclared`." });
export type TrainingDeclaration = z.infer<typeof TrainingDeclarationSchema>;

export const LicenceSchema = z
  .strictObject({
    spdx: z.string().min(1).describe("SPDX identifier, or LicenseRef-<name> for another text."),
    commercial_use: z.boolean().describe("Whether outputs and weights may be used commercially."),
    url: z.string().optional().describe("Where the text stands."),
  })
  .meta({ id: "Licence", description: "Licence of a model." });
export type Licence = z.infer<typeof LicenceSchema>;

/** A model file that took part. */
export const ModelFileSchema = z
  .strictObject({
    component: z.string().describe("Role of the graph in its bundle, for instance unet."),
    file: z.string().describe("File name inside the bundle."),
    sha256: Sha256Schema,
  })
  .meta({ id: "ModelFile", description: "A model file that took part." });

/** A bundle that took part, with what its maker declares. */
export const ModelFactsSchema = z
  .strictObject({
    bundle: z.string().describe("Bundle id."),
    name: z.string().describe("Name of the bundle for people."),
    version: z.string().describe("Version of the bundle."),
    manifest_sha256: Sha256Schema.describe("SHA-256 of bundle.json: the bundle's identity for allow-lists."),
    licence: LicenceSchema,
    training_data: TrainingDeclarationSchema,
    files: z.array(ModelFileSchema).describe("Graphs and weights that ran, or could have."),
  })
  .meta({ id: "ModelFacts", description: "A bundle that took part, with what its maker declares." });
export type ModelFacts = z.infer<typeof ModelFactsSchema>;

/** A model that ran outside the core, by what is known or declared of it. */
export const DeclaredModelSchema = z
  .strictObject({
    name: z.string().min(1).max(300).describe("Name for people, or the file's name; never a path."),
    role: z
      .string()
      .min(1)
      .max(100)
      .describe("What it did: checkpoint, lora, controlnet, vae, text_encoder, upscaler …"),
    sha256: Sha256Schema.optional().describe("Hash of the model file; absent when nobody computed it."),
    version: z.string().min(1).max(100).optional().describe("Version of the model."),
    weight: z.number().optional().describe("Strength with which it took part, of a LoRA for instance."),
    licence: LicenceSchema.optional().describe("Absent = not declared."),
    training_data: TrainingDeclarationSchema.default("undeclared"),
  })
  .meta({ id: "DeclaredModel", description: "A model that ran outside the core, by what is known or declared of it." });
export type DeclaredModel = z.infer<typeof DeclaredModelSchema>;

export const CredentialStateSchema = z.enum(["trusted", "valid", "tampered", "known", "unsigned"]).meta({
  id: "CredentialState",
  description:
    "trusted: signature right, issuer trusted here. valid: signature right, issuer not among the trusted. tampered: the bytes or the manifest were changed. known: no credential left, but the file or its picture is in this core's log. unsigned: nothing known.",
});
export type CredentialState = z.infer<typeof CredentialStateSchema>;

/** A file that went into the output. */
export const InputFactsSchema = z
  .strictObject({
    role: z.string().describe("What it was used for: control:depth, init_image, mask_image, region_mask:2 …"),
    sha256: Sha256Schema.describe("Hash of the bytes at the moment they were read."),
    mime: z.string().describe("Media type of the bytes."),
    name: z.string().optional().describe("File name that the client gave."),
    credential: CredentialStateSchema.describe("State of the file's own credential."),
  })
  .meta({ id: "InputFacts", description: "A file that went into the output." });
export type InputFacts = z.infer<typeof InputFactsSchema>;

export const WhoSchema = z
  .strictObject({
    client: z.string().describe("Program that asked, with version."),
    user: z.string().optional().describe("Person, as the client named them."),
    project: z.string().optional().describe("Project, as the request named it."),
    shot: z.string().optional().describe("Shot, as the request named it."),
  })
  .meta({ id: "Who", description: "On whose behalf the output was made." });
export type Who = z.infer<typeof WhoSchema>;

export const ExecutionSchema = z
  .strictObject({
    provider: z.string().describe("Execution provider that ran: cpu, cuda, directml, coreml, webgpu."),
    device: z.string().describe("Device, as the machine names it."),
    runtime: z.string().describe("Inference runtime with version."),
    platform: z.string().describe("Operating system and processor architecture."),
  })
  .meta({ id: "Execution", description: "What the inference ran on." });
export type Execution = z.infer<typeof ExecutionSchema>;

/** Another program that made the pixels for the core. */
export const BackendFactsSchema = z
  .strictObject({
    name: z.string().describe("Program, for instance ComfyUI."),
    version: z.string().describe("Version that the program told."),
    server: z.string().describe("Name of the server in the core's settings."),
    models: z
      .array(DeclaredModelSchema)
      .describe("Model files that it loaded. Hashes were computed by the core; the rest is what its settings declare."),
  })
  .meta({
    id: "BackendFacts",
    description: "Another program that made the pixels for the core, and the models it loaded.",
  });
export type BackendFacts = z.infer<typeof BackendFactsSchema>;

/** Label of the custom C2PA assertion that carries the record. */
export const RECORD_ASSERTION_LABEL = "org.genga.generation";

/** Everything that made one output; recorded by the core, carried in the signed manifest. */
export const GenerationRecordSchema = z
  .strictObject({
    version: z.literal(1).describe("Version of this record's form."),
    task: TaskSchema,
    job_id: z.string().describe("Job that made the output."),
    output_index: z.int().min(0).describe("Which of the job's outputs, from 0."),
    created: z.string().describe("ISO 8601, UTC."),
    software: z.string().describe("Program and version that made the output."),
    params: z
      .record(z.string(), z.unknown())
      .describe(
        "All parameters after defaults; with prompt privacy on, each prompt is replaced by `sha256:<hash>`. A rig stands as {name, bones, sha256}: how many bones it has and the hash of its canonical JSON (RFC 8785).",
      ),
    seed: SeedSchema.describe("Seed of this output."),
    models: z.array(ModelFactsSchema).describe("Bundles that took part."),
    backend: BackendFactsSchema.optional().describe("Present when another program made the pixels."),
    inputs: z.array(InputFactsSchema).describe("Files that went in."),
    motion: MotionFactsSchema.optional().describe("Present for a file of a motion."),
    mesh: MeshFactsSchema.optional().describe("Present for a file of a mesh."),
    texture: TextureFactsSchema.optional().describe("Present for a painted mesh."),
    who: WhoSchema,
    execution: ExecutionSchema,
    policy: z.enum(["open", "declared", "strict"]).describe("Policy in force when it was made."),
  })
  .meta({
    id: "GenerationRecord",
    description: "Everything that made one output; recorded by the core, carried in the signed manifest.",
  });
export type GenerationRecord = z.infer<typeof GenerationRecordSchema>;

/** Place of a record in the tamper-evident log (RFC 6962). */
export const LogEntrySchema = z
  .strictObject({
    index: z.int().min(0).describe("Leaf index."),
    leaf_hash: Sha256Schema,
    tree_size: z.int().min(1).describe("Leaves of the tree that root_hash stands for."),
    root_hash: Sha256Schema,
  })
  .meta({ id: "LogEntry", description: "Place of a record in the tamper-evident log (RFC 6962)." });
export type LogEntry = z.infer<typeof LogEntrySchema>;
