import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";

/** Size and root of the log at one moment. */
export interface Checkpoint {
  /** Name of the log. */
  origin: string;
  size: number;
  root: Uint8Array;
}

/** Key that signs the log's checkpoints. */
export interface CheckpointKey {
  readonly origin: string;
  readonly privateKey: KeyObject;
  /** Verifier key, `<origin>+<key id>+<base64>`: what a studio needs to check a checkpoint. */
  readonly verifierKey: string;
}

/** Ed25519 in C2SP signed-note. */
const ED25519 = 1;

/**
 * Makes the checkpoint key of a log from an Ed25519 private key, PEM (PKCS #8). The log is named after the key.
 * Key id: first 4 bytes of SHA-256(name || 0x0A || 0x01 || public key) (C2SP signed-note).
 */
export function checkpointKey(privateKeyPem: string): CheckpointKey {
  const privateKey = createPrivateKey(privateKeyPem);
  const publicKey = rawPublicKey(createPublicKey(privateKey));
  const encoded = Buffer.concat([Uint8Array.of(ED25519), publicKey]);
  const origin = `genga.local/${createHash("sha256").update(publicKey).digest("hex").slice(0, 16)}`;
  return {
    origin,
    privateKey,
    verifierKey: `${origin}+${keyId(origin, encoded).toString("hex")}+${encoded.toString("base64")}`,
  };
}

/** Signs a checkpoint: C2SP tlog-checkpoint in a signed note, three lines and a signature line. */
export function signCheckpoint(size: number, root: Uint8Array, key: CheckpointKey): string {
  const body = `${key.origin}\n${size}\n${Buffer.from(root).toString("base64")}\n`;
  const { id } = parseVerifierKey(key.verifierKey);
  const signature = Buffer.concat([id, sign(null, Buffer.from(body, "utf8"), key.privateKey)]);
  return `${body}\n\u2014 ${key.origin} ${signature.toString("base64")}\n`;
}

/** Gives the checkpoint in a signed note, or undefined if it has no signature of this key, or the signature is wrong. */
export function openCheckpoint(note: string, verifierKey: string): Checkpoint | undefined {
  const split = note.indexOf("\n\n");
  if (split < 0) return undefined;
  const body = note.slice(0, split + 1);
  const [origin, sizeText, rootText] = body.split("\n");
  const { name, id, publicKey } = parseVerifierKey(verifierKey);
  if (origin !== name || sizeText === undefined || rootText === undefined || !/^(0|[1-9]\d{0,15})$/.test(sizeText))
    return undefined;
  const root = Buffer.from(rootText, "base64");
  if (root.length !== 32) return undefined;
  for (const line of note.slice(split + 2).split("\n")) {
    const match = /^\u2014 (\S+) (\S+)$/.exec(line);
    if (match?.[1] !== name) continue;
    const signature = Buffer.from(match[2] ?? "", "base64");
    if (!signature.subarray(0, 4).equals(id)) continue;
    if (verify(null, Buffer.from(body, "utf8"), publicKey, signature.subarray(4)))
      return { origin, size: Number(sizeText), root };
  }
  return undefined;
}

function parseVerifierKey(verifierKey: string): { name: string; id: Buffer; publicKey: KeyObject } {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(verifierKey);
  const encoded = Buffer.from(match?.[3] ?? "", "base64");
  if (match?.[1] === undefined || encoded.length !== 33 || encoded[0] !== ED25519) {
    throw new RangeError(`Not an Ed25519 verifier key: "${verifierKey}"; expected <name>+<8 hex digits>+<base64>.`);
  }
  const x = encoded.subarray(1).toString("base64url");
  return {
    name: match[1],
    id: keyId(match[1], encoded),
    publicKey: createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }),
  };
}

function keyId(name: string, encodedKey: Uint8Array): Buffer {
  return createHash("sha256").update(`${name}\n`).update(encodedKey).digest().subarray(0, 4);
}

function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url");
}
