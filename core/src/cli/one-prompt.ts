import { CoreError } from "../protocol/errors.ts";

/** Gives the prompt, which may stand behind the command or in --prompt. @throws CoreError INVALID_REQUEST if it stands in both */
export function onePrompt(words: string | undefined, prompt: string | undefined): string | undefined {
  if (words === undefined || prompt === undefined) return words ?? prompt;
  throw new CoreError("INVALID_REQUEST", `There are two prompts, "${words}" and "${prompt}"; expected one.`, {
    remedy: "Quote a prompt of several words, and leave --prompt out.",
  });
}
