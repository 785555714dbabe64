import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Config } from "./config.ts";
import type { Logger } from "./logger.ts";
import { makeFolder } from "./make-folder.ts";
import { CoreError } from "./protocol/errors.ts";
import { VERSION } from "./version.ts";

/**
 * Gives the token that clients must show: the configured one, else the one in the token file, else one made now. The file
 * always holds the token in force and is readable by its owner only, since clients of the same user find it there.
 */
export function readyToken({ token, paths }: Pick<Config, "token" | "paths">, logger: Logger): string {
  makeFolder(dirname(paths.token_file), 0o700);
  const kept = readToken(paths.token_file);
  const inForce = token ?? kept ?? randomBytes(32).toString("base64url");
  if (inForce !== kept) {
    writeAtomically(paths.token_file, `${inForce}\n`, 0o600);
  } else if (process.platform !== "win32" && (statSync(paths.token_file).mode & 0o077) !== 0) {
    logger.warn(
      "the token file could be read by others of this machine; now it cannot. Remove it to get a fresh token",
    );
    chmodSync(paths.token_file, 0o600);
  }
  return inForce;
}

/** Where and since when a core listens. */
export interface Announcement {
  /** Address by which programs on this machine reach it. */
  host: string;
  port: number;
  /** ISO 8601, UTC. */
  started: string;
}

/** Writes run/core.json, by which clients of this machine find the core; gives the function that removes it again. */
export function announceCore({ paths }: Pick<Config, "paths">, { host, port, started }: Announcement): () => void {
  const { run_file, token_file } = paths;
  makeFolder(dirname(run_file), 0o700);
  const facts = { host, port, pid: process.pid, version: VERSION, token_file, started };
  writeAtomically(run_file, `${JSON.stringify(facts)}\n`, 0o600);
  return () => {
    // Another core may have taken the folder over since.
    if (pidOf(run_file) === process.pid) rmSync(run_file, { force: true });
  };
}

function readToken(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  if (/^[\x21-\x7e]{16,500}$/.test(text)) return text;
  throw new CoreError("CONFIG_INVALID", "The token file does not hold a token of 16 to 500 printable characters.", {
    remedy: "Remove the file `token` in GENGA_HOME; a fresh one is made at the next start.",
  });
}

function pidOf(run_file: string): unknown {
  try {
    const facts: unknown = JSON.parse(readFileSync(run_file, "utf8"));
    return typeof facts === "object" && facts !== null && "pid" in facts ? facts.pid : undefined;
  } catch {
    return undefined;
  }
}

function writeAtomically(file: string, text: string, mode: number): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode });
  renameSync(temporary, file);
}
