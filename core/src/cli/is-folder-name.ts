import { existsSync, statSync } from "node:fs";

/** Tells whether `--out` names a folder for certain: it ends with a slash, or there is one of that name. */
export function isFolderName(out: string): boolean {
  return out.endsWith("/") || out.endsWith("\\") || (existsSync(out) && statSync(out).isDirectory());
}
