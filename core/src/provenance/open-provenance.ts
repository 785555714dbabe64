import { readFile } from "node:fs/promises";
import type { RootDatabase } from "lmdb";
import type { Logger } from "../logger.ts";
import { CoreError } from "../protocol/errors.ts";
import { admitDeclaredModels } from "./declared-models.ts";
import { openKeys } from "./keys.ts";
import { admitLibraryModel } from "./library-models.ts";
import { loadSigner } from "./load-signer.ts";
import { MerkleLog } from "./merkle-log.ts";
import { PictureIndex } from "./picture-index.ts";
import { admitBundle, parseAllowList } from "./policy.ts";
import type { Provenance } from "./provenance.ts";
import { seal } from "./seal.ts";
import { signFile } from "./sign-file.ts";
import type { Signer } from "./signer.ts";
import type { SigningCredential } from "./signing-credential.ts";
import { verify } from "./verify.ts";

/** Options of {@link openProvenance}. */
export interface ProvenanceOptions {
  /** Store in which the log lies. The caller opens and closes it. */
  store: RootDatabase;
  /** Folder `keys` of GENGA_HOME. */
  keys_folder: string;
  policy: Provenance["policy"];
  /** File with the hashes that `strict` allows. */
  allow_list?: string;
  prompt_privacy: boolean;
  signing_cert?: string;
  signing_key?: string;
  /** Credential whose key lies outside this process: HSM, KMS, a signing service. Wins over files. */
  credential?: SigningCredential;
  /** Signer to use; absent = the best for this machine, loaded at first use. */
  signer?: Signer;
  /** Clock for certificates. */
  now: () => Date;
  logger?: Pick<Logger, "info" | "error">;
}

/** Provenance with what the command line hands out: roots, checkpoints, proofs. */
export interface OpenProvenance extends Provenance {
  readonly log: MerkleLog;
  /** PEM of the root that recipients must trust; absent when the studio's own keys sign. */
  readonly root_pem: string | undefined;
  /** PEM of everything that this core trusts. */
  readonly trust_anchors: string;
  /** Settles when the audit of the log that runs after opening has ended. */
  readonly audited: Promise<{ size: number; fault?: string }>;
}

/**
 * Opens the producer's side of the core: keys (made at first start), policy, log. Code for signing and verifying loads at first use.
 *
 * An altered log is said at once as an error; nothing is sealed until it is put right.
 *
 * @throws CoreError CREDENTIAL_INVALID, CONFIG_INVALID
 */
export async function openProvenance(options: ProvenanceOptions): Promise<OpenProvenance> {
  const { logger } = options;
  const { credential, root_pem, trust_anchors, checkpoint } = await openKeys({
    folder: options.keys_folder,
    now: options.now(),
    ...(options.signing_cert === undefined ? {} : { signing_cert: options.signing_cert }),
    ...(options.signing_key === undefined ? {} : { signing_key: options.signing_key }),
    ...(options.credential === undefined ? {} : { credential: options.credential }),
    ...(logger === undefined ? {} : { logger }),
  });
  const policy = { mode: options.policy, allow_list: await readAllowList(options) };
  const log = new MerkleLog(options.store, checkpoint);
  const pictures = new PictureIndex(log);
  const closing = new AbortController();
  const audited = log.audit({ signal: closing.signal }).then(
    (result) => {
      if (result.fault !== undefined) {
        logger?.error(
          { log_size: result.size },
          `THE PROVENANCE LOG WAS ALTERED: ${result.fault} Nothing is signed until it is restored.`,
        );
      }
      return result;
    },
    (error: unknown) => {
      if (closing.signal.aborted) return { size: log.size };
      throw error;
    },
  );
  audited.catch((error: unknown) => logger?.error({ err: error }, "the audit of the provenance log could not run"));

  let signer = options.signer === undefined ? undefined : Promise.resolve(options.signer);
  const context = { trust_anchors, log, pictures };
  return {
    policy: options.policy,
    prompt_privacy: options.prompt_privacy,
    log,
    root_pem,
    trust_anchors,
    audited,
    admit: (bundle) => admitBundle(bundle, policy),
    admitDeclared: (models) => admitDeclaredModels(models, policy),
    admitLibraryModel: (model) => admitLibraryModel(model, policy),
    inspect: async (bytes, mime) => (await verify(bytes, mime, undefined, context)).state,
    seal: async (request) => {
      signer ??= loadSigner(logger);
      return seal(request, { signer: await signer, credential, log, prompt_privacy: options.prompt_privacy });
    },
    signFile: async (request) => {
      signer ??= loadSigner(logger);
      return signFile(request, { signer: await signer, credential, log });
    },
    verify: (bytes, mime, sidecar) => verify(bytes, mime, sidecar, context),
    close: async () => {
      closing.abort();
      await audited.catch(() => undefined);
    },
  };
}

async function readAllowList({ policy, allow_list }: ProvenanceOptions): Promise<ReadonlySet<string>> {
  if (allow_list === undefined) return new Set();
  try {
    return parseAllowList(await readFile(allow_list, "utf8"));
  } catch (cause) {
    if (cause instanceof CoreError) throw cause;
    if (policy !== "strict") return new Set();
    throw new CoreError("CONFIG_INVALID", "The file of the setting allow_list cannot be read.", {
      remedy: "Correct allow_list: one SHA-256 of a bundle.json a line.",
      cause,
    });
  }
}
