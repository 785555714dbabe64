import type { Scheduler } from "../../core/src/protocol/image.ts";
import { choices, type NodeTypes } from "./object-info.ts";

/** Sampler and scheduler of a KSampler node. */
export interface Sampler {
  sampler_name: string;
  scheduler: string;
}

/** Our schedulers by ComfyUI's names, best first. */
const SAMPLERS: Record<Scheduler, Sampler[]> = {
  ddim: [{ sampler_name: "ddim", scheduler: "ddim_uniform" }],
  euler: [{ sampler_name: "euler", scheduler: "normal" }],
  euler_ancestral: [{ sampler_name: "euler_ancestral", scheduler: "normal" }],
  dpmpp_2m: [{ sampler_name: "dpmpp_2m", scheduler: "normal" }],
  dpmpp_2m_karras: [{ sampler_name: "dpmpp_2m", scheduler: "karras" }],
  // bh2 is the solver of diffusers' UniPCMultistepScheduler.
  unipc: [
    { sampler_name: "uni_pc_bh2", scheduler: "normal" },
    { sampler_name: "uni_pc", scheduler: "normal" },
  ],
  lcm: [{ sampler_name: "lcm", scheduler: "sgm_uniform" }],
};

/** Gives the server's equal of a scheduler, or undefined if it has none. */
export function samplerOf(scheduler: Scheduler, nodes: NodeTypes): Sampler | undefined {
  const samplers = choices(nodes, "KSampler", "sampler_name");
  const schedulers = choices(nodes, "KSampler", "scheduler");
  return SAMPLERS[scheduler].find(
    (found) => samplers.includes(found.sampler_name) && schedulers.includes(found.scheduler),
  );
}

/** Gives the schedulers that a server has an equal of. */
export function schedulersOf(nodes: NodeTypes): Scheduler[] {
  return (Object.keys(SAMPLERS) as Scheduler[]).filter((scheduler) => samplerOf(scheduler, nodes) !== undefined);
}

/** Gives our name for a sampler and scheduler of ComfyUI, if there is one. */
export function schedulerOf(sampler_name: unknown, scheduler: unknown): Scheduler | undefined {
  const same = (found: Sampler) => found.sampler_name === sampler_name && found.scheduler === scheduler;
  return (Object.keys(SAMPLERS) as Scheduler[]).find((name) => SAMPLERS[name].some(same));
}
