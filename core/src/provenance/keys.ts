import { createHash, generateKeyPairSync, randomUUID, X509Certificate } from "node:crypto";
import { constants, copyFile, link, open, readdir, readFile, rename, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import type { Logger } from "../logger.ts";
import { makeFolder } from "../make-folder.ts";
import { CoreError } from "../protocol/errors.ts";
import { type CheckpointKey, checkpointKey } from "./checkpoint.ts";
import type { KeyPem } from "./local-keys.ts";
import { credentialFromPem, type SigningCredential, splitPem } from "./signing-credential.ts";

/** Options of {@link openKeys}. */
export interface KeyOptions {
  /** Folder `keys` of GENGA_HOME. */
  folder: string;
  /** PEM file with a studio's own chain, leaf first, and one with its key. Both or none. */
  signing_cert?: string;
  signing_key?: string;
  /** Credential whose key lies outside this process; wins over files. */
  credential?: SigningCredential;
  now: Date;
  logger?: Pick<Logger, "info">;
}

/** Keys of one core. */
export interface Keys {
  readonly credential: SigningCredential;
  /** PEM of the root that a recipient must trust; absent when the studio's own keys sign. */
  readonly root_pem: string | undefined;
  /** PEM of all certificates that this core trusts: its root, and what lies in `keys/trusted/`. */
  readonly trust_anchors: string;
  readonly checkpoint: CheckpointKey;
}

const YEAR_MS = 365.25 * 24 * 3600 * 1000;
/** A certificate with less time left is renewed, so that every file can be verified for at least so long without a time stamp. */
const RENEW_BELOW_YEARS = 10;

/**
 * Opens the keys of a core. At first start it makes a certificate authority, a signing certificate and the log's key; private keys
 * are readable by their owner only, each beside its certificate in one file, so that a crash cannot part them.
 *
 * `authority.pem`, `signer.pem`: key and certificate. `root.pem`: the authority's certificate alone, to hand out. `log.pem`: key of
 * the log. `trusted/*.pem`: certificates to trust beside our own.
 *
 * @throws CoreError CREDENTIAL_INVALID
 */
export async function openKeys(options: KeyOptions): Promise<Keys> {
  const { folder, now } = options;
  makeFolder(join(folder, "trusted"), 0o700);
  const checkpoint = await openCheckpointKey(folder);
  const own = await ownCredential(options);
  const local = own === undefined ? await localCredential(folder, now, options.logger) : undefined;
  const credential = own ?? local?.credential;
  if (credential === undefined) throw new CoreError("INTERNAL", "There is no signing credential.");
  const trusted = await trustedCertificates(folder);
  const trust_anchors = [local?.root_pem ?? "", ...trusted].filter((pem) => pem !== "").join("\n");
  return { credential, root_pem: local?.root_pem, trust_anchors, checkpoint };
}

async function ownCredential(options: KeyOptions): Promise<SigningCredential | undefined> {
  if (options.credential !== undefined) return options.credential;
  if (options.signing_cert === undefined || options.signing_key === undefined) return undefined;
  const chain = await readCredentialFile(options.signing_cert, "signing_cert");
  const key = await readCredentialFile(options.signing_key, "signing_key");
  // Loaded here only: parsing X.509 costs 0.2 s at start.
  const { checkCredential } = await import("./check-credential.ts");
  return checkCredential(chain, key, options.now);
}

async function readCredentialFile(path: string, setting: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown fault";
    throw new CoreError("CREDENTIAL_INVALID", `The file of the setting ${setting} cannot be read (${why}).`, {
      remedy: `Correct ${setting}, or leave signing_cert and signing_key out to sign with keys of this core's own.`,
      data: { problems: [{ fact: "FILE_UNREADABLE", explanation: why }] },
      cause,
    });
  }
}

async function localCredential(
  folder: string,
  now: Date,
  logger: KeyOptions["logger"],
): Promise<{ credential: SigningCredential; root_pem: string }> {
  const authorityFile = join(folder, "authority.pem");
  const signerFile = join(folder, "signer.pem");
  const name = `Genga ${hostname()}`.slice(0, 50);

  let authority = await readKeyPem(authorityFile);
  if (authority !== undefined && yearsLeft(authority, now) < RENEW_BELOW_YEARS) {
    // Files that the old authority vouches for must stay trusted.
    await writeAtomic(join(folder, "trusted", `root-${fingerprint(authority)}.pem`), authority.certificate, 0o644);
    const { makeRoot } = await import("./local-keys.ts");
    await writeAtomic(authorityFile, textOf(await makeRoot(name, now)), 0o600);
    logger?.info("made another local certificate authority, since the old one nears its end; export its root again");
    authority = await readKeyPem(authorityFile);
  }
  if (authority === undefined) {
    const { makeRoot } = await import("./local-keys.ts");
    if (await createExclusive(authorityFile, textOf(await makeRoot(name, now)))) {
      logger?.info("made a local certificate authority; `genga trust export` gives its root to those who verify");
    }
    authority = await readKeyPem(authorityFile);
  }
  if (authority === undefined) throw damaged("authority.pem");
  await writeIfDifferent(join(folder, "root.pem"), authority.certificate);

  const root = new X509Certificate(authority.certificate);
  const isUsable = (leaf: KeyPem) =>
    yearsLeft(leaf, now) >= RENEW_BELOW_YEARS && new X509Certificate(leaf.certificate).verify(root.publicKey);
  let leaf = await readKeyPem(signerFile);
  if (leaf === undefined || !isUsable(leaf)) {
    const { makeLeaf } = await import("./local-keys.ts");
    const made = textOf(await makeLeaf(name, authority, now));
    if (leaf === undefined) await createExclusive(signerFile, made);
    else await writeAtomic(signerFile, made, 0o600);
    logger?.info(leaf === undefined ? "made a signing certificate" : "renewed the signing certificate");
    leaf = await readKeyPem(signerFile);
  }
  if (leaf === undefined) throw damaged("signer.pem");
  return { credential: credentialFromPem(leaf.certificate, leaf.private_key), root_pem: authority.certificate };
}

/** Opens the key of the log in the folder `keys`; makes it at first start. @throws CoreError CREDENTIAL_INVALID */
export async function openCheckpointKey(folder: string): Promise<CheckpointKey> {
  const file = join(folder, "log.pem");
  const read = () => readFile(file, "utf8").catch(ignoreMissing);
  let pem = await read();
  if (pem === undefined) {
    await createExclusive(
      file,
      generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    );
    pem = await read();
  }
  if (pem === undefined) throw damaged("log.pem");
  const key = checkpointKey(pem);
  await writeIfDifferent(join(folder, "log.verifier"), `${key.verifierKey}\n`);
  return key;
}

async function trustedCertificates(folder: string): Promise<string[]> {
  const names = (await readdir(join(folder, "trusted"))).filter((name) => name.endsWith(".pem")).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, "trusted", name), "utf8")));
  return texts.flatMap((text, index) => {
    try {
      return splitPem(text).map((pem) => new X509Certificate(pem).toString());
    } catch (cause) {
      throw new CoreError(
        "CREDENTIAL_INVALID",
        `keys/trusted/${names[index]} holds a block that is no X.509 certificate.`,
        {
          remedy: "Correct the file or take it away.",
          cause,
        },
      );
    }
  });
}

async function readKeyPem(file: string): Promise<KeyPem | undefined> {
  const text = await readFile(file, "utf8").catch(ignoreMissing);
  if (text === undefined) return undefined;
  const [certificate] = splitPem(text);
  const [private_key] = text.match(/-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/) ?? [];
  if (certificate === undefined || private_key === undefined) throw damaged(basename(file));
  return { certificate: `${certificate}\n`, private_key: `${private_key}\n` };
}

function damaged(name: string): CoreError {
  return new CoreError(
    "CREDENTIAL_INVALID",
    `keys/${name} is damaged; expected a certificate and its private key, PEM.`,
    {
      remedy: `Restore it from a backup. Or take it away: the core makes another, and those who verify need its root.`,
    },
  );
}

function textOf({ private_key, certificate }: KeyPem): string {
  return `${private_key}${certificate}`;
}

function yearsLeft(pem: KeyPem, now: Date): number {
  return (new Date(new X509Certificate(pem.certificate).validTo).getTime() - now.getTime()) / YEAR_MS;
}

function fingerprint(pem: KeyPem): string {
  return createHash("sha256").update(new X509Certificate(pem.certificate).raw).digest("hex").slice(0, 16);
}

/** Puts a private file in place unless another process was first; says whether it did. */
async function createExclusive(file: string, text: string): Promise<boolean> {
  const temporary = await writeTemporary(file, text, 0o600);
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    await copyFile(temporary, file, constants.COPYFILE_EXCL); // file systems without hard links: exFAT, some network shares
    return true;
  } finally {
    await unlink(temporary);
  }
}

async function writeIfDifferent(file: string, text: string): Promise<void> {
  if ((await readFile(file, "utf8").catch(ignoreMissing)) !== text) await writeAtomic(file, text, 0o644);
}

async function writeAtomic(file: string, text: string, mode: number): Promise<void> {
  await rename(await writeTemporary(file, text, mode), file);
}

async function writeTemporary(file: string, text: string, mode: number): Promise<string> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  const handle = await open(temporary, "wx", mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return temporary;
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
