import { CoreError } from "../protocol/errors.ts";
import type { Scheduler as SchedulerName } from "../protocol/image.ts";
import { createDdim } from "./ddim.ts";
import { createDpmpp2m } from "./dpmpp-2m.ts";
import { createEuler, createEulerAncestral } from "./euler.ts";
import { createLcm } from "./lcm.ts";
import type { NoiseScheduleConfig } from "./noise-schedule.ts";
import type { Scheduler } from "./scheduler.ts";
import { createUnipc } from "./unipc.ts";

/** Options of {@link createScheduler}. */
export interface SchedulerOptions {
  numInferenceSteps: number;
  /** DDIM only: 0 deterministic, 1 as noisy as DDPM. */
  eta?: number;
}

/**
 * Makes the scheduler of a name for one picture's run.
 *
 * @throws CoreError INVALID_REQUEST if the noise schedule does not have that many steps
 */
export function createScheduler(
  name: SchedulerName,
  config: NoiseScheduleConfig,
  options: SchedulerOptions,
): Scheduler {
  const scheduler = make(name, config, options);
  const noisiest = Math.max(...scheduler.timesteps);
  if (noisiest > config.num_train_timesteps - 1 || new Set(scheduler.timesteps).size < scheduler.timesteps.length) {
    // Karras' sigmas differ even where their rounded timesteps meet.
    if (name === "dpmpp_2m_karras" && noisiest <= config.num_train_timesteps - 1) return scheduler;
    throw new CoreError(
      "INVALID_REQUEST",
      `num_inference_steps is ${options.numInferenceSteps}; the noise schedule of this bundle has ${config.num_train_timesteps} timesteps, too few for as many different steps with ${name}.`,
      { remedy: "Ask for fewer steps." },
    );
  }
  return scheduler;
}

function make(name: SchedulerName, schedule: NoiseScheduleConfig, options: SchedulerOptions): Scheduler {
  const { numInferenceSteps, eta = 0 } = options;
  // What diffusers does when a pipeline's scheduler is swapped (from_config): a spacing that the model's makers did not set is the
  // default of each scheduler class.
  const timestep_spacing = schedule.timestep_spacing ?? (name === "ddim" ? "leading" : "linspace");
  const config = { ...schedule, timestep_spacing };
  switch (name) {
    case "ddim":
      return createDdim(config, numInferenceSteps, eta);
    case "euler":
      return createEuler(config, numInferenceSteps);
    case "euler_ancestral":
      return createEulerAncestral(config, numInferenceSteps);
    case "dpmpp_2m":
      return createDpmpp2m(config, numInferenceSteps, false);
    case "dpmpp_2m_karras":
      return createDpmpp2m(config, numInferenceSteps, true);
    case "unipc":
      return createUnipc(config, numInferenceSteps);
    case "lcm":
      return createLcm(config, numInferenceSteps);
  }
}
