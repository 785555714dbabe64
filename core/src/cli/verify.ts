import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config.ts";
import { createLogger } from "../logger.ts";
import { openProvenanceFor } from "../open-provenance-for.ts";
import { describeTraining } from "../protocol/describe-training.ts";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import { promptsOf } from "../protocol/prompts-of.ts";
import type { DeclaredModel, GenerationRecord } from "../protocol/record.ts";
import type { Verification } from "../protocol/verification.ts";
import { PictureIndex } from "../provenance/picture-index.ts";
import { type VerifyContext, verify } from "../provenance/verify.ts";
import { verifyFile } from "../provenance/verify-file.ts";
import { describeMeshOrigin, describeMeshShape, describeTexture } from "./describe-mesh.ts";
import type { Output } from "./output.ts";
import { readInput } from "./read-input.ts";

type VerifyBytes = (bytes: Uint8Array, mime: string, sidecar?: Uint8Array) => Promise<Verification>;

/** `genga verify FILE…` @returns whether all files are trusted or valid */
export async function verifyFiles(config: Config, paths: string[], trust: string[], output: Output): Promise<boolean> {
  const files = (await Promise.all(paths.map(filesOf))).flat();
  const verifier = await openVerifier(config, trust);
  let good = true;
  try {
    for (const file of files) {
      try {
        const verification = await verifyFile(file, verifier.verify);
        good &&= verification.state === "trusted" || verification.state === "valid";
        output.tell({ event: "verified", file, ...verification }, describe(file, verification));
      } catch (thrown) {
        good = false;
        const body = toCoreError(thrown).toBody();
        output.tell({ event: "verified", file, state: "unreadable", error: body }, `${file}\n  ${body.message}`);
      }
    }
  } finally {
    await verifier.close();
  }
  return good;
}

/** Gives the file, or the files of a folder that may carry a credential: all but the sidecars, which belong to theirs. */
async function filesOf(path: string): Promise<string[]> {
  const kind = await stat(path).catch((cause: unknown) => {
    throw new CoreError("INVALID_REQUEST", `There is no ${path}.`, { remedy: "Check the path.", cause });
  });
  if (!kind.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".c2pa") && !entry.name.startsWith("."))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * Opens what this machine can judge by: its keys and its log, which may be read while a core runs. On a machine that never ran a core
 * nothing is made, and only the certificates named on the command line are trusted.
 */
async function openVerifier(
  config: Config,
  trust: string[],
): Promise<{ verify: VerifyBytes; close: () => Promise<void> }> {
  const extra = await Promise.all(
    trust.map(async (file) => Buffer.from((await readInput(file)).bytes).toString("utf8")),
  );
  if (!existsSync(config.paths.keys)) return bind({ trust_anchors: extra.join("\n") });
  const logger = createLogger({ level: "silent", prompt_privacy: true });
  const provenance = await openProvenanceFor(config, logger);
  const trust_anchors = [provenance.trust_anchors, ...extra].filter((pem) => pem !== "").join("\n");
  const { log } = provenance;
  return bind({ trust_anchors, log, pictures: new PictureIndex(log) }, () => provenance.close());
}

function bind(context: VerifyContext, close: () => Promise<void> = async () => {}) {
  const judge: VerifyBytes = (bytes, mime, sidecar) => verify(bytes, mime, sidecar, context);
  return { verify: judge, close };
}

const STATES: Record<Verification["state"], string> = {
  trusted: "as signed, by an issuer trusted here",
  valid: "as signed, by an issuer not among those trusted here",
  tampered: "CHANGED after it was signed",
  known: "no credential left, but known to this machine's log",
  unsigned: "no credential, and nothing known of it",
};

function describe(file: string, found: Verification): string {
  const { record, signing } = found;
  const lines = [file, `  ${found.state}: ${STATES[found.state]}`];
  if (found.issuer !== undefined) lines.push(`  issuer    ${found.issuer}`);
  if (record !== undefined) {
    lines.push(
      `  made      ${record.created} by ${record.software} for ${record.who.client}${record.who.user === undefined ? "" : ` (${record.who.user})`}`,
    );
    const prompts = promptsOf(record.params);
    if (prompts.length > 0) lines.push(`  prompt    ${prompts.join(", then ")}  (seed ${record.seed})`);
    lines.push(...originLines(record), ...meshLines(record));
    for (const model of record.models) {
      lines.push(
        `  model     ${model.name} ${model.version}, ${model.licence.spdx}, ${describeTraining(model.training_data)}`,
      );
    }
    if (record.backend !== undefined) {
      lines.push(`  with      ${record.backend.name} ${record.backend.version} (server ${record.backend.server})`);
      lines.push(...record.backend.models.map(describeModel));
    }
    for (const input of record.inputs) {
      lines.push(`  input     ${input.role}  ${input.name ?? input.sha256.slice(0, 12)}  (${input.credential})`);
    }
  }
  if (signing !== undefined) {
    const { declared_by, software_agent } = signing;
    lines.push(
      `  declared  ${signing.created} by ${declared_by.client}${declared_by.user === undefined ? "" : ` (${declared_by.user})`}`,
      `  actions   ${signing.actions.map(({ action, digital_source_type: type }) => (type === undefined ? action : `${action} (${type})`)).join(", ")}${software_agent === undefined ? "" : `, with ${[software_agent.name, software_agent.version].filter((part) => part !== undefined).join(" ")}`}`,
    );
    lines.push(...signing.models.map(describeModel));
    for (const { relationship, role, name, sha256, credential } of signing.ingredients) {
      lines.push(`  ${relationship.padEnd(9)} ${role ?? ""}  ${name ?? sha256.slice(0, 12)}  (${credential})`);
    }
  }
  if (found.log !== undefined) lines.push(`  log       entry ${found.log.index} of ${found.log.tree_size}`);
  for (const { code, explanation } of found.problems) lines.push(`  problem   ${code}: ${explanation}`);
  return lines.join("\n");
}

/** Clips that a line names; of more, their number is told. */
const CLIPS_NAMED = 3;

/** What each segment of a motion was made of. */
function originLines({ motion }: GenerationRecord): string[] {
  return (motion?.origin ?? []).map(({ segment, kind, clips }) => {
    const named = clips.slice(0, CLIPS_NAMED).map(({ id, licence, source }) => `${id} (${licence}, ${source})`);
    const more = clips.length > CLIPS_NAMED ? [`${clips.length - CLIPS_NAMED} more`] : [];
    return `  segment ${String(segment + 1).padEnd(2)} ${kind}${clips.length === 0 ? "" : ` from ${[...named, ...more].join(", ")}`}`;
  });
}

/** What a mesh came from and holds, or how it was painted. */
function meshLines({ mesh, texture }: GenerationRecord): string[] {
  return [
    ...(mesh === undefined
      ? []
      : [`  source    ${describeMeshOrigin(mesh)}`, `  mesh      ${describeMeshShape(mesh)}`]),
    ...(texture === undefined ? [] : [`  painted   ${describeTexture(texture)}`]),
  ];
}

function describeModel({ name, role, sha256, licence, training_data }: DeclaredModel): string {
  const hash = sha256 === undefined ? "no hash" : `${sha256.slice(0, 12)}…`;
  return `  model     ${role}  ${name}, ${hash}, ${licence?.spdx ?? "licence undeclared"}, ${describeTraining(training_data)}`;
}
