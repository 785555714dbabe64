import type { Command } from "commander";

/** Adds `genga trust`. */
export function addTrustCommand(program: Command): void {
  const trust = program.command("trust").description("Certificates that this machine signs with and trusts.");
  trust
    .command("export")
    .description("Saves this machine's root certificate, for others to trust; it holds no secret.")
    .requiredOption("--out <root.pem>", "where to save it")
    .option("--json", "print JSON lines for programs")
    .action(async ({ out, json = false }: { out: string; json?: boolean }) => {
      const [{ exportTrust }, { readConfig }, { Output }] = await Promise.all([
        import("./trust.ts"),
        import("../config.ts"),
        import("./output.ts"),
      ]);
      await exportTrust(readConfig({ env: process.env }), out, new Output(json));
    });
}
