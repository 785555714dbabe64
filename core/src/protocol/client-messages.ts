import { z } from "zod";
import { BytesSchema, JobIdSchema, JobStateSchema, MessageIdSchema, Sha256Schema, TaskSchema } from "./fields.ts";
import { DeclaredModelSchema } from "./record.ts";
import { SignActionSchema, SignIngredientSchema, SoftwareAgentSchema } from "./signing.ts";

const id = MessageIdSchema;

/** First message of a connection. Unknown fields are ignored here alone, so that a later client is refused by version, not by field. */
export const HelloSchema = z
  .object({
    type: z.literal("hello"),
    client: z
      .object({
        name: z.string().min(1).max(100).describe("Program, for instance genga-blender."),
        version: z.string().min(1).max(50).describe("Version of the program."),
        user: z.string().max(200).optional().describe("Person at the machine, for the record."),
      })
      .describe("Who connects."),
    protocols: z
      .array(z.string().max(50))
      .min(1)
      .max(16)
      .describe("Protocol versions that the client speaks, best first."),
    token: z.string().max(500).optional().describe("From the token file or GENGA_TOKEN of the core."),
  })
  .meta({ id: "Hello", description: "First message of a connection." });
export type Hello = z.infer<typeof HelloSchema>;

/** Asks for a job. */
export const RequestSchema = z
  .strictObject({
    type: z.literal("request"),
    id,
    task: TaskSchema,
    params: z
      .record(z.string(), z.unknown())
      .describe(
        "Parameters of the task: ImageParams for `image`, MotionParams for `motion`, MeshParams for `mesh`, TextureParams for `texture`.",
      ),
    idempotency_key: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("Met again from the same client name, it gives the first job instead of a second run."),
    priority: z.int().min(-100).max(100).default(0).describe("Higher runs earlier."),
    project: z.string().max(200).optional().describe("For the record."),
    shot: z.string().max(200).optional().describe("For the record."),
    prompt_privacy: z
      .boolean()
      .optional()
      .describe(
        "Keeps prompts and workflows out of the job's files and records, but for their hashes. Absent = false; the core's own setting holds in any case.",
      ),
    attach: z.boolean().default(true).describe("Whether this connection gets the job's events."),
  })
  .meta({ id: "Request", description: "Asks for a job; answered by `accepted` or `error`." });
export type Request = z.infer<typeof RequestSchema>;

/** Checks a request as `request` would, and runs nothing. */
export const ValidateSchema = z
  .strictObject({
    type: z.literal("validate"),
    id,
    task: TaskSchema,
    params: z.record(z.string(), z.unknown()).describe("Parameters of the task, as in `request`."),
  })
  .meta({
    id: "Validate",
    description: "Checks a request as `request` would, and runs nothing; answered by `validated` or `error`.",
  });
export type Validate = z.infer<typeof ValidateSchema>;

export const CancelSchema = z.strictObject({ type: z.literal("cancel"), id, job_id: JobIdSchema }).meta({
  id: "Cancel",
  description: "Cancels a job within one denoising step; answered by `done`, then the job's `cancelled` event.",
});

export const AttachSchema = z
  .strictObject({
    type: z.literal("attach"),
    id,
    job_id: JobIdSchema,
    after_event: z
      .int()
      .min(0)
      .default(0)
      .describe("Sequence number of the last event that the client has; later ones are replayed."),
  })
  .meta({ id: "Attach", description: "Gets the events of a job, those missed included; answered by `done`." });

export const JobsListSchema = z
  .strictObject({
    type: z.literal("jobs_list"),
    id,
    states: z.array(JobStateSchema).max(6).optional().describe("Absent = all."),
    limit: z.int().min(1).max(1000).default(100).describe("Most jobs in the answer."),
  })
  .meta({
    id: "JobsList",
    description: "Lists jobs: open ones in the order they will run, then ended ones, newest first; answered by `jobs`.",
  });

export const JobsUpdateSchema = z
  .strictObject({
    type: z.literal("jobs_update"),
    id,
    action: z
      .enum(["pause", "resume", "retry", "move", "remove"])
      .describe(
        "pause: a queued job waits. resume: it may run again. retry: a failed or cancelled job is queued again; what succeeded stays. move: put before another queued job. remove: forget an ended job and release its assets.",
      ),
    job_ids: z
      .array(JobIdSchema)
      .min(1)
      .max(1000)
      .optional()
      .describe("Absent with pause and resume = the whole queue; with retry = all failed jobs."),
    before: JobIdSchema.optional().describe("move: the job to stand before; absent = the end."),
  })
  .meta({ id: "JobsUpdate", description: "Changes the queue; answered by `jobs` with the jobs it changed." });
export type JobsUpdate = z.infer<typeof JobsUpdateSchema>;

export const AssetPutSchema = z
  .strictObject({
    type: z.literal("asset_put"),
    id,
    sha256: Sha256Schema,
    size: z.int().min(0).describe("Bytes of the whole asset."),
    mime: z.string().min(1).max(127).describe("Media type, for instance image/png."),
    name: z.string().max(255).optional().describe("File name, for the record; never a path."),
  })
  .meta({
    id: "AssetPut",
    description:
      "Announces an upload; answered by `asset_ready` with the offset to go on from (the size if the store has it already).",
  });

export const AssetChunkSchema = z
  .strictObject({
    type: z.literal("asset_chunk"),
    id,
    offset: z.int().min(0).describe("Where these bytes begin: what was sent before."),
    bytes: BytesSchema,
  })
  .meta({
    id: "AssetChunk",
    description:
      "Next bytes of the upload that `asset_put` with this id began; each is acknowledged by `asset_progress`, the last by `asset_stored`.",
  });

export const AssetGetSchema = z
  .strictObject({
    type: z.literal("asset_get"),
    id,
    sha256: Sha256Schema,
    offset: z.int().min(0).default(0).describe("First byte wanted; more than 0 to resume."),
  })
  .meta({ id: "AssetGet", description: "Fetches an asset; answered by `asset_data` frames." });

export const VerifySchema = z
  .strictObject({
    type: z.literal("verify"),
    id,
    sha256: Sha256Schema,
    sidecar: Sha256Schema.optional().describe("The `.c2pa` file's bytes as an asset, for formats without embedding."),
  })
  .meta({ id: "Verify", description: "Asks for the credential state of an asset; answered by `verified`." });

/** Signs a file that was made elsewhere, on the client's word for how. */
export const SignSchema = z
  .strictObject({
    type: z.literal("sign"),
    id,
    asset: Sha256Schema.describe(
      "The file to sign. PNG, JPEG and WebP carry their credential, other files get a sidecar.",
    ),
    sidecar: Sha256Schema.optional().describe("Its own `.c2pa` file as an asset, if it has one."),
    title: z.string().min(1).max(255).optional().describe("Absent = the asset's name."),
    actions: z
      .array(SignActionSchema)
      .max(32)
      .default([])
      .describe(
        "What was done, in order. Without a parent it begins with c2pa.created; else the file itself, as it came, is the parent. The core adds c2pa.opened for the parent and c2pa.placed for components.",
      ),
    ingredients: z.array(SignIngredientSchema).max(64).default([]).describe("Files that went in."),
    models: z.array(DeclaredModelSchema).max(64).default([]).describe("Models that took part; the policy is asked."),
    software_agent: SoftwareAgentSchema.optional().describe("Program that did the actions; absent = the client."),
    parameters: z
      .record(z.string(), z.unknown())
      .default({})
      .describe(
        "Settings it was made with, at most 256 KiB of JSON. Prompts stand in `prompt`, `prompts`, `negative_prompt` and `style`, a node graph in `workflow`.",
      ),
    prompt_privacy: z
      .boolean()
      .default(false)
      .describe(
        "Keeps prompts and workflows out, but for their hashes; a file that holds such texts itself is refused. The core's own setting holds in any case.",
      ),
    project: z.string().max(200).optional().describe("For the record."),
    shot: z.string().max(200).optional().describe("For the record."),
  })
  .meta({
    id: "Sign",
    description: "Signs a file that was made elsewhere, on the client's word for how; answered by `signed`.",
  });
export type Sign = z.infer<typeof SignSchema>;

export const StatusSchema = z
  .strictObject({ type: z.literal("status"), id })
  .meta({ id: "Status", description: "Asks how the core is; answered by `core_status`." });

/** Everything that a client may send. */
export const ClientMessageSchema = z
  .discriminatedUnion("type", [
    HelloSchema,
    RequestSchema,
    ValidateSchema,
    CancelSchema,
    AttachSchema,
    JobsListSchema,
    JobsUpdateSchema,
    AssetPutSchema,
    AssetChunkSchema,
    AssetGetSchema,
    VerifySchema,
    SignSchema,
    StatusSchema,
  ])
  .meta({ id: "ClientMessage", description: "Everything that a client may send." });
export type ClientMessage = z.infer<typeof ClientMessageSchema>;
