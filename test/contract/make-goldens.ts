// Writes the golden frames that vitest and pytest read: `npx tsx test/contract/make-goldens.ts`.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ClientMessageSchema } from "../../core/src/protocol/client-messages.ts";
import { encodeMessage } from "../../core/src/protocol/codec.ts";
import { CoreMessageSchema } from "../../core/src/protocol/core-messages.ts";
import { GOLDENS } from "./messages.ts";
import { REFUSED } from "./refused.ts";

/** Gives each golden file's name and content. Bytes stand as `{"$bytes": base64}`; frames are hexadecimal. */
export function makeGoldens(): Map<string, string> {
  const files = new Map<string, string>();
  for (const { name, message } of GOLDENS.client) {
    files.set(`client/${name}.json`, golden(message, ClientMessageSchema.parse(message)));
  }
  for (const { name, message } of GOLDENS.core) {
    files.set(`core/${name}.json`, golden(message, CoreMessageSchema.parse(message)));
  }
  const refused = REFUSED.map(({ name, code, frame }) => ({ name, code, frame: shorten(frame) }));
  files.set("refused.json", json(refused));
  return files;
}

/** `message`: what is sent. `parsed`: what the receiver has, with defaults. `frame`: MessagePack of `message`. */
function golden(message: object, parsed: object): string {
  return json({ message, parsed, frame: Buffer.from(encodeMessage(message)).toString("hex") });
}

/** Frames that are one byte over and over, written short. */
function shorten(frame: Uint8Array): string | { repeat: string; count: number } {
  const text = Buffer.from(frame).toString("hex");
  const first = text.slice(0, 2);
  if (frame.byteLength > 1000 && text === first.repeat(frame.byteLength))
    return { repeat: first, count: frame.byteLength };
  return text;
}

function json(value: object): string {
  const text = JSON.stringify(
    value,
    (_, item: unknown) => (item instanceof Uint8Array ? { $bytes: Buffer.from(item).toString("base64") } : item),
    2,
  );
  return `${text}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const folder of ["client", "core"]) {
    const path = fileURLToPath(new URL(folder, import.meta.url));
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
  }
  for (const [file, content] of makeGoldens()) writeFileSync(fileURLToPath(new URL(file, import.meta.url)), content);
}
