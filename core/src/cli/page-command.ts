import type { Command } from "commander";
import { z } from "zod";
import { CoreError } from "../protocol/errors.ts";

/** Adds `genga page`. */
export function addPageCommand(program: Command): void {
  program
    .command("page")
    .description("Prints a link to the running core's own page, good for one use within a minute.")
    .action(async () => {
      const { coreNotRunning, findCore } = await import("../client/connect.ts");
      const { homeFolder } = await import("../config.ts");
      const home = homeFolder(process.env);
      const core = await findCore(home);
      if (core === undefined) throw coreNotRunning(home);
      const address = core.url.replace(/^ws/, "http");
      const response = await fetch(`${address}/api/login-code`, {
        method: "POST",
        headers: { Authorization: `Bearer ${process.env.GENGA_TOKEN ?? core.token}` },
      });
      if (!response.ok)
        throw new CoreError("UNAUTHORIZED", `The core refused the link with status ${response.status}.`);
      const { path } = z.object({ path: z.string() }).parse(await response.json());
      process.stdout.write(`${address}${path}\n`);
    });
}
