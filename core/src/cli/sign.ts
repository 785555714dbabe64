import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, format, parse } from "node:path";
import { z } from "zod";
import type { CoreClient } from "../client/core-client.ts";
import { makeFolder } from "../make-folder.ts";
import { type Sign, SignSchema } from "../protocol/client-messages.ts";
import { CoreError } from "../protocol/errors.ts";
import { parseParams } from "../protocol/parse.ts";
import {
  DigitalSourceTypeSchema,
  type Relationship,
  type SignAction,
  SignActionNameSchema,
  type SignedFile,
  type SignIngredient,
} from "../protocol/signing.ts";
import type { Output } from "./output.ts";
import { readInput } from "./read-input.ts";
import { saveFile } from "./save-output.ts";
import { type CoreChoice, withCore } from "./with-core.ts";

/** What `genga sign` was asked for. */
export interface SignOptions {
  files: string[];
  action: string[];
  parent?: string;
  component: string[];
  input: string[];
  model: string[];
  models?: string;
  software?: string;
  parameters?: string;
  private?: boolean;
  title?: string;
  project?: string;
  shot?: string;
  out?: string;
  replace?: boolean;
}

type Declaration = Omit<Sign, "type" | "id" | "asset" | "sidecar">;

/** `genga sign FILE…`: has the core sign each file and saves it with its credential. The first that is refused ends the command. */
export async function signFiles(choice: CoreChoice, options: SignOptions, output: Output): Promise<void> {
  const { files, out, replace = false } = options;
  if (out !== undefined && (files.length > 1 || replace)) {
    throw usage(
      replace
        ? "--out and --replace exclude each other."
        : `--out names one file, but ${files.length} are to be signed.`,
      "Leave --out away: each is saved as NAME-signed beside its original.",
    );
  }
  const declared = await declarationOf(options);
  await withCore(choice, async (client) => {
    const ingredients = await uploadIngredients(client, options);
    for (const file of files) {
      const { asset, sidecar } = await upload(client, file);
      const named = { ...declared, ingredients, asset, ...(sidecar === undefined ? {} : { sidecar }) };
      const { file: signed } = await client.call({ type: "sign", ...named }, "signed");
      const target = out ?? (replace ? file : signedName(file, signed));
      makeFolder(dirname(target));
      await save(client, signed, target, file);
      output.tell(
        { event: "signed", file: target, source: file, ...signed },
        `${target}  signed${signed.sidecar === undefined ? "" : `, credential in ${basename(target)}.c2pa`}  log entry ${signed.log.index}`,
      );
    }
  });
}

async function declarationOf(options: SignOptions): Promise<Declaration> {
  const { action, model, models, software, parameters, title, project, shot } = options;
  return {
    actions: action.map(parseAction),
    ingredients: [],
    models: [
      ...(models === undefined ? [] : parseParams(SignSchema.shape.models, await readJson(models))),
      ...(await Promise.all(model.map(hashModel))),
    ],
    parameters:
      parameters === undefined ? {} : parseParams(z.record(z.string(), z.unknown()), await readJson(parameters)),
    prompt_privacy: options.private ?? false,
    ...(software === undefined ? {} : { software_agent: parseSoftware(software) }),
    ...(title === undefined ? {} : { title }),
    ...(project === undefined ? {} : { project }),
    ...(shot === undefined ? {} : { shot }),
  };
}

async function uploadIngredients(
  client: CoreClient,
  { parent, component, input }: SignOptions,
): Promise<SignIngredient[]> {
  const named: [Relationship, string][] = [
    ...(parent === undefined ? [] : [["parentOf", parent] as [Relationship, string]]),
    ...component.map((file): [Relationship, string] => ["componentOf", file]),
    ...input.map((file): [Relationship, string] => ["inputTo", file]),
  ];
  const ingredients: SignIngredient[] = [];
  for (const [relationship, file] of named) {
    const { asset, sidecar } = await upload(client, file);
    ingredients.push({ sha256: asset, relationship, ...(sidecar === undefined ? {} : { sidecar }) });
  }
  return ingredients;
}

/** Sends a file, and the `.c2pa` file beside it if there is one. */
async function upload(client: CoreClient, file: string): Promise<{ asset: string; sidecar?: string }> {
  const { bytes, mime, name } = await readInput(file);
  const { sha256: asset } = await client.putAsset(bytes, mime, name);
  const sidecar = await readFile(`${file}.c2pa`).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (sidecar === undefined) return { asset };
  return { asset, sidecar: (await client.putAsset(sidecar, "application/c2pa", `${name}.c2pa`)).sha256 };
}

/** A file with a sidecar is as it was: only the sidecar is new, and a copy where another name was asked for. */
async function save(client: CoreClient, { asset, sidecar }: SignedFile, target: string, source: string): Promise<void> {
  if (sidecar === undefined || target !== source) await saveFile(target, await client.getAsset(asset.sha256));
  if (sidecar !== undefined) await saveFile(`${target}.c2pa`, await client.getAsset(sidecar.sha256));
}

/** `castle.png` → `castle-signed.png`; a file that stays as it is keeps its name. */
function signedName(file: string, { sidecar }: SignedFile): string {
  if (sidecar !== undefined) return file;
  const { dir, name, ext } = parse(file);
  return format({ dir, name: `${name}-signed`, ext });
}

/** Reads `edited:humanEdits`, with or without `c2pa.` before it. */
export function parseAction(argument: string): SignAction {
  const [name = "", origin] = argument.split(":");
  const action = SignActionNameSchema.safeParse(name.startsWith("c2pa.") ? name : `c2pa.${name}`);
  if (!action.success) {
    const names = SignActionNameSchema.options.map((option) => option.slice("c2pa.".length));
    throw usage(
      `Unknown action "${name}"; expected one of: ${names.join(", ")}.`,
      "Write for instance --action edited:humanEdits",
    );
  }
  if (origin === undefined) return { action: action.data };
  const type = DigitalSourceTypeSchema.safeParse(origin);
  if (type.success) return { action: action.data, digital_source_type: type.data };
  throw usage(
    `Unknown origin "${origin}"; expected one of: ${DigitalSourceTypeSchema.options.join(", ")}.`,
    "Write for instance --action created:digitalCreation",
  );
}

async function hashModel(argument: string): Promise<Declaration["models"][number]> {
  const [role = "", file] = splitOnce(argument, "=");
  if (role === "" || file === undefined) {
    throw usage(
      `Cannot read the model "${argument}"; expected ROLE=FILE.`,
      "Write for instance --model lora=toon.safetensors",
    );
  }
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk);
  } catch (cause) {
    throw usage(
      `Cannot read the model ${file}.`,
      "Check the path; a model that is not here goes into a --models file.",
      cause,
    );
  }
  return { name: basename(file), role, sha256: hash.digest("hex"), training_data: "undeclared" };
}

/** `Blender 5.2` → name and version; a last word without a digit belongs to the name. */
function parseSoftware(software: string): { name: string; version?: string } {
  const [, name, version] = /^(.*\S)\s+(\S*\d\S*)$/.exec(software.trim()) ?? [];
  return name === undefined || version === undefined ? { name: software.trim() } : { name, version };
}

async function readJson(file: string): Promise<unknown> {
  const { bytes } = await readInput(file);
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (cause) {
    throw usage(`${file} is not JSON.`, "Correct the file.", cause);
  }
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function usage(message: string, remedy: string, cause?: unknown): CoreError {
  return new CoreError("INVALID_REQUEST", message, { remedy, cause });
}
