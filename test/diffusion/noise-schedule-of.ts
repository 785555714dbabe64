import type { NoiseScheduleConfig } from "../../core/src/diffusion/noise-schedule.ts";
import { NoiseScheduleSchema } from "../../core/src/models/noise-schedule.ts";

/** Gives a noise schedule as bundle.json would, with the named fields changed. */
export function noiseSchedule(fields: Record<string, unknown> = {}): NoiseScheduleConfig {
  const { use_karras_sigmas: _, ...config } = fields;
  return NoiseScheduleSchema.parse(config);
}
