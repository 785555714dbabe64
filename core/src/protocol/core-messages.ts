import { z } from "zod";
import { ERROR_CODES, type ErrorCode } from "./errors.ts";
import {
  AssetRefSchema,
  BytesSchema,
  JobIdSchema,
  JobStateSchema,
  MessageIdSchema,
  SeedSchema,
  TaskSchema,
} from "./fields.ts";
import { ControlKindSchema, SchedulerSchema } from "./image.ts";
import { LimitsSchema } from "./limits.ts";
import { MeshCategorySchema, MeshFactsSchema, MeshSourceSchema, TextureFactsSchema } from "./mesh.ts";
import { MotionActionSchema, MotionConditionSchema, MotionFormatSchema, MotionModeSchema } from "./motion.ts";
import { GenerationRecordSchema, LicenceSchema, TrainingDeclarationSchema } from "./record.ts";
import { SignedFileSchema } from "./signing.ts";
import { VerificationSchema } from "./verification.ts";

const reply_to = MessageIdSchema;

export const ErrorCodeSchema = z
  .enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]])
  .meta({ id: "ErrorCode", description: "Error code; a program may branch on it." });

/** An error on the wire. */
export const ErrorBodySchema = z
  .strictObject({
    code: ErrorCodeSchema,
    message: z.string().describe("For a person: what was wrong, the value met, what would be right."),
    remedy: z.string().optional().describe("What the person can do about it."),
    data: z.record(z.string(), z.unknown()).optional().describe("Facts for a program."),
  })
  .meta({ id: "ErrorBody", description: "An error on the wire." });

/** What a bundle accepts, for clients to build their forms from. */
export const BundleSummarySchema = z
  .strictObject({
    id: z.string().describe("Bundle id, for `params.bundle`."),
    name: z.string().describe("Name for people."),
    version: z.string().describe("Version of the bundle."),
    task: TaskSchema,
    family: z.string().describe("Kind of model, for instance stable-diffusion."),
    purpose: z.enum(["starter", "production", "test"]).describe("test = random weights: pictures show nothing."),
    licence: LicenceSchema,
    training_data: TrainingDeclarationSchema,
    allowed: z.boolean().describe("Whether the policy in force lets it run."),
    refusal: z.string().optional().describe("Why the policy refuses it."),
    backend: z
      .string()
      .optional()
      .describe("Other program that runs it, for instance comfyui:default; absent = the core itself."),
    online: z
      .boolean()
      .optional()
      .describe("Whether its backend can be reached now; absent for what the core itself runs."),
    default: z.boolean().optional().describe("Whether requests of its task that name no bundle get it."),
    memory_bytes: z.int().describe("Memory that it needs at its default size."),
    controls: z.array(ControlKindSchema).describe("Control kinds that it takes."),
    requires_control: z.boolean().describe("Whether it needs at least one control map."),
    defaults: z
      .strictObject({
        width: z.int().describe("Pixels."),
        height: z.int().describe("Pixels."),
        num_inference_steps: z.int().describe("Denoising steps."),
        guidance_scale: z.number().describe("Classifier-free guidance."),
        scheduler: SchedulerSchema,
      })
      .optional()
      .describe("Defaults of an image bundle."),
    size: z
      .strictObject({
        multiple: z.int().min(1).describe("Width and height are multiples of this."),
        min: z.int().min(1).describe("Smallest side."),
        max: z.int().min(1).describe("Largest side."),
      })
      .optional()
      .describe("Widths and heights that an image bundle takes, pixels."),
    supports_guidance: z.boolean().optional().describe("Whether guidance_scale above 1 means anything to it."),
    takes_init_image: z.boolean().optional().describe("Whether it can start from a picture: img2img and inpaint."),
    max_regions: z.int().min(0).optional().describe("Most regions in a request."),
    motion: z
      .strictObject({
        actions: z.array(MotionActionSchema).describe("What it knows to do; other words are tried."),
        modes: z.array(MotionModeSchema).describe("Modes that it takes; hybrid and retrieved want recorded clips."),
        conditions: z
          .array(MotionConditionSchema)
          .describe(
            "What it can be told of single frames; the rest is brought about afterwards, by moving the figure.",
          ),
        defaults: z
          .strictObject({
            num_inference_steps: z.int().describe("Denoising steps."),
            guidance_scale: z.number().describe("Classifier-free guidance."),
            duration_s: z.number().describe("Seconds of a segment that a form begins with."),
          })
          .describe("Defaults of a motion bundle."),
        max_duration_s: z.number().describe("Longest motion, seconds."),
      })
      .optional()
      .describe("What a motion bundle accepts."),
    mesh: z
      .strictObject({
        categories: z.array(MeshCategorySchema).describe("What it knows to make; other words are tried."),
        sources: z.array(MeshSourceSchema).describe("Sources that it offers."),
        conditioning: z.enum(["text", "image"]).describe("What the source generated is told by."),
        defaults: z
          .strictObject({
            source: z.enum(["auto", ...MeshSourceSchema.options]).describe("Source."),
            num_inference_steps: z.int().describe("Denoising steps."),
            guidance_scale: z.number().describe("Classifier-free guidance."),
            grid_resolution: z.int().describe("Cells along a side."),
          })
          .describe("Defaults of a mesh bundle."),
      })
      .optional()
      .describe("What a mesh bundle accepts."),
  })
  .meta({ id: "BundleSummary", description: "What a bundle is and accepts." });
export type BundleSummary = z.infer<typeof BundleSummarySchema>;

export const CapabilitiesSchema = z
  .strictObject({
    tasks: z.array(TaskSchema).describe("Tasks that this core can run now."),
    bundles: z.array(BundleSummarySchema).describe("Bundles that are installed, refused ones included."),
    schedulers: z.array(SchedulerSchema).describe("Schedulers that this core knows."),
  })
  .meta({ id: "Capabilities", description: "What this core can do." });

/** Answer to `hello`. */
export const WelcomeSchema = z
  .strictObject({
    type: z.literal("welcome"),
    protocol: z.string().describe("Protocol version that both speak from now on."),
    core: z
      .strictObject({
        name: z.literal("genga").describe("Always genga."),
        version: z.string().describe("Version of the core."),
      })
      .describe("The core."),
    capabilities: CapabilitiesSchema,
    limits: LimitsSchema,
  })
  .meta({ id: "Welcome", description: "Answer to `hello`." });
export type Welcome = z.infer<typeof WelcomeSchema>;

/** Bundles came, went or changed their state. */
export const CapabilitiesChangedSchema = z
  .strictObject({ type: z.literal("capabilities_changed"), capabilities: CapabilitiesSchema })
  .meta({
    id: "CapabilitiesChanged",
    description:
      "What this core can do has changed since `welcome`: a backend's server came or went, or its models did.",
  });

export const AcceptedSchema = z
  .strictObject({
    type: z.literal("accepted"),
    reply_to,
    job_id: JobIdSchema,
    position: z.int().min(0).describe("Jobs ahead of it; 0 = next, or already running."),
    duplicate: z.boolean().describe("Whether the idempotency key gave a job that was there before."),
  })
  .meta({ id: "Accepted", description: "The job is stored durably and will run." });

export const ValidatedSchema = z
  .strictObject({
    type: z.literal("validated"),
    reply_to,
    params: z.record(z.string(), z.unknown()).describe("The parameters with every default filled in."),
    memory_bytes: z.int().optional().describe("Estimate of the memory that it needs."),
  })
  .meta({ id: "Validated", description: "The request could run." });

export const DoneSchema = z
  .strictObject({ type: z.literal("done"), reply_to })
  .meta({ id: "Done", description: "The message was carried out." });

export const ErrorReplySchema = z
  .strictObject({
    type: z.literal("error"),
    reply_to: MessageIdSchema.optional().describe("Absent when the message could not be read."),
    error: ErrorBodySchema,
  })
  .meta({ id: "ErrorReply", description: "The message was refused; nothing was changed by it." });

// Events of a job. `sequence` counts from 1 within the job; `attach` replays from any point.
const event = {
  job_id: JobIdSchema,
  sequence: z.int().min(1).describe("Counts the job's events from 1."),
  time: z.string().describe("ISO 8601, UTC."),
};

export const QueuedEventSchema = z
  .strictObject({ type: z.literal("queued"), ...event, position: z.int().min(0).describe("Jobs ahead of it.") })
  .meta({ id: "QueuedEvent", description: "The job waits." });

export const StartedEventSchema = z
  .strictObject({
    type: z.literal("started"),
    ...event,
    attempt: z.int().min(1).describe("Counts from 1; more after a crash or a retry."),
  })
  .meta({ id: "StartedEvent", description: "The job runs." });

export const ProgressEventSchema = z
  .strictObject({
    type: z.literal("progress"),
    ...event,
    stage: z.string().describe("What it does now: load, encode, denoise, decode, sign …"),
    progress: z.number().min(0).max(1).describe("Of the whole job; never goes back within an attempt."),
    step: z.int().min(0).describe("Denoising steps done."),
    total_steps: z.int().min(0).describe("Denoising steps in all."),
    eta_ms: z.int().min(0).optional().describe("Estimate of the time left."),
  })
  .meta({ id: "ProgressEvent", description: "How far the job is." });

export const PreviewEventSchema = z
  .strictObject({
    type: z.literal("preview"),
    ...event,
    mime: z.string().describe("Media type of the bytes."),
    bytes: BytesSchema,
    output_index: z.int().min(0).describe("Which output, from 0."),
    step: z.int().min(0).describe("Denoising step it shows."),
  })
  .meta({
    id: "PreviewEvent",
    description: "A small picture of the unfinished output. Not kept: only the latest is replayed.",
  });

/** One file that the job made. */
export const OutputSchema = z
  .strictObject({
    asset: AssetRefSchema,
    seed: SeedSchema.describe("Seed of this output."),
    width: z.int().optional().describe("Pixels, of a picture."),
    height: z.int().optional().describe("Pixels, of a picture."),
    format: MotionFormatSchema.optional().describe("Form of the file, of a motion."),
    variation: z.int().min(0).optional().describe("Which of the variations, from 0; of a motion."),
    frames: z.int().min(0).optional().describe("Number of frames, of a motion."),
    mesh: MeshFactsSchema.optional().describe("What is known of a mesh."),
    texture: TextureFactsSchema.optional().describe("What is known of a painted mesh."),
    sidecar: AssetRefSchema.optional().describe(
      "Signed manifest for formats that cannot embed one; save it as <file>.c2pa.",
    ),
    record: GenerationRecordSchema.describe("What made it, as signed."),
  })
  .meta({ id: "Output", description: "One file that the job made." });
export type Output = z.infer<typeof OutputSchema>;

export const ResultEventSchema = z
  .strictObject({
    type: z.literal("result"),
    ...event,
    outputs: z
      .array(OutputSchema)
      .describe(
        "The files, in the order of their seeds; of a motion, each variation in each format; of a mesh, each variation in each level of detail and format.",
      ),
    duration_ms: z.int().min(0).describe("From start to end of the last attempt."),
    evicted: z
      .boolean()
      .optional()
      .describe(
        "In a replay: whether the files gave way to newer ones in a full store since; `retry` makes them again.",
      ),
  })
  .meta({ id: "ResultEvent", description: "The job succeeded; its files are stored." });

export const FailedEventSchema = z
  .strictObject({ type: z.literal("failed"), ...event, error: ErrorBodySchema })
  .meta({ id: "FailedEvent", description: "The job failed." });

export const CancelledEventSchema = z
  .strictObject({ type: z.literal("cancelled"), ...event })
  .meta({ id: "CancelledEvent", description: "The job was cancelled." });

export const PausedEventSchema = z
  .strictObject({ type: z.literal("paused"), ...event })
  .meta({ id: "PausedEvent", description: "The job waits until it is resumed." });

/** Any event of a job. */
export const JobEventSchema = z
  .discriminatedUnion("type", [
    QueuedEventSchema,
    PausedEventSchema,
    StartedEventSchema,
    ProgressEventSchema,
    PreviewEventSchema,
    ResultEventSchema,
    FailedEventSchema,
    CancelledEventSchema,
  ])
  .meta({ id: "JobEvent", description: "Any event of a job." });
export type JobEvent = z.infer<typeof JobEventSchema>;

export const JobSummarySchema = z
  .strictObject({
    job_id: JobIdSchema,
    task: TaskSchema,
    state: JobStateSchema,
    client: z.string().describe("Program that asked."),
    priority: z.int().describe("Higher runs earlier."),
    position: z.int().min(0).optional().describe("Jobs ahead of it, while it waits."),
    attempts: z.int().min(0).describe("Times that it was started."),
    created: z.string().describe("ISO 8601, UTC."),
    started: z.string().optional().describe("ISO 8601, UTC; of the last attempt."),
    ended: z.string().optional().describe("ISO 8601, UTC."),
    label: z.string().describe("Start of the prompt, for lists."),
    progress: z.number().min(0).max(1).describe("Of the whole job."),
    outputs: z.array(AssetRefSchema).describe("Files of a job that succeeded."),
    sidecars: z
      .array(AssetRefSchema)
      .optional()
      .describe(
        "Signed manifests of those files that cannot embed one, each called like its file with `.c2pa` behind it.",
      ),
    error: ErrorBodySchema.optional(),
    evicted: z
      .boolean()
      .optional()
      .describe("Whether its files gave way to newer ones in a full store; `retry` makes them again."),
    project: z.string().optional().describe("As the request named it."),
    shot: z.string().optional().describe("As the request named it."),
  })
  .meta({ id: "JobSummary", description: "A job in a list." });
export type JobSummary = z.infer<typeof JobSummarySchema>;

export const JobsSchema = z
  .strictObject({
    type: z.literal("jobs"),
    reply_to,
    jobs: z.array(JobSummarySchema).describe("The jobs."),
    paused: z.boolean().describe("Whether the whole queue is paused."),
  })
  .meta({ id: "Jobs", description: "A list of jobs." });

export const AssetReadySchema = z
  .strictObject({
    type: z.literal("asset_ready"),
    reply_to,
    offset: z.int().min(0).describe("Bytes that the core has already."),
    asset: AssetRefSchema.optional().describe("Given when the store has it already."),
  })
  .meta({ id: "AssetReady", description: "The upload may go on at this offset." });

export const AssetProgressSchema = z
  .strictObject({ type: z.literal("asset_progress"), reply_to, offset: z.int().min(0).describe("Bytes taken so far.") })
  .meta({ id: "AssetProgress", description: "Acknowledges a chunk. Keep at most 8 chunks unacknowledged." });

export const AssetStoredSchema = z
  .strictObject({ type: z.literal("asset_stored"), reply_to, asset: AssetRefSchema })
  .meta({ id: "AssetStored", description: "The asset is stored durably." });

export const AssetDataSchema = z
  .strictObject({
    type: z.literal("asset_data"),
    reply_to,
    asset: AssetRefSchema,
    offset: z.int().min(0).describe("Where these bytes begin."),
    bytes: BytesSchema,
    last: z.boolean().describe("Whether the asset ends with these bytes."),
  })
  .meta({ id: "AssetData", description: "Bytes of an asset." });

export const VerifiedSchema = z
  .strictObject({ type: z.literal("verified"), reply_to, verification: VerificationSchema })
  .meta({ id: "Verified", description: "Answer to `verify`." });

export const SignedSchema = z
  .strictObject({ type: z.literal("signed"), reply_to, file: SignedFileSchema })
  .meta({ id: "Signed", description: "Answer to `sign`: the file is signed, logged and stored." });

export const CoreStatusSchema = z
  .strictObject({
    type: z.literal("core_status"),
    reply_to,
    uptime_s: z.number().describe("Seconds since the core started."),
    provider: z.string().describe("Execution provider in use: cpu, cuda, directml, coreml, webgpu."),
    device: z.string().describe("Device, as the machine names it."),
    memory_bytes: z.int().describe("Resident memory of the core and its inference process."),
    queued: z.int().describe("Jobs that wait, paused ones included."),
    running: z.int().describe("Jobs that run."),
    clients: z.int().describe("Clients that are connected."),
    policy: z
      .enum(["open", "declared", "strict"])
      .describe("Policy in force: which training-data facts a bundle must declare."),
    prompt_privacy: z
      .boolean()
      .optional()
      .describe(
        "Whether prompts and workflows are kept out of files; then none may be sent in to be signed with a file.",
      ),
    bundles: z.array(BundleSummarySchema).describe("Bundles that are installed."),
  })
  .meta({ id: "CoreStatus", description: "How the core is." });

/** Everything that the core may send. */
export const CoreMessageSchema = z
  .discriminatedUnion("type", [
    WelcomeSchema,
    CapabilitiesChangedSchema,
    AcceptedSchema,
    ValidatedSchema,
    DoneSchema,
    ErrorReplySchema,
    QueuedEventSchema,
    PausedEventSchema,
    StartedEventSchema,
    ProgressEventSchema,
    PreviewEventSchema,
    ResultEventSchema,
    FailedEventSchema,
    CancelledEventSchema,
    JobsSchema,
    AssetReadySchema,
    AssetProgressSchema,
    AssetStoredSchema,
    AssetDataSchema,
    VerifiedSchema,
    SignedSchema,
    CoreStatusSchema,
  ])
  .meta({ id: "CoreMessage", description: "Everything that the core may send." });
export type CoreMessage = z.infer<typeof CoreMessageSchema>;
