import { z } from "zod";
import { AssetRefSchema, Sha256Schema } from "./fields.ts";
import {
  CredentialStateSchema,
  DeclaredModelSchema,
  GenerationRecordSchema,
  LogEntrySchema,
  WhoSchema,
} from "./record.ts";

/** Actions of C2PA 2.2 §18.15.2 that fit pictures, meshes, motion and scene files. */
export const SignActionNameSchema = z
  .enum([
    "c2pa.created",
    "c2pa.opened",
    "c2pa.placed",
    "c2pa.edited",
    "c2pa.edited.metadata",
    "c2pa.addedText",
    "c2pa.color_adjustments",
    "c2pa.converted",
    "c2pa.cropped",
    "c2pa.deleted",
    "c2pa.drawing",
    "c2pa.enhanced",
    "c2pa.filtered",
    "c2pa.orientation",
    "c2pa.published",
    "c2pa.removed",
    "c2pa.repackaged",
    "c2pa.resized",
    "c2pa.transcoded",
    "c2pa.trimmed",
    "c2pa.unknown",
    "c2pa.watermarked",
  ])
  .meta({ id: "SignActionName", description: "What was done to a file, in the words of C2PA." });

/** Kinds of origin: IPTC NewsCodes http://cv.iptc.org/newscodes/digitalsourcetype/. */
export const DigitalSourceTypeSchema = z
  .enum([
    "trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia",
    "algorithmicMedia",
    "algorithmicallyEnhanced",
    "composite",
    "compositeSynthetic",
    "digitalCapture",
    "digitalCreation",
    "humanEdits",
    "screenCapture",
    "virtualRecording",
  ])
  .meta({
    id: "DigitalSourceType",
    description:
      "How the content came about (IPTC digitalsourcetype). trainedAlgorithmicMedia: by a model. compositeWithTrainedAlgorithmicMedia: in part. algorithmicMedia: by an algorithm without training, such as a render. digitalCreation: by a person with a program. humanEdits: changed by a person. compositeSynthetic: put together with synthetic parts.",
  });
export type DigitalSourceType = z.infer<typeof DigitalSourceTypeSchema>;

/** One thing that was done to the file. */
export const SignActionSchema = z
  .strictObject({
    action: SignActionNameSchema,
    digital_source_type: DigitalSourceTypeSchema.optional().describe("c2pa.created needs it."),
    description: z.string().min(1).max(1000).optional().describe("For a person: what was done."),
  })
  .meta({ id: "SignAction", description: "One thing that was done to the file." });
export type SignAction = z.infer<typeof SignActionSchema>;

/** How a file went into another one (C2PA 2.2 §18.16). */
export const RelationshipSchema = z.enum(["parentOf", "componentOf", "inputTo"]).meta({
  id: "Relationship",
  description:
    "How a file went into another one. parentOf: it is that file, edited; at most one. componentOf: it is a part of it. inputTo: it guided how it was made.",
});
export type Relationship = z.infer<typeof RelationshipSchema>;

/** A file that went into the one to sign. */
export const SignIngredientSchema = z
  .strictObject({
    sha256: Sha256Schema.describe("Asset with the file's bytes."),
    sidecar: Sha256Schema.optional().describe("Asset with its `.c2pa` file, if it has one."),
    relationship: RelationshipSchema,
    role: z.string().min(1).max(100).optional().describe("What it was used for: texture, init_image, control:depth …"),
  })
  .meta({ id: "SignIngredient", description: "A file that went into the one to sign." });
export type SignIngredient = z.infer<typeof SignIngredientSchema>;

/** Program that made or changed a file. */
export const SoftwareAgentSchema = z
  .strictObject({
    name: z.string().min(1).max(200).describe("For instance ComfyUI or Blender."),
    version: z.string().min(1).max(100).optional().describe("Version of the program."),
  })
  .meta({ id: "SoftwareAgent", description: "Program that made or changed a file." });

/** A file as the core read it. */
export const FileFactsSchema = z
  .strictObject({
    sha256: Sha256Schema.describe("Hash of the bytes at the moment they were read."),
    mime: z.string().describe("Media type of the bytes."),
    name: z.string().optional().describe("File name that the client gave."),
    credential: CredentialStateSchema.describe("State of the file's own credential."),
  })
  .meta({ id: "FileFacts", description: "A file as the core read it." });
export type FileFacts = z.infer<typeof FileFactsSchema>;

/** A file that went in, as the client says how and the core read it. */
export const IngredientFactsSchema = z
  .strictObject({
    ...FileFactsSchema.shape,
    relationship: RelationshipSchema,
    role: z.string().optional().describe("What it was used for, as the client says."),
  })
  .meta({
    id: "IngredientFacts",
    description: "A file that went in: how, as the client says, and what the core read.",
  });
export type IngredientFacts = z.infer<typeof IngredientFactsSchema>;

/** Label of the custom C2PA assertion that carries a signing record. */
export const SIGNING_ASSERTION_LABEL = "org.genga.signing";

/** What is known of a file that was made elsewhere: what the core found, and what a client declared. */
export const SigningRecordSchema = z
  .strictObject({
    version: z.literal(1).describe("Version of this record's form."),
    created: z.string().describe("When it was signed: ISO 8601, UTC."),
    software: z.string().describe("Program and version that signed it."),
    title: z.string().describe("Title of the file."),
    source: FileFactsSchema.describe("The file as it came to be signed."),
    ingredients: z.array(IngredientFactsSchema).describe("Files that went in."),
    declared_by: WhoSchema.describe(
      "Who declared actions, models, parameters and what ingredients were used for. Hashes and credential states were found by the core.",
    ),
    actions: z.array(SignActionSchema).describe("What was done, in order."),
    software_agent: SoftwareAgentSchema.optional(),
    models: z.array(DeclaredModelSchema).describe("Models that took part."),
    parameters: z
      .record(z.string(), z.unknown())
      .describe(
        "Settings it was made with; with prompt privacy, prompts and workflows are replaced by `sha256:<hash>`.",
      ),
    prompt_privacy: z.boolean().describe("Whether prompts and workflows were kept out."),
    policy: GenerationRecordSchema.shape.policy.describe("Policy in force when it was signed."),
  })
  .meta({
    id: "SigningRecord",
    description: "What is known of a file that was made elsewhere: what the core found, and what a client declared.",
  });
export type SigningRecord = z.infer<typeof SigningRecordSchema>;

/** A file that was signed. */
export const SignedFileSchema = z
  .strictObject({
    asset: AssetRefSchema.describe("The signed file; the same as before if it has a sidecar."),
    sidecar: AssetRefSchema.optional().describe(
      "Signed manifest for formats that cannot embed one; save it as <file>.c2pa.",
    ),
    record: SigningRecordSchema.describe("What was signed."),
    log: LogEntrySchema.describe("Where it stands in the core's log."),
  })
  .meta({ id: "SignedFile", description: "A file that was signed." });
export type SignedFile = z.infer<typeof SignedFileSchema>;
