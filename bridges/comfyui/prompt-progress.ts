import type { PipelineProgress } from "../../core/src/pipelines/pipeline.ts";
import type { ComfyEvent } from "./comfy-events.ts";
import type { Graph } from "./graph.ts";

/** Shares of the bar: sampling takes nearly all of the time, whatever the number of nodes. */
const SAMPLER_WEIGHT = 20;
const DECODE_WEIGHT = 2;
/** A node that counts more than this counts no steps, but bytes or frames. */
const MAX_STEPS = 1_000_000;

/** Follows one prompt: how far it is as a whole, never backwards, whatever order its nodes run in. */
export class PromptProgress {
  readonly #graph: Graph;
  readonly #done = new Map<string, number>();
  readonly #total: number;
  /** Whether there is a sampler; in other graphs the steps are those of whatever node tells any. */
  readonly #samples: boolean;
  #running: string | undefined;
  #reached = 0;
  #step = 0;
  #total_steps = 0;

  /** @param total_steps steps of the sampler, if they are known before it says so */
  constructor(graph: Graph, total_steps: number) {
    this.#graph = graph;
    this.#total_steps = total_steps;
    this.#samples = Object.values(graph).some(({ class_type }) => isSampler(class_type));
    this.#total = Object.values(graph).reduce((sum, { class_type }) => sum + weightOf(class_type), 0);
  }

  /** Denoising step that was done last. */
  get step(): number {
    return this.#step;
  }

  /** Takes an event and gives the progress after it. */
  take(event: ComfyEvent): PipelineProgress {
    switch (event.type) {
      case "cached":
        for (const node of event.nodes) this.#done.set(node, 1);
        break;
      case "executing":
        if (this.#running !== undefined && this.#running !== event.node) this.#done.set(this.#running, 1);
        this.#running = event.node ?? this.#running;
        break;
      case "executed":
        this.#done.set(event.node, 1);
        break;
      case "progress":
        for (const [node, { value, max, finished }] of event.nodes) {
          const share = finished ? 1 : max > 0 ? Math.min(1, Math.max(0, value / max)) : 0;
          this.#done.set(node, Math.max(share, this.#done.get(node) ?? 0));
          if (!finished) this.#running = node;
          if (max <= 1 || max > MAX_STEPS || (this.#samples && !isSampler(this.#graph[node]?.class_type ?? "")))
            continue;
          this.#total_steps = Math.round(max);
          this.#step = Math.round(Math.min(Math.max(0, value), max));
        }
        break;
      default:
        break;
    }
    let done = 0;
    for (const [node, share] of this.#done) {
      const known = this.#graph[node];
      // Nodes that a node put in while it ran are part of it.
      if (known !== undefined) done += share * weightOf(known.class_type);
    }
    this.#reached = Math.max(this.#reached, Math.min(1, done / Math.max(1, this.#total)));
    return { stage: this.#stage(), progress: this.#reached, step: this.#step, total_steps: this.#total_steps };
  }

  #stage(): string {
    const type = this.#graph[this.#running ?? ""]?.class_type ?? "";
    if (isSampler(type)) return "denoise";
    if (/VAEDecode/.test(type)) return "decode";
    if (/Loader/.test(type)) return "load";
    if (/Encode/.test(type)) return "encode";
    return this.#running === undefined ? "queue" : "run";
  }
}

function weightOf(class_type: string): number {
  if (isSampler(class_type)) return SAMPLER_WEIGHT;
  return /VAEDecode|Upscale/.test(class_type) ? DECODE_WEIGHT : 1;
}

function isSampler(class_type: string): boolean {
  return /Sampler/.test(class_type) && !/SamplerSelect|SamplerEuler|SamplerDPM|SamplerLCM/.test(class_type);
}
