import type { Command } from "commander";
import { EXIT_CODES } from "./exit-codes.ts";

interface JsonOption {
  json?: boolean;
}

/** Adds `genga log`. */
export function addLogCommand(program: Command): void {
  const log = program.command("log").description("The tamper-evident log of all that this machine signed.");
  log
    .command("verify", { isDefault: true })
    .description("Checks every entry against the signed checkpoint, and against one that was kept elsewhere.")
    .option("--since <checkpoint.txt>", "a checkpoint of this log, saved earlier: says whether the log only grew since")
    .option("--json", "print JSON lines for programs")
    .action(async ({ since, json = false }: JsonOption & { since?: string }) => {
      const { verifyLog, config, output } = await load(json);
      process.exitCode = (await verifyLog(config, since, output)) ? EXIT_CODES.OK : EXIT_CODES.FAILED;
    });
  log
    .command("checkpoint")
    .description("Saves the signed size and root of the log, to be kept where nobody of this machine can change it.")
    .requiredOption("--out <checkpoint.txt>", "where to save it")
    .option("--json", "print JSON lines for programs")
    .action(async ({ out, json = false }: JsonOption & { out: string }) => {
      const { saveCheckpoint, config, output } = await load(json);
      await saveCheckpoint(config, out, output);
    });
  log
    .command("prove <file>")
    .description("Saves the proof that the log holds the entry of a file; the entry, record included, is part of it.")
    .requiredOption("--out <proof.json>", "where to save it")
    .option("--json", "print JSON lines for programs")
    .action(async (file: string, { out, json = false }: JsonOption & { out: string }) => {
      const { proveFile, config, output } = await load(json);
      await proveFile(config, file, out, output);
    });
  log
    .command("begin-anew")
    .description(
      "Puts an altered log aside as evidence and begins another, whose first entry names it. Stop the core first.",
    )
    .requiredOption("--reason <text>", "why; it stands in the new log for good")
    .option("--json", "print JSON lines for programs")
    .action(async ({ reason, json = false }: JsonOption & { reason: string }) => {
      const { beginAnew, config, output } = await load(json);
      await beginAnew(config, reason, output);
    });
}

async function load(json: boolean) {
  const [log, { readConfig }, { Output }] = await Promise.all([
    import("./log.ts"),
    import("../config.ts"),
    import("./output.ts"),
  ]);
  return { ...log, config: readConfig({ env: process.env }), output: new Output(json) };
}
