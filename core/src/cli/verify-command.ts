import type { Command } from "commander";
import { EXIT_CODES } from "./exit-codes.ts";
import { collect } from "./parse-numbers.ts";

/** Adds `genga verify`. */
export function addVerifyCommand(program: Command): void {
  program
    .command("verify <files...>")
    .description(
      "Says of each file, or each file of a folder, whether it is as signed and what made it. Works offline.",
    )
    .option(
      "--trust <root.pem>",
      "certificate of an issuer to trust beside this machine's own; may be repeated",
      collect,
      [],
    )
    .option("--json", "print JSON lines for programs")
    .action(async (files: string[], { trust, json = false }: { trust: string[]; json?: boolean }) => {
      const [{ verifyFiles }, { readConfig }, { Output }] = await Promise.all([
        import("./verify.ts"),
        import("../config.ts"),
        import("./output.ts"),
      ]);
      const good = await verifyFiles(readConfig({ env: process.env }), files, trust, new Output(json));
      process.exitCode = good ? EXIT_CODES.OK : EXIT_CODES.FAILED;
    });
}
