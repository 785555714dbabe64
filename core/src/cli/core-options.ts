import type { Command } from "commander";
import { homeFolder } from "../config.ts";
import type { CoreChoice } from "./with-core.ts";

/** Options that say which core a command talks to, and how it answers. */
export interface CoreOptions {
  url?: string;
  json?: boolean;
}

/** Adds `--url` and `--json`. */
export function addCoreOptions(command: Command): Command {
  return command
    .option("--url <ws://host:port>", "core to talk to; its token is read from GENGA_TOKEN")
    .option("--json", "print JSON lines for programs");
}

/** Gives the core that the options name: the one at --url, else that of GENGA_HOME. */
export function chooseCore({ url, json = false }: CoreOptions): CoreChoice {
  const token = process.env.GENGA_TOKEN;
  return {
    home: homeFolder(process.env),
    quiet: json,
    ...(url === undefined ? {} : { url }),
    ...(token === undefined ? {} : { token }),
  };
}
