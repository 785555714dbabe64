import { z } from "zod";
import { Sha256Schema } from "../protocol/fields.ts";
import { GenerationRecordSchema } from "../protocol/record.ts";

const PerceptualHashSchema = z.string().regex(/^[0-9a-f]{16}$/, "expected 16 hexadecimal digits");

/** What the log keeps of one sealed file. Its canonical JSON is the leaf's data. */
export const LogLeafSchema = z.strictObject({
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
  record: GenerationRecordSchema,
});
export type LogLeaf = z.infer<typeof LogLeafSchema>;
