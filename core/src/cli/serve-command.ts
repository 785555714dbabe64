import type { Command } from "commander";

/** Adds `genga serve`. */
export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .description("Runs the core until it is told to stop.")
    .option("--port <number>", "TCP port; 0 = a free one")
    .option("--host <address>", "address to listen on (loopback unless --allow-remote)")
    .option("--allow-remote", "let other machines connect; the connection is not encrypted")
    .option("--provider <name>", "auto, cpu, cuda, directml, coreml or webgpu")
    .option("--workers <number>", "jobs that run at once")
    .option("--threads <number>", "threads of one job; 0 = shared among workers")
    .option("--comfyui <addresses>", "ComfyUI servers to use, separated by commas: http://127.0.0.1:8188")
    .option("--comfyui-allow-remote", "let ComfyUI servers be on other machines; prompts and pictures go there")
    .option("--policy <mode>", "open, declared or strict")
    .option("--allow-list <file>", "hashes that the policy strict allows")
    .option("--log-level <level>", "fatal, error, warn, info, debug, trace or silent")
    .option("--json", "print events as JSON lines; the first is `listening`")
    .action(async ({ json = false, ...flags }: { json?: boolean } & Record<string, string | boolean>) => {
      const { serve } = await import("./serve.ts");
      await serve({ flags: snakeCase(flags), json });
    });
}

/** Gives options by the names of their settings; commander turns --log-level into logLevel. */
function snakeCase(flags: Record<string, string | boolean>): Record<string, string | boolean> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
