import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { beginLogAnew } from "../begin-log-anew.ts";
import { findCore } from "../client/connect.ts";
import type { Config } from "../config.ts";
import { createLogger } from "../logger.ts";
import { openProvenanceFor } from "../open-provenance-for.ts";
import { CoreError } from "../protocol/errors.ts";
import { openCheckpoint } from "../provenance/checkpoint.ts";
import type { MerkleLog } from "../provenance/merkle-log.ts";
import type { OpenProvenance } from "../provenance/open-provenance.ts";
import type { Output } from "./output.ts";
import { readInput } from "./read-input.ts";
import { saveFile } from "./save-output.ts";

/** `genga log verify` @returns whether the log is as it was signed, and only grew since the given checkpoint */
export async function verifyLog(config: Config, since: string | undefined, output: Output): Promise<boolean> {
  return withLog(config, async ({ log, audited }) => {
    const { size, fault } = await audited;
    const grown = since === undefined || fault !== undefined ? undefined : await compare(log, since);
    const root_hash = fault === undefined ? hex(log.rootAt(size)) : undefined;
    const { beginning } = log;
    const problem = fault ?? grown;
    output.tell(
      {
        event: "log_verified",
        ok: problem === undefined,
        size,
        checkpoint: log.checkpoint,
        verifier: log.verifierKey,
        ...(root_hash === undefined ? {} : { root_hash }),
        ...(problem === undefined ? {} : { problem }),
        ...(beginning === undefined ? {} : { beginning }),
      },
      [
        problem === undefined ? "The log is as it was signed." : `THE LOG WAS ALTERED: ${problem}`,
        `  entries   ${size}`,
        ...(root_hash === undefined ? [] : [`  root      ${root_hash}`]),
        `  verifier  ${log.verifierKey}`,
        ...(beginning === undefined
          ? []
          : [`  begun     ${beginning.created} in place of ${beginning.previous.archive}: ${beginning.reason}`]),
        ...(problem === undefined
          ? []
          : ["Restore the folder `provenance` from a backup, or run `genga log begin-anew --reason …`."]),
      ].join("\n"),
    );
    return problem === undefined;
  });
}

/** `genga log checkpoint --out FILE` */
export async function saveCheckpoint(config: Config, out: string, output: Output): Promise<void> {
  await withLog(config, async ({ log, audited }) => {
    refuseAltered((await audited).fault);
    await saveFile(out, Buffer.from(log.checkpoint, "utf8"));
    output.tell(
      { event: "checkpoint_saved", file: out, size: log.size, verifier: log.verifierKey },
      `${out}: ${log.size} entries. Keep it elsewhere; \`genga log verify --since ${out}\` compares the log with it.`,
    );
  });
}

/** `genga log prove FILE --out PROOF.json` */
export async function proveFile(config: Config, file: string, out: string, output: Output): Promise<void> {
  const { bytes } = await readInput(file);
  const asset_sha256 = createHash("sha256").update(bytes).digest("hex");
  await withLog(config, async ({ log }) => {
    const index = log.find(asset_sha256);
    refuseAltered(log.fault);
    const entry = index === undefined ? undefined : log.entry(index);
    const leaf = index === undefined ? undefined : log.leafData(index);
    if (index === undefined || entry === undefined || leaf === undefined) {
      throw new CoreError("ASSET_NOT_FOUND", `The log holds no entry of ${file} (SHA-256 ${asset_sha256}).`, {
        remedy: "Give the file as it was handed out; `genga verify` finds copies that were saved again.",
      });
    }
    const proof = {
      format: "genga.log-proof.v1",
      asset_sha256,
      leaf: leaf.toString("utf8"),
      ...entry,
      proof: log.proveInclusion(index, entry.tree_size).map(hex),
      checkpoint: log.checkpoint,
      verifier: log.verifierKey,
    };
    await saveFile(out, Buffer.from(`${JSON.stringify(proof, null, 2)}\n`, "utf8"));
    output.tell(
      { event: "proof_saved", file: out, index, tree_size: entry.tree_size },
      `${out}: ${file} is entry ${index} of ${entry.tree_size}.`,
    );
  });
}

/** `genga log begin-anew --reason …` */
export async function beginAnew(config: Config, reason: string, output: Output): Promise<void> {
  if ((await findCore(config.paths.home)) !== undefined) {
    throw new CoreError("INVALID_REQUEST", "A core runs for this GENGA_HOME and holds its log.", {
      remedy: "Stop the core, then run this again.",
    });
  }
  const { previous, archive_folder } = await beginLogAnew(config, { reason, now: new Date() });
  output.tell(
    { event: "log_begun_anew", archive_folder, previous },
    `The log of ${previous.size} entries lies in ${archive_folder}. Another one is begun; its first entry names it.`,
  );
}

/** Says in words what speaks against the log having only grown since a checkpoint; undefined if nothing does. */
async function compare(log: MerkleLog, since: string): Promise<string | undefined> {
  const checkpoint = openCheckpoint(Buffer.from((await readInput(since)).bytes).toString("utf8"), log.verifierKey);
  if (checkpoint === undefined) {
    throw new CoreError("INVALID_REQUEST", `${since} is no checkpoint signed by this core's log.`, {
      remedy: "Give a file that `genga log checkpoint` of this GENGA_HOME saved.",
    });
  }
  if (checkpoint.size > log.size) return `It has ${log.size} entries; the checkpoint speaks of ${checkpoint.size}.`;
  const isSame = Buffer.from(log.rootAt(checkpoint.size)).equals(checkpoint.root);
  return isSame ? undefined : `Its first ${checkpoint.size} entries are not those that the checkpoint speaks of.`;
}

async function withLog<T>(config: Config, use: (provenance: OpenProvenance) => Promise<T>): Promise<T> {
  if (!existsSync(join(config.paths.provenance, "log.mdb"))) {
    throw new CoreError("INVALID_REQUEST", "This GENGA_HOME has no log yet.", {
      remedy: "It begins with the first start of a core; is GENGA_HOME the right folder?",
    });
  }
  const provenance = await openProvenanceFor(config, createLogger({ level: "silent", prompt_privacy: true }));
  try {
    return await use(provenance);
  } finally {
    await provenance.close();
  }
}

function refuseAltered(fault: string | undefined): void {
  if (fault === undefined) return;
  throw new CoreError("SIGNING_FAILED", `The provenance log was altered: ${fault}`, {
    remedy: "Restore the folder `provenance` from a backup, or run `genga log begin-anew --reason …`.",
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
