import { z } from "zod";

/** Binary data: a Uint8Array in TypeScript, bytes in Python, `bin` in MessagePack. */
export const BytesSchema = z
  .custom<Uint8Array>((value) => value instanceof Uint8Array, { message: "expected bytes" })
  .meta({ id: "Bytes", description: "Binary data (MessagePack `bin`)." });

/** SHA-256 as 64 lower-case hexadecimal digits: the name of an asset, a model file or a record. */
export const Sha256Schema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "expected 64 lower-case hexadecimal digits")
  .meta({ id: "Sha256", description: "SHA-256 as 64 lower-case hexadecimal digits." });
export type Sha256 = z.infer<typeof Sha256Schema>;

/** Seed of the noise. Unsigned 32 bit: MessagePack for JavaScript sends larger integers as floats. */
export const SeedSchema = z
  .int()
  .min(0)
  .max(0xffff_ffff)
  .meta({ id: "Seed", description: "Seed of the noise, unsigned 32 bit." });

/** Tasks that a core may offer; `welcome` says which of them this one has. */
export const TaskSchema = z.enum(["image", "motion", "mesh", "texture"]).meta({
  id: "Task",
  description: "What to generate. `welcome.capabilities.tasks` says which of them this core offers.",
});
export type Task = z.infer<typeof TaskSchema>;

/** An asset in the content-addressed store. */
export const AssetRefSchema = z
  .strictObject({
    sha256: Sha256Schema.describe("Name of the asset: SHA-256 of its bytes."),
    size: z.int().min(0).describe("Size in bytes."),
    mime: z.string().max(127).describe("Media type, for instance image/png."),
    name: z.string().max(255).optional().describe("File name suggested for saving; never a path."),
  })
  .meta({ id: "AssetRef", description: "An asset in the core's content-addressed store." });
export type AssetRef = z.infer<typeof AssetRefSchema>;

/** State of a job. `succeeded`, `failed` and `cancelled` are final. */
export const JobStateSchema = z
  .enum(["queued", "paused", "running", "succeeded", "failed", "cancelled"])
  .meta({ id: "JobState", description: "State of a job; succeeded, failed and cancelled are final." });
export type JobState = z.infer<typeof JobStateSchema>;

/** Identifier chosen by the client to find the reply to a message. */
export const MessageIdSchema = z
  .string()
  .min(1)
  .max(64)
  .meta({ id: "MessageId", description: "Chosen by the client; the reply carries it as `reply_to`." });

export const JobIdSchema = z
  .string()
  .min(1)
  .max(64)
  .meta({ id: "JobId", description: "Identifier of a job, chosen by the core." });
