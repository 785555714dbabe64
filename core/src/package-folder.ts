import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Gives the folder of this package: the nearest one upwards that holds package.json. The same from core/src and from dist/.
 */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("genga runs outside its package: no package.json above the program");
    folder = parent;
  }
  return folder;
}
