import type { PictureMetadata } from "../formats/embed-metadata.ts";
import { hiddenPrompt } from "../formats/hidden-prompt.ts";
import type { MeshOrigin } from "../protocol/mesh.ts";
import { promptsOf } from "../protocol/prompts-of.ts";
import type { GenerationRecord } from "../protocol/record.ts";
import { canonicalJson } from "./canonical-json.ts";
import { digitalSourceTypeOf } from "./manifest.ts";

/** Fields of parameters that hold what a person wrote as a prompt. */
const PROMPT_FIELDS: ReadonlySet<string> = new Set(["prompt", "prompts", "negative_prompt", "style"]);
/** Field that holds a node graph. */
const WORKFLOW_FIELD = "workflow";

/**
 * Gives the record with `sha256:<hash>` in place of every prompt, at any depth: of the picture, of regions, of motion segments.
 * Whoever knows a prompt can still prove that it was the one.
 */
export function hidePrompts(record: GenerationRecord): GenerationRecord {
  const { mesh } = record;
  return {
    ...record,
    params: hidePromptFields(record.params),
    ...(mesh === undefined ? {} : { mesh: { ...mesh, origin: hideWords(mesh.origin) } }),
  };
}

/** What a mesh came from, without what tells the words of the prompt: sentences that name them, and what was made of them. */
function hideWords({ category: _category, values: _values, ...origin }: MeshOrigin): MeshOrigin {
  return { ...origin, reason: hiddenPrompt(origin.reason), warnings: origin.warnings.map(hiddenPrompt) };
}

/** Gives parameters with `sha256:<hash>` in place of every prompt, and of a node graph, any part of which may hold one. */
export function hidePromptFields(params: Record<string, unknown>): Record<string, unknown> {
  return hideFields(params, false);
}

function hideFields(fields: object, inPrompt: boolean): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      name === WORKFLOW_FIELD
        ? hideWhole(value)
        : hide(value, PROMPT_FIELDS.has(name) || (inPrompt && name === "text")),
    ]),
  );
}

function hide(value: unknown, isPrompt: boolean): unknown {
  if (typeof value === "string") return isPrompt ? hideWhole(value) : value;
  if (Array.isArray(value)) return value.map((item) => hide(item, isPrompt));
  if (typeof value !== "object" || value === null) return value;
  return hideFields(value, isPrompt);
}

/** Hash of a text, or of the canonical JSON of anything else; what is one already stays. */
function hideWhole(value: unknown): string {
  return hiddenPrompt(typeof value === "string" ? value : canonicalJson(value));
}

/** Gives the readable metadata of a picture: IPTC fields for XMP, and the A1111 text that web interfaces read back. */
export function generationMetadata(record: GenerationRecord, title: string): PictureMetadata {
  const prompt = promptsOf(record.params).join("\n");
  const negative = textOf(record.params.negative_prompt);
  return {
    software: record.software,
    parameters: a1111Text(record, prompt, negative),
    xmp: {
      digital_source_type: digitalSourceTypeOf(record),
      creator_tool: record.software,
      created: record.created,
      title,
      ai_system: modelNames(record).join(", "),
      ai_system_version: (record.backend === undefined
        ? record.models.map((model) => model.version)
        : [`${record.backend.name} ${record.backend.version}`]
      ).join(", "),
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
    ["Model hash", (model?.manifest_sha256 ?? record.backend?.models[0]?.sha256)?.slice(0, 10)],
    ["Model", modelNames(record)[0]],
    ["Clip skip", typeof params.clip_skip === "number" && params.clip_skip > 0 ? params.clip_skip + 1 : undefined],
    ["Denoising strength", params.init_image === undefined ? undefined : params.strength],
    ["Version", record.software],
  ];
  const line = pairs
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([key, value]) => `${key}: ${quote(String(value))}`);
  return [prompt, ...(negative === "" ? [] : [`Negative prompt: ${negative}`]), line.join(", ")].join("\n");
}

function modelNames({ models, backend }: GenerationRecord): string[] {
  return [...models, ...(backend?.models ?? [])].map(({ name }) => name);
}

function quote(value: string): string {
  return /[,\n:]/.test(value) ? JSON.stringify(value) : value;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
