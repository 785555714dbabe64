import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "./make-folder.ts";
import { packageFolder } from "./package-folder.ts";
import { VERSION } from "./version.ts";

/**
 * Notes in `installed.json` of a home folder where this program and its Node are, so that other programs (the Blender extension) can
 * start a core for that home without being told. The last program that ran for a home is the one noted; a note whose folder is gone
 * means nothing.
 *
 * @throws the file system's error if the note cannot be written
 */
export function noteInstallation(home: string): void {
  const file = join(home, "installed.json");
  const note = `${JSON.stringify({ folder: packageFolder(), node: process.execPath, version: VERSION })}\n`;
  if (readIfThere(file) === note) return;
  makeFolder(home, 0o700);
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, note, { mode: 0o600 });
  renameSync(temporary, file);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
