import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { connectCore, findCore } from "../client/connect.ts";
import type { Config } from "../config.ts";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import type { Verification } from "../protocol/record.ts";
import { openKeys } from "../provenance/keys.ts";
import { MerkleLog } from "../provenance/merkle-log.ts";
import { PictureIndex } from "../provenance/picture-index.ts";
import { type VerifyContext, verify } from "../provenance/verify.ts";
import { verifyFile } from "../provenance/verify-file.ts";
import { openStore } from "../store.ts";
import { VERSION } from "../version.ts";
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
 * Opens what this machine can judge by: its keys, its log. The log belongs to the core that runs, if one does; it is then asked for
 * files that carry no credential. On a machine that never ran a core nothing is made.
 */
async function openVerifier(
  config: Config,
  trust: string[],
): Promise<{ verify: VerifyBytes; close: () => Promise<void> }> {
  const extra = await Promise.all(
    trust.map(async (file) => Buffer.from((await readInput(file)).bytes).toString("utf8")),
  );
  const { keys: keysFolder, store: storeFolder, home } = config.paths;
  if (!existsSync(keysFolder)) return bind({ trust_anchors: extra.join("\n") });
  const keys = await openKeys({
    folder: keysFolder,
    ...(config.signing_cert === undefined ? {} : { signing_cert: config.signing_cert }),
    ...(config.signing_key === undefined ? {} : { signing_key: config.signing_key }),
    now: new Date(),
  });
  const context: VerifyContext = {
    trust_anchors: [keys.trust_anchors, ...extra].filter((pem) => pem !== "").join("\n"),
  };
  const running = await findCore(home);
  if (running !== undefined) {
    const client = await connectCore(running, { name: "genga-cli", version: VERSION });
    const { verify: judge } = bind(context);
    return {
      verify: async (bytes, mime, sidecar) => {
        const verification = await judge(bytes, mime, sidecar);
        if (verification.state !== "unsigned") return verification;
        const { sha256 } = await client.putAsset(bytes, mime);
        return (await client.call({ type: "verify", sha256 }, "verified")).verification;
      },
      close: async () => client.close(),
    };
  }
  if (!existsSync(storeFolder)) return bind(context);
  const store = openStore(storeFolder);
  const log = new MerkleLog(store, keys.checkpoint);
  return bind({ ...context, log, pictures: new PictureIndex(log) }, () => store.close());
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
  const { record } = found;
  const lines = [file, `  ${found.state}: ${STATES[found.state]}`];
  if (found.issuer !== undefined) lines.push(`  issuer    ${found.issuer}`);
  if (record !== undefined) {
    const prompt = typeof record.params.prompt === "string" ? record.params.prompt : "";
    lines.push(
      `  made      ${record.created} by ${record.software} for ${record.who.client}${record.who.user === undefined ? "" : ` (${record.who.user})`}`,
    );
    lines.push(`  prompt    ${prompt}  (seed ${record.seed})`);
    for (const model of record.models) {
      const data = model.training_data;
      const trained =
        data === "undeclared"
          ? "training data undeclared"
          : data.length === 0
            ? "trained on nothing"
            : `trained on ${data.map((set) => `${set.name} (${set.licence})`).join(", ")}`;
      lines.push(`  model     ${model.name} ${model.version}, ${model.licence.spdx}, ${trained}`);
    }
    for (const input of record.inputs) {
      lines.push(`  input     ${input.role}  ${input.name ?? input.sha256.slice(0, 12)}  (${input.credential})`);
    }
  }
  if (found.log !== undefined) lines.push(`  log       entry ${found.log.index} of ${found.log.tree_size}`);
  for (const { code, explanation } of found.problems) lines.push(`  problem   ${code}: ${explanation}`);
  return lines.join("\n");
}
