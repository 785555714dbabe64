import { z } from "zod";
import { ComfyServersSchema } from "./comfyui-settings.ts";
import { LIMITS_DEFAULTS, LimitsSchema } from "./protocol/limits.ts";

const GIB = 1024 ** 3;

const limit = LimitsSchema.shape;

/**
 * Every setting of the core. In config.json by these names, in the environment as `GENGA_` and the name in capitals
 * (lists separated as in PATH), on the command line with dashes for underscores.
 */
export const SettingsSchema = z.strictObject({
  // Network
  port: z.int().min(0).max(65535).default(0).describe("TCP port; 0 = a free one, found by clients in run/core.json."),
  host: z
    .string()
    .min(1)
    .default("127.0.0.1")
    .describe("Address to listen on. Anything but loopback needs allow_remote."),
  allow_remote: z.boolean().default(false).describe("Whether machines other than this one may connect."),
  hosts: z
    .array(z.string().regex(/^[A-Za-z0-9.-]+(:\d{1,5})?$/, "must be a host name, with or without a port"))
    .default([])
    .describe("Further names by which clients may call the core (name or name:port), for instance behind a proxy."),
  token: z
    .string()
    .min(16)
    .max(500)
    .regex(/^[\x21-\x7e]+$/, "must be printable ASCII without blanks")
    .optional()
    .describe("Token that clients show. Absent = made at first start and kept in the token file."),
  max_connections: z.int().min(2).default(1000).describe("Clients connected at once."),
  max_strangers: z
    .int()
    .min(1)
    .default(256)
    .describe("Connections that have not shown the token yet; beyond, the oldest is closed."),
  hello_timeout_ms: z.int().min(10).default(5000).describe("Time a connection has to say hello."),
  heartbeat_ms: z
    .int()
    .min(100)
    .default(20_000)
    .describe("Time between pings; two without a sign of life close the connection."),
  max_outgoing_bytes: z
    .int()
    .min(64 * 1024)
    .default(16 * 1024 * 1024)
    .describe("Messages kept for one slow reader; beyond, previews and progress are dropped, then it is closed."),

  // Work
  max_queued_jobs: z.int().min(1).default(100_000).describe("Open jobs of all clients together."),
  max_attempts: z.int().min(1).max(100).default(3).describe("Attempts of a job whose inference process crashed."),
  cancel_grace_ms: z
    .int()
    .min(0)
    .default(10_000)
    .describe("Time for a step to end after a cancel before the process is ended."),
  provider: z
    .enum(["auto", "cpu", "cuda", "directml", "coreml", "webgpu"])
    .default("auto")
    .describe("Execution provider."),
  workers: z.int().min(1).max(64).default(1).describe("Jobs that run at once."),
  threads: z
    .int()
    .min(0)
    .max(1024)
    .default(0)
    .describe("Threads of one job; 0 = the machine's cores shared among workers."),
  memory_budget_bytes: z.int().min(0).default(0).describe("Memory for loaded models; 0 = half of the machine's."),
  bundles: z.array(z.string().min(1)).default([]).describe("Further folders with bundles."),

  // Other programs
  comfyui: ComfyServersSchema.default([]).describe(
    "ComfyUI servers that make pictures for the core: addresses, or maps as docs/comfyui-backend.md shows.",
  ),
  comfyui_allow_remote: z
    .boolean()
    .default(false)
    .describe("Whether ComfyUI servers may be on other machines; prompts and pictures go there."),
  comfyui_patience_ms: z
    .int()
    .min(0)
    .default(5 * 60 * 1000)
    .describe("Time for which jobs wait for a ComfyUI server that is away; then they fail and can be retried."),

  // Files
  quota_bytes: z
    .int()
    .min(1024 * 1024)
    .default(50 * GIB)
    .describe(
      "Size of the asset store. When it is full, files that no job names go first, longest unused first; then those of the jobs that ended longest ago, which stay in the list, marked `evicted`, and can be retried. Files of open jobs never go.",
    ),
  protect_results_ms: z
    .int()
    .min(0)
    .default(24 * 60 * 60 * 1000)
    .describe(
      "Time after a job's end in which its files do not give way to new ones; a store that is full of such files refuses with QUOTA_EXCEEDED instead. Shorter suits a farm that fetches each result at once.",
    ),

  // Provenance
  policy: z.enum(["open", "declared", "strict"]).default("open").describe("Which bundles may run."),
  allow_list: z.string().min(1).optional().describe("File with the hashes that the policy `strict` allows."),
  prompt_privacy: z.boolean().default(false).describe("Whether records and logs hold hashes in place of prompts."),
  signing_cert: z.string().min(1).optional().describe("PEM file with the certificate chain to sign with, leaf first."),
  signing_key: z.string().min(1).optional().describe("PEM file with its private key."),

  // Log
  log_level: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .default("info")
    .describe("Least severity that is logged, on standard error and in logs/core.log."),

  // Limits that `welcome` announces
  max_message_bytes: limit.max_message_bytes
    .min(64 * 1024)
    .max(256 * 1024 * 1024)
    .default(LIMITS_DEFAULTS.max_message_bytes),
  max_chunk_bytes: limit.max_chunk_bytes.min(1024).default(LIMITS_DEFAULTS.max_chunk_bytes),
  max_asset_bytes: limit.max_asset_bytes.min(1).default(LIMITS_DEFAULTS.max_asset_bytes),
  max_open_jobs_per_client: limit.max_open_jobs_per_client.min(1).default(LIMITS_DEFAULTS.max_open_jobs_per_client),
  max_prompt_bytes: limit.max_prompt_bytes.min(1).default(LIMITS_DEFAULTS.max_prompt_bytes),
  max_pixels: limit.max_pixels.min(64 * 64).default(LIMITS_DEFAULTS.max_pixels),
  max_images_per_request: limit.max_images_per_request.min(1).default(LIMITS_DEFAULTS.max_images_per_request),
});
export type Settings = z.infer<typeof SettingsSchema>;
