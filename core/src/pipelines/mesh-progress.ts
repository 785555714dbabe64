import { breathe } from "./breathe.ts";
import type { PipelineContext } from "./pipeline.ts";

/** A stage of making a mesh, and how many steps it counts for. */
export type MeshStage = readonly [name: string, steps: number];

/** Counts the stages of all meshes of a request; a cancel is heard at each report. */
export class MeshProgress {
  readonly #context: Pick<PipelineContext, "onProgress" | "signal">;
  readonly #plans: readonly (readonly MeshStage[])[];
  readonly #total: number;
  #mesh = 0;
  #stage = 0;
  #before = 0;
  #reached = 0;

  /** @param plans stages of each mesh in their order */
  constructor(context: Pick<PipelineContext, "onProgress" | "signal">, plans: readonly (readonly MeshStage[])[]) {
    this.#context = context;
    this.#plans = plans;
    this.#total = plans.flat().reduce((sum, [, steps]) => sum + steps, 0);
  }

  /** Steps that are done. */
  get step(): number {
    return Math.floor(this.#reached);
  }

  /**
   * Says that a share of a stage of the mesh at hand is done; stages that lie before it count as done.
   *
   * @throws the signal's reason once it is aborted
   */
  async at(stage: string, share: number): Promise<void> {
    const plan = this.#plans[this.#mesh] ?? [];
    while (plan[this.#stage] !== undefined && plan[this.#stage]?.[0] !== stage) this.#skip();
    const steps = plan[this.#stage]?.[1] ?? 0;
    this.#report(stage, this.#before + steps * Math.min(Math.max(share, 0), 1));
    await breathe(this.#context.signal);
  }

  /** Says that the mesh at hand is whole; the next one begins. */
  finishMesh(): void {
    const plan = this.#plans[this.#mesh] ?? [];
    const last = plan.at(-1)?.[0] ?? "finish";
    while (this.#stage < plan.length) this.#skip();
    this.#report(last, this.#before);
    this.#mesh += 1;
    this.#stage = 0;
  }

  #skip(): void {
    this.#before += this.#plans[this.#mesh]?.[this.#stage]?.[1] ?? 0;
    this.#stage += 1;
  }

  #report(stage: string, reached: number): void {
    this.#reached = Math.max(this.#reached, reached);
    const total_steps = Math.max(1, this.#total);
    this.#context.onProgress({ stage, progress: this.#reached / total_steps, step: this.step, total_steps });
  }
}
