import { CoreError } from "../../core/src/protocol/errors.ts";
import { nearest } from "./nearest.ts";

/** A LoRA that takes part, by its file name on the server. */
export interface Lora {
  name: string;
  strength: number;
  strength_clip: number;
}

const TAG = /<lora:([^:<>]+)(?::(-?\d+(?:\.\d+)?))?(?::(-?\d+(?:\.\d+)?))?>/g;

/**
 * Takes `<lora:name:strength>` or `<lora:name:strength:strength of the text encoder>` out of a prompt, as web interfaces write it.
 * A name is a file of the server, with or without folder and ending.
 *
 * @throws CoreError INVALID_REQUEST for a LoRA that the server does not have, naming the nearest
 */
export function takeLoraTags(prompt: string, available: readonly string[]): { prompt: string; loras: Lora[] } {
  const loras: Lora[] = [];
  const rest = prompt.replace(TAG, (_tag, wanted: string, strength = "1", clip: string | undefined = undefined) => {
    loras.push({
      name: findLora(wanted.trim(), available),
      strength: Number(strength),
      strength_clip: Number(clip ?? strength),
    });
    return "";
  });
  return { prompt: loras.length === 0 ? prompt : rest.replace(/[ \t]{2,}/g, " ").trim(), loras };
}

function findLora(wanted: string, available: readonly string[]): string {
  const plain = (name: string) =>
    name
      .replaceAll("\\", "/")
      .replace(/\.[a-z0-9]+$/i, "")
      .toLowerCase();
  const base = (name: string) => plain(name).split("/").at(-1) ?? "";
  const found =
    available.find((name) => name === wanted) ??
    available.find((name) => plain(name) === plain(wanted)) ??
    available.find((name) => base(name) === wanted.toLowerCase());
  if (found !== undefined) return found;
  const near = nearest(wanted, available.map(base));
  throw new CoreError(
    "INVALID_REQUEST",
    `params.prompt names the LoRA "${wanted}", which the ComfyUI server does not have${near === undefined ? "" : `; the nearest is "${near}"`}.`,
    {
      remedy: "Correct the name, or put the file into ComfyUI's folder models/loras.",
      data: { lora: wanted, available: available.slice(0, 100) },
    },
  );
}
