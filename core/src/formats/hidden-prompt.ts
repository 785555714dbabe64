import { createHash } from "node:crypto";

const HASH = /^sha256:[0-9a-f]{64}$/;

/** Gives `sha256:<hash>` of a text, for the place of a prompt that is kept out; what is one already stays. */
export function hiddenPrompt(text: string): string {
  return HASH.test(text) ? text : `sha256:${createHash("sha256").update(text, "utf8").digest("hex")}`;
}
