import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname, join, parse } from "node:path";

/**
 * Writes a file so that a reader sees the old one or the whole new one, never half of it.
 */
export async function saveFile(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(file), `.${parse(file).base}.${randomBytes(4).toString("hex")}.part`);
  try {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Gives the name of output `index` of `count`: the name itself for one, `name-1.png`, `name-2.png` … for more. */
export function numberedFile(file: string, index: number, count: number): string {
  if (count === 1) return file;
  const { dir, name, ext } = parse(file);
  return join(dir, `${name}-${index + 1}${ext}`);
}
