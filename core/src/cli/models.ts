import { readFileSync } from "node:fs";
import { connectCore, findCore } from "../client/connect.ts";
import type { Config } from "../config.ts";
import { createLogger } from "../logger.ts";
import type { Bundle, ManifestOf } from "../models/bundle.ts";
import type { BundleManifest } from "../models/bundle-manifest.ts";
import { importBundle } from "../models/import-bundle.ts";
import { openRegistry, type Registry } from "../models/registry.ts";
import { bundleFiles } from "../models/verify-bundle.ts";
import type { BundleSummary } from "../protocol/core-messages.ts";
import { toCoreError } from "../protocol/errors.ts";
import { admitBundle, parseAllowList } from "../provenance/policy.ts";
import { VERSION } from "../version.ts";
import { interruptSignal } from "./follow-job.ts";
import type { Output } from "./output.ts";

/** `genga models list`: every bundle that the core would find, broken ones with their error. */
export async function listModels(config: Config, output: Output): Promise<void> {
  const registry = await open(config);
  const rows = registry
    .list()
    .map((entry) =>
      "error" in entry
        ? { id: entry.id, error: entry.error.toBody() }
        : { ...factsOf(entry.bundle), ...verdictOf(entry.bundle, config) },
    );
  const remote = await remoteBundles(config);
  if (output.json) {
    output.tell({ event: "models", models: [...rows, ...remote] }, "");
    return;
  }
  for (const row of rows) {
    output.tell(
      { event: "model" },
      "error" in row
        ? `${row.id.padEnd(28)} broken: ${row.error.message}`
        : `${row.id.padEnd(28)} ${row.task.padEnd(7)} ${row.purpose.padEnd(11)} ${megabytes(row.size).padStart(9)}  ${row.licence}  ${
            row.allowed ? (row.declared ? "declared" : "undeclared training data") : `refused: ${row.refusal}`
          }\n  ${row.manifest_sha256}`,
    );
  }
  for (const { id, task, licence, training_data, online, allowed, refusal } of remote) {
    const declared = training_data === "undeclared" ? "undeclared training data" : "declared";
    output.tell(
      { event: "model" },
      `${id.padEnd(28)} ${task.padEnd(7)} ${(online ? "online" : "offline").padEnd(11)} ${"".padStart(9)}  ${licence.spdx}  ${
        allowed ? declared : `refused: ${refusal}`
      }`,
    );
  }
  if (rows.length + remote.length === 0)
    output.tell({ event: "models" }, "No bundles. `genga models import FOLDER` brings one in.");
}

/** `genga models info ID`: all that a bundle declares. */
export async function showModel(config: Config, id: string, output: Output): Promise<void> {
  const bundle = (await open(config)).get(id);
  const { manifest } = bundle;
  const facts = { ...factsOf(bundle), ...verdictOf(bundle, config), manifest };
  if (output.json) {
    output.tell({ event: "model", ...facts }, "");
    return;
  }
  const data = manifest.training_data;
  const lines = [
    `${manifest.name} ${manifest.version} (${manifest.id})`,
    manifest.description,
    `Task        ${manifest.task}, family ${manifest.family}, ${manifest.purpose}`,
    `Licence     ${manifest.licence.spdx}, commercial use ${manifest.licence.commercial_use ? "allowed" : "not allowed"}`,
    `Made by     ${manifest.made_by}`,
    ...manifest.derived_from.map(({ name, source }) => `Derived     from ${name} (${source})`),
    ...(data === "undeclared"
      ? ["Trained on  undeclared"]
      : data.map((set) => `Trained on  ${set.name}, ${set.licence}, ${set.source} (${set.used_for})`)),
    ...(Array.isArray(data) && data.length === 0 ? ["Trained on  nothing"] : []),
    ...taskLines(manifest),
    `Files       ${bundleFiles(manifest).length}, ${megabytes(facts.size)}; about ${megabytes(manifest.memory_bytes)} of memory`,
    `Identity    ${bundle.manifest_sha256}`,
    facts.allowed ? `Policy      ${config.policy}: allowed` : `Policy      ${config.policy}: ${facts.refusal}`,
  ];
  output.tell({ event: "model" }, lines.filter((line) => line !== "").join("\n"));
}

function taskLines(manifest: BundleManifest): string[] {
  switch (manifest.task) {
    case "image":
      return imageLines(manifest);
    case "motion":
      return motionLines(manifest);
    case "mesh":
      return meshLines(manifest);
  }
}

function imageLines({ stable_diffusion }: ManifestOf<"image">): string[] {
  const { controls, defaults, size, requires_control } = stable_diffusion;
  return [
    `Controls    ${controls.map(({ kind }) => kind).join(", ") || "none"}${requires_control ? " (at least one is needed)" : ""}`,
    `Defaults    ${defaults.width}x${defaults.height}, ${defaults.num_inference_steps} steps, guidance ${defaults.guidance_scale}, ${defaults.scheduler}`,
    `Sizes       ${size.min} to ${size.max} in steps of ${size.multiple}`,
  ];
}

function motionLines({ motion_diffusion }: ManifestOf<"motion">): string[] {
  const { actions, conditions, defaults, library, max_duration_s } = motion_diffusion;
  return [
    ...actions.map(({ name, prompts }) => `Knows       ${name}: ${prompts.map((prompt) => `"${prompt}"`).join(", ")}`),
    `Follows     ${conditions.join(", ") || "words alone"}`,
    `Clips       ${library === undefined ? "none" : `a library of ${megabytes(library.data.size)}`}`,
    `Defaults    ${defaults.duration_s} s, ${defaults.num_inference_steps} steps, guidance ${defaults.guidance_scale}`,
    `Lengths     up to ${max_duration_s} s`,
  ];
}

function meshLines({ mesh_diffusion }: ManifestOf<"mesh">): string[] {
  const { categories, sources, conditioning, defaults, library, sampler, field } = mesh_diffusion;
  const toldBy = conditioning === "image" ? "a picture" : "words";
  const steps =
    sampler?.type === "one_pass"
      ? "one pass"
      : `${defaults.num_inference_steps} steps, guidance ${defaults.guidance_scale}`;
  return [
    `Knows       ${categories.map(({ name }) => name).join(", ") || "what its training data shows"}`,
    `Sources     ${sources.join(", ")}; told by ${toldBy}`,
    ...(field === undefined ? [] : [`Colour      ${field.colour ? "from the network" : "none: a plain material"}`]),
    `Models      ${library === undefined ? "none" : `a library of ${megabytes(library.data.size)}`}`,
    `Defaults    ${defaults.source}, ${steps}, grid of ${defaults.grid_resolution}`,
  ];
}

/** `genga models verify [ID…]`: reads every byte and compares it with its SHA-256. @returns whether all are whole */
export async function verifyModels(config: Config, ids: string[], output: Output): Promise<boolean> {
  const registry = await open(config);
  const interrupt = interruptSignal();
  let whole = true;
  try {
    for (const id of ids.length > 0 ? ids : registry.list().map((entry) => entry.id)) {
      try {
        await registry.verify(registry.get(id), { signal: interrupt.signal, fresh: true });
        output.tell({ event: "model_verified", id, whole: true }, `${id}  whole`);
      } catch (thrown) {
        whole = false;
        const body = toCoreError(thrown).toBody();
        output.tell({ event: "model_verified", id, whole: false, ...body }, `${id}  ${body.code}: ${body.message}`);
      }
    }
  } finally {
    interrupt.release();
  }
  return whole;
}

/** `genga models import FOLDER_OR_ZIP` */
export async function importModel(config: Config, source: string, replace: boolean, output: Output): Promise<void> {
  const interrupt = interruptSignal();
  try {
    const bundle = await importBundle(source, {
      folder: config.paths.bundles,
      cache_folder: config.paths.cache,
      replace,
      signal: interrupt.signal,
      onPlan: ({ files, bytes }) =>
        output.tell({ event: "import_plan", files, bytes }, `${files} files, ${megabytes(bytes)}`),
    });
    output.tell(
      { event: "imported", id: bundle.manifest.id, manifest_sha256: bundle.manifest_sha256 },
      `${bundle.manifest.id} is ready. A running core sees it after a restart.`,
    );
  } finally {
    interrupt.release();
  }
}

/** What the servers of a running core offer; nothing when no core runs, since only it knows them. */
async function remoteBundles(config: Config): Promise<BundleSummary[]> {
  const address = await findCore(config.paths.home);
  if (address === undefined) return [];
  const client = await connectCore(address, { name: "genga-cli", version: VERSION });
  try {
    return (client.welcome?.capabilities.bundles ?? []).filter(({ backend }) => backend !== undefined);
  } finally {
    client.close();
  }
}

async function open(config: Config): Promise<Registry> {
  return await openRegistry({
    folders: config.bundle_folders,
    cache_folder: config.paths.cache,
    // A broken bundle is told in the answer itself.
    logger: createLogger({ level: "silent", prompt_privacy: true }),
  });
}

function verdictOf(bundle: Bundle, { policy, allow_list }: Config): { allowed: boolean; refusal?: string } {
  try {
    admitBundle(bundle, {
      mode: policy,
      allow_list: allow_list === undefined ? new Set() : parseAllowList(readFileSync(allow_list, "utf8")),
    });
    return { allowed: true };
  } catch (thrown) {
    const error = toCoreError(thrown);
    if (error.code !== "POLICY_REFUSED") throw error;
    return { allowed: false, refusal: error.message };
  }
}

function factsOf({ manifest, manifest_sha256 }: Bundle) {
  return {
    id: manifest.id,
    name: manifest.name,
    version: manifest.version,
    task: manifest.task,
    purpose: manifest.purpose,
    licence: manifest.licence.spdx,
    declared: manifest.training_data !== "undeclared",
    manifest_sha256,
    size: bundleFiles(manifest).reduce((sum, file) => sum + (file.size ?? 0), 0),
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`;
}
