import type { SigningAlgorithm, SigningCredential } from "./signing-credential.ts";

/** COSE algorithm numbers (RFC 9053 §2, RFC 8230 §2). */
const COSE_ALGORITHM: Record<SigningAlgorithm, number> = { es256: -7, es384: -35, es512: -36, ps256: -37, ed25519: -8 };
/** Protected header labels: alg (RFC 9052 §3.1), x5chain (RFC 9360 §2). */
const ALG = 1;
const X5CHAIN = 33;
const SIGNATURE_BYTES = 512;

/** Bytes to reserve in a manifest for {@link signCose}. */
export function coseSize(credential: SigningCredential): number {
  return 1024 + SIGNATURE_BYTES + credential.chain.reduce((sum, certificate) => sum + certificate.length + 8, 0);
}

/**
 * Signs a claim as C2PA wants it (C2PA 2.2 §13.2): COSE_Sign1_Tagged, algorithm and certificate chain in the protected header,
 * detached payload, padded to exactly `size` bytes with the unprotected header `pad`.
 */
export async function signCose(claim: Uint8Array, credential: SigningCredential, size: number): Promise<Uint8Array> {
  const certificates = credential.chain.map(bytesItem);
  const chain = certificates.length === 1 && certificates[0] !== undefined ? certificates[0] : arrayItem(certificates);
  const protectedHeader = mapItem([
    [integerItem(ALG), integerItem(COSE_ALGORITHM[credential.alg])],
    [integerItem(X5CHAIN), chain],
  ]);
  const toBeSigned = arrayItem([
    textItem("Signature1"),
    bytesItem(protectedHeader),
    bytesItem(new Uint8Array()),
    bytesItem(claim),
  ]);
  const signature = await credential.sign(toBeSigned);
  const message = (padding: number) =>
    Buffer.concat([
      Uint8Array.of(0xd2), // tag 18
      arrayItem([
        bytesItem(protectedHeader),
        mapItem([[textItem("pad"), bytesItem(new Uint8Array(padding))]]),
        Uint8Array.of(0xf6), // null: the payload is the claim box
        bytesItem(signature),
      ]),
    ]);
  // A padding of 256 to 65535 bytes has a header of constant length, so one correction hits the size exactly.
  const padding = 256 + size - message(256).length;
  if (padding < 256 || padding > 0xffff) throw new RangeError(`A COSE signature does not fit into ${size} bytes.`);
  return Uint8Array.from(message(padding));
}

// CBOR (RFC 8949 §3), deterministic lengths.

function itemHead(majorType: number, value: number): Uint8Array {
  const type = majorType << 5;
  if (value < 24) return Uint8Array.of(type | value);
  if (value < 0x100) return Uint8Array.of(type | 24, value);
  if (value < 0x1_0000) return Uint8Array.of(type | 25, value >>> 8, value & 0xff);
  return Uint8Array.of(type | 26, value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

function integerItem(value: number): Uint8Array {
  return value < 0 ? itemHead(1, -1 - value) : itemHead(0, value);
}

function bytesItem(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([itemHead(2, bytes.length), bytes]);
}

function textItem(text: string): Uint8Array {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([itemHead(3, bytes.length), bytes]);
}

function arrayItem(items: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([itemHead(4, items.length), ...items]);
}

function mapItem(entries: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array {
  return Buffer.concat([itemHead(5, entries.length), ...entries.flat()]);
}
