import type { Command } from "commander";

/** Adds `genga comfyui`. */
export function addComfyuiCommand(program: Command): void {
  const comfyui = program.command("comfyui").description("Brings workflows of ComfyUI into the core.");
  comfyui
    .command("import <file>")
    .description("Checks a workflow against a ComfyUI server of the settings and offers it as a bundle.")
    .option("--name <name>", "name in the bundle's id; the file's name by default")
    .option("--server <name>", "server to check it against", "default")
    .option("--comfyui <address>", "ComfyUI server to check it against, instead of one of the settings")
    .option("--replace", "take the place of a workflow with the same name", false)
    .option("--json", "print JSON lines for programs")
    .action(async (file: string, options: ImportOptions) => {
      const [{ importWorkflow }, { readConfig }, { Output }] = await Promise.all([
        import("./comfyui.ts"),
        import("../config.ts"),
        import("./output.ts"),
      ]);
      const { json = false, comfyui: url, ...rest } = options;
      const config = readConfig({ env: process.env, flags: url === undefined ? {} : { comfyui: url } });
      await importWorkflow(file, { ...rest, config }, new Output(json));
    });
}

interface ImportOptions {
  name?: string;
  server: string;
  comfyui?: string;
  replace: boolean;
  json?: boolean;
}
