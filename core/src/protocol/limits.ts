import { z } from "zod";

/** Limits that `welcome` announces. */
export const LimitsSchema = z
  .strictObject({
    max_message_bytes: z.int().describe("Largest WebSocket frame that the core takes, in bytes."),
    max_chunk_bytes: z.int().describe("Largest `bytes` of one asset chunk."),
    max_asset_bytes: z.int().describe("Largest asset."),
    max_open_jobs_per_client: z.int().describe("Queued, paused and running jobs of one client."),
    max_prompt_bytes: z.int().describe("Largest prompt, UTF-8 bytes."),
    max_pixels: z.int().describe("Largest width × height of a picture, in or out."),
    max_images_per_request: z.int().describe("Largest num_images_per_prompt."),
  })
  .meta({ id: "Limits", description: "Limits of this core; a message beyond one is refused with a coded error." });
export type Limits = z.infer<typeof LimitsSchema>;

/** Limits of a core that was not configured otherwise. */
export const LIMITS_DEFAULTS: Limits = {
  max_message_bytes: 4 * 1024 * 1024,
  max_chunk_bytes: 1024 * 1024,
  max_asset_bytes: 2 * 1024 * 1024 * 1024,
  max_open_jobs_per_client: 1000,
  max_prompt_bytes: 16 * 1024,
  max_pixels: 4096 * 4096,
  max_images_per_request: 16,
};
