import { z } from "zod";
import { Sha256Schema } from "./fields.ts";
import { CredentialStateSchema, GenerationRecordSchema, LogEntrySchema } from "./record.ts";
import { SigningRecordSchema } from "./signing.ts";

/** What `genga verify` and the message `verify` say of a file. */
export const VerificationSchema = z
  .strictObject({
    state: CredentialStateSchema,
    sha256: Sha256Schema,
    mime: z.string().describe("Media type of the file."),
    sidecar: z.boolean().describe("Whether the credential came from a `.c2pa` file beside it."),
    issuer: z.string().optional().describe("Organisation or name in the signing certificate."),
    signed_with: z.string().optional().describe("Program named in the claim."),
    record: GenerationRecordSchema.optional().describe("Our generation record, when the file or the log has one."),
    signing: SigningRecordSchema.optional().describe(
      "Our signing record, when the file was made elsewhere and signed on a client's word.",
    ),
    actions: z.array(z.string()).describe("C2PA actions of the active manifest, in order."),
    ingredients: z.array(z.string()).describe("Titles of the ingredients of the active manifest."),
    problems: z
      .array(
        z.strictObject({
          code: z.string().describe("Status code of the C2PA specification, or one of ours."),
          explanation: z.string().describe("What it means for this file."),
        }),
      )
      .describe("What failed, C2PA validation codes."),
    log: LogEntrySchema.optional().describe("Where the file stands in this core's log."),
    perceptual_distance: z.number().optional().describe("Bits that differ of 64, when it was found by its picture."),
  })
  .meta({ id: "Verification", description: "State of a file's credential and what made the file." });
export type Verification = z.infer<typeof VerificationSchema>;
