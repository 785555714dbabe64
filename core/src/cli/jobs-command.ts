import type { Command } from "commander";
import { addCoreOptions, type CoreOptions, chooseCore } from "./core-options.ts";
import { parseWhole } from "./parse-numbers.ts";

const ACTIONS = {
  pause: "Lets queued jobs wait; without ids, the whole queue.",
  resume: "Lets paused jobs run again; without ids, the whole queue.",
  retry: "Queues failed or cancelled jobs again; without ids, all failed ones.",
  remove: "Forgets ended jobs and releases their files.",
} as const;

/** Adds `genga jobs`. */
export function addJobsCommand(program: Command): void {
  const jobs = program.command("jobs").description("Shows and changes the queue of the core that runs.");
  addCoreOptions(
    jobs
      .command("list", { isDefault: true })
      .description("Lists jobs, open ones first.")
      .option("--limit <number>", "jobs at the most", parseWhole, 50),
  ).action(async ({ limit, ...options }: { limit: number } & CoreOptions) => {
    const [{ listJobs }, { Output }] = await Promise.all([import("./jobs.ts"), import("./output.ts")]);
    await listJobs(chooseCore(options), { limit }, new Output(options.json ?? false));
  });
  addCoreOptions(jobs.command("cancel <ids...>").description("Cancels jobs, running ones within one step.")).action(
    async (ids: string[], options: CoreOptions) => {
      const [{ cancelJobs }, { Output }] = await Promise.all([import("./jobs.ts"), import("./output.ts")]);
      await cancelJobs(chooseCore(options), ids, new Output(options.json ?? false));
    },
  );
  addCoreOptions(
    jobs
      .command("move <id>")
      .description("Puts a queued job before another; without --before, at the end.")
      .option("--before <id>", "job to stand before"),
  ).action(async (id: string, { before, ...options }: { before?: string } & CoreOptions) => {
    const [{ updateJobs }, { Output }] = await Promise.all([import("./jobs.ts"), import("./output.ts")]);
    await updateJobs(chooseCore(options), "move", [id], before, new Output(options.json ?? false));
  });
  for (const [action, description] of Object.entries(ACTIONS) as [keyof typeof ACTIONS, string][]) {
    addCoreOptions(
      jobs.command(`${action} ${action === "remove" ? "<ids...>" : "[ids...]"}`).description(description),
    ).action(async (ids: string[], options: CoreOptions) => {
      const [{ updateJobs }, { Output }] = await Promise.all([import("./jobs.ts"), import("./output.ts")]);
      await updateJobs(chooseCore(options), action, ids, undefined, new Output(options.json ?? false));
    });
  }
}
