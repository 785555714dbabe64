import { z } from "zod";
import { Sha256Schema } from "../protocol/fields.ts";
import { GenerationRecordSchema } from "../protocol/record.ts";
import { SigningRecordSchema } from "../protocol/signing.ts";

const PerceptualHashSchema = z.string().regex(/^[0-9a-f]{16}$/, "expected 16 hexadecimal digits");

const SealedFileSchema = z.strictObject({
  version: z.literal(1),
  asset_sha256: Sha256Schema.describe("The file as it was handed out."),
  sidecar_sha256: Sha256Schema.optional().describe("Its `.c2pa` file, if it has one."),
  mime: z.string(),
  picture: z
    .strictObject({
      phash: PerceptualHashSchema,
      phash_mirrored: PerceptualHashSchema.describe("Of the picture mirrored left to right."),
      phash_crops: z.array(PerceptualHashSchema).max(16).describe("Of what usual crops leave of it."),
    })
    .optional(),
});

/** What the log keeps of one sealed file, made here or signed for others. Its canonical JSON is the leaf's data. */
export const LogLeafSchema = z.union([
  SealedFileSchema.extend({ record: GenerationRecordSchema, signing: z.never().optional() }),
  SealedFileSchema.extend({ signing: SigningRecordSchema, record: z.never().optional() }),
]);
export type LogLeaf = z.infer<typeof LogLeafSchema>;

/** First leaf of a log that took the place of another one, which was found altered: what was there, fixed by its root. */
export const LogBeginningSchema = z.strictObject({
  version: z.literal(1),
  kind: z.literal("beginning"),
  created: z.string().describe("ISO 8601, UTC."),
  reason: z.string().min(1).max(1000).describe("Why, in the words of who decided it."),
  previous: z.strictObject({
    archive: z.string().describe("Folder in `provenance/archive` that holds it."),
    file_sha256: Sha256Schema.describe("Of its `log.mdb`."),
    size: z.int().min(0).describe("Leaves that were in it."),
    root_hash: Sha256Schema.describe("Root computed from these leaves, whatever its own nodes and checkpoint said."),
    checkpoint: z.string().describe("Its last checkpoint as it was found."),
    fault: z.string().optional().describe("What its audit found; absent if nothing."),
  }),
});
export type LogBeginning = z.infer<typeof LogBeginningSchema>;
