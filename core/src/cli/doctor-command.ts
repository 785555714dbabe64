import type { Command } from "commander";
import { EXIT_CODES } from "./exit-codes.ts";

/** Adds `genga doctor`. */
export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("Says what this machine has, and what to do about each problem.")
    .option("--json", "print one JSON object")
    .action(async ({ json = false }: { json?: boolean }) => {
      const { doctor } = await import("./doctor.ts");
      process.exitCode = (await doctor({ json, env: process.env })) ? EXIT_CODES.OK : EXIT_CODES.FAILED;
    });
}
