import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Gives the files of a job that are to be saved in a folder by the names that the core gave, `mesh-7.glb`: as they are, or, where one of
 * them is taken by what another job made with the same seed, all with the next free number: `mesh-7-2.glb`, `mesh-7-2_LOD1.glb`.
 */
export function freeFiles(files: readonly string[]): string[] {
  for (let number = 1; ; number++) {
    const numbered = files.map((file) => (number === 1 ? file : withNumber(file, number)));
    if (!numbered.some((file) => existsSync(file) || existsSync(`${file}.c2pa`))) return numbered;
  }
}

function withNumber(file: string, number: number): string {
  return join(dirname(file), basename(file).replace(/(_LOD\d+)?(\.[^.]+)*$/, `-${number}$&`));
}
