/** Adds up the time spent in each stage of a pipeline. */
export class StageTimer {
  readonly #times = new Map<string, number>();
  #stage = "start";
  #since = performance.now();

  /** Says which stage begins, or goes on. */
  enter(stage: string): void {
    const now = performance.now();
    this.#times.set(this.#stage, (this.#times.get(this.#stage) ?? 0) + now - this.#since);
    this.#since = now;
    this.#stage = stage;
  }

  /** Gives milliseconds by stage; `load`, the time spent on loading graphs, is part of the stages that it happened in. */
  end(load_ms: number): Record<string, number> {
    this.enter(this.#stage);
    return Object.fromEntries(
      [...this.#times, ["load", load_ms]].map(([stage, ms]) => [stage, Math.round(Number(ms) * 10) / 10]),
    );
  }
}
