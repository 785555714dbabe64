import { createHash } from "node:crypto";
import type { PictureMetadata } from "../formats/embed-metadata.ts";
import type { GenerationRecord } from "../protocol/record.ts";
import { digitalSourceTypeOf } from "./manifest.ts";

/** Fields of parameters that hold what a person wrote as a prompt. */
const PROMPT_FIELDS: ReadonlySet<string> = new Set(["prompt", "prompts", "negative_prompt"]);

/**
 * Gives the record with `sha256:<hash>` in place of every prompt, at any depth: of the picture, of regions, of motion segments.
 * Whoever knows a prompt can still prove that it was the one.
 */
export function hidePrompts(record: GenerationRecord): GenerationRecord {
  const hide = (value: unknown, isPrompt: boolean): unknown => {
    if (typeof value === "string") return isPrompt && !/^sha256:[0-9a-f]{64}$/.test(value) ? hashOf(value) : value;
    if (Array.isArray(value)) return value.map((item) => hide(item, isPrompt));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [
        name,
        hide(field, PROMPT_FIELDS.has(name) || (isPrompt && name === "text")),
      ]),
    );
  };
  const params = Object.fromEntries(
    Object.entries(record.params).map(([name, field]) => [name, hide(field, PROMPT_FIELDS.has(name))]),
  );
  return { ...record, params };
}

/** Gives the readable metadata of a picture: IPTC fields for XMP, and the A1111 text that web interfaces read back. */
export function generationMetadata(record: GenerationRecord, title: string): PictureMetadata {
  const prompt = textOf(record.params.prompt);
  const negative = textOf(record.params.negative_prompt);
  return {
    software: record.software,
    parameters: a1111Text(record, prompt, negative),
    xmp: {
      digital_source_type: digitalSourceTypeOf(record),
      creator_tool: record.software,
      created: record.created,
      title,
      ai_system: record.models.map((model) => model.name).join(", "),
      ai_system_version: record.models.map((model) => model.version).join(", "),
      ai_prompt: negative === "" ? prompt : `${prompt}\nNegative prompt: ${negative}`,
      ...(record.who.user === undefined ? {} : { user: record.who.user }),
    },
  };
}

/**
 * The text of AUTOMATIC1111's stable-diffusion-webui (modules/processing.py, create_infotext): prompt, negative prompt, one line of
 * `Key: value` pairs. Values with a comma, colon or line break are quoted as JSON (modules/infotext_utils.py, quote).
 */
function a1111Text(record: GenerationRecord, prompt: string, negative: string): string {
  const { params } = record;
  const [model] = record.models;
  const pairs: [string, unknown][] = [
    ["Steps", params.num_inference_steps],
    ["Sampler", params.scheduler],
    ["CFG scale", params.guidance_scale],
    ["Seed", record.seed],
    ["Size", params.width === undefined ? undefined : `${String(params.width)}x${String(params.height)}`],
    ["Model hash", model?.manifest_sha256.slice(0, 10)],
    ["Model", model?.name],
    ["Clip skip", typeof params.clip_skip === "number" && params.clip_skip > 0 ? params.clip_skip + 1 : undefined],
    ["Denoising strength", params.init_image === undefined ? undefined : params.strength],
    ["Version", record.software],
  ];
  const line = pairs
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([key, value]) => `${key}: ${quote(String(value))}`);
  return [prompt, ...(negative === "" ? [] : [`Negative prompt: ${negative}`]), line.join(", ")].join("\n");
}

function quote(value: string): string {
  return /[,\n:]/.test(value) ? JSON.stringify(value) : value;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function hashOf(prompt: string): string {
  return `sha256:${createHash("sha256").update(prompt, "utf8").digest("hex")}`;
}
