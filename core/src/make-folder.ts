import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { CoreError } from "./protocol/errors.ts";

const REASONS: Record<string, string> = {
  EACCES: "no permission",
  EPERM: "no permission",
  EROFS: "the file system is read-only",
  ENOENT: "the file system makes no folders",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENOTDIR: "a file of that name is in the way",
  EEXIST: "a file of that name is in the way",
};

/**
 * Makes a folder with its parents, one after the other: Node's own `recursive` tries for ever where a file system answers ENOENT to
 * every mkdir, as /proc does (seen with Node 20.20).
 *
 * @param mode permissions of each folder that is made
 * @throws CoreError STORAGE_FULL, naming the folder and why it cannot be made
 */
export function makeFolder(folder: string, mode = 0o777): void {
  const missing: string[] = [];
  let path = resolve(folder);
  while (!existsSync(path) && dirname(path) !== path) {
    missing.unshift(path);
    path = dirname(path);
  }
  if (!statSync(path).isDirectory()) throw cannotMake(path, "ENOTDIR");
  for (const part of missing) {
    try {
      mkdirSync(part, { mode });
    } catch (cause) {
      // Another process may have made it since.
      if (statSync(part, { throwIfNoEntry: false })?.isDirectory()) continue;
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
      throw cannotMake(part, code, cause);
    }
  }
}

function cannotMake(folder: string, code: string, cause?: unknown): CoreError {
  const why = REASONS[code] === undefined ? code : `${REASONS[code]} (${code})`;
  return new CoreError("STORAGE_FULL", `The folder ${folder} cannot be made: ${why}.`, {
    remedy: "Choose a folder on a disk that you may write to (for the core's state: GENGA_HOME).",
    cause,
  });
}
