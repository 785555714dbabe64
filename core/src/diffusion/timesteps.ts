import type { SpacedNoiseSchedule } from "./noise-schedule.ts";

/**
 * Gives the timesteps of one-step schedulers (DDIM, Euler), noisiest first: `count` points over the training schedule.
 *
 * With `linspace` they are fractions; DDIM rounds them. Spacings: arXiv 2305.08891, table 2.
 */
export function spacedTimesteps(config: SpacedNoiseSchedule, count: number): number[] {
  const train = config.num_train_timesteps;
  switch (config.timestep_spacing) {
    case "linspace":
      return linspace(0, train - 1, count).reverse();
    case "leading":
      return leading(Math.floor(train / count), count, config.steps_offset).reverse();
    case "trailing":
      return trailing(train, count);
  }
}

/**
 * Gives the timesteps of the multistep solvers (DPM-Solver++, UniPC), noisiest first: `count` + 1 points without the
 * cleanest one, since their last step goes to σ = 0.
 */
export function multistepTimesteps(config: SpacedNoiseSchedule, count: number): number[] {
  const train = config.num_train_timesteps;
  switch (config.timestep_spacing) {
    case "linspace":
      return linspace(0, train - 1, count + 1)
        .map(roundHalfEven)
        .reverse()
        .slice(0, -1);
    case "leading":
      return leading(Math.floor(train / (count + 1)), count + 1, config.steps_offset)
        .reverse()
        .slice(0, -1);
    case "trailing":
      return trailing(train, count);
  }
}

/** Rounds halves to the even neighbour, as numpy does. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** numpy.linspace(start, stop, count), float64. */
export function linspace(start: number, stop: number, count: number): number[] {
  if (count === 1) return [start];
  const step = (stop - start) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? stop : i * step + start));
}

function leading(ratio: number, count: number, offset: number): number[] {
  return Array.from({ length: count }, (_, i) => i * ratio + offset);
}

/** numpy.arange(train, 0, -train / count) rounded, less 1; arange has ceil(span / step) elements. */
function trailing(train: number, count: number): number[] {
  const step = train / count;
  return Array.from({ length: Math.ceil(train / step) }, (_, i) => roundHalfEven(train - i * step) - 1);
}
