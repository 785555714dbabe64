import type { Command } from "commander";
import { EXIT_CODES } from "./exit-codes.ts";

interface JsonOption {
  json?: boolean;
}

/** Adds `genga models`. */
export function addModelsCommand(program: Command): void {
  const models = program.command("models").description("Shows, checks and imports bundles.");
  models
    .command("list", { isDefault: true })
    .description("Lists the bundles with licence, training data and whether the policy lets them run.")
    .option("--json", "print JSON lines for programs")
    .action(async ({ json = false }: JsonOption) => {
      const { listModels, config, output } = await load(json);
      await listModels(config, output);
    });
  models
    .command("info <id>")
    .description("Shows all that a bundle declares.")
    .option("--json", "print JSON lines for programs")
    .action(async (id: string, { json = false }: JsonOption) => {
      const { showModel, config, output } = await load(json);
      await showModel(config, id, output);
    });
  models
    .command("import <folder-or-zip>")
    .description("Checks a bundle and copies it into the user's folder.")
    .option("--replace", "take the place of a bundle with the same id", false)
    .option("--json", "print JSON lines for programs")
    .action(async (source: string, { json = false, replace = false }: JsonOption & { replace?: boolean }) => {
      const { importModel, config, output } = await load(json);
      await importModel(config, source, replace, output);
    });
  models
    .command("verify [ids...]")
    .description("Reads every byte of bundles and compares it with its SHA-256; without ids, all of them.")
    .option("--json", "print JSON lines for programs")
    .action(async (ids: string[], { json = false }: JsonOption) => {
      const { verifyModels, config, output } = await load(json);
      process.exitCode = (await verifyModels(config, ids, output)) ? EXIT_CODES.OK : EXIT_CODES.FAILED;
    });
}

async function load(json: boolean) {
  const [models, { readConfig }, { Output }] = await Promise.all([
    import("./models.ts"),
    import("../config.ts"),
    import("./output.ts"),
  ]);
  return { ...models, config: readConfig({ env: process.env }), output: new Output(json) };
}
