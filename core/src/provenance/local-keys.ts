import { webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "./x509.ts";

/** PEM texts of a certificate and its private key (PKCS #8). */
export interface KeyPem {
  certificate: string;
  private_key: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const YEAR_MS = 365.25 * 24 * 3600 * 1000;
/** Clocks of other machines may be a little behind. */
const BACKDATE_MS = 24 * 3600 * 1000;
const EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";

/** Years that a certificate authority made here is valid. */
export const ROOT_YEARS = 30;
/**
 * Years that a leaf is valid. Without an RFC 3161 time stamp, verifiers judge a file's certificate by today's date: a leaf of the
 * usual one year would make every file of last year fail.
 */
export const LEAF_YEARS = 20;

/** Makes a certificate authority of this core's own: P-256, self-signed, CA:TRUE, path length 0. */
export async function makeRoot(name: string, now: Date): Promise<KeyPem> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: randomSerial(),
      name: [{ CN: [`${name} root`] }, { O: ["Genga local signing"] }],
      notBefore: new Date(now.getTime() - BACKDATE_MS),
      notAfter: new Date(now.getTime() + ROOT_YEARS * YEAR_MS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return toPem(certificate, keys.privateKey);
}

/**
 * Makes a signing certificate as C2PA 2.2 §14.5.1 wants it: v3, CA:FALSE and digitalSignature critical, extended key usage
 * emailProtection, subject and authority key identifiers, issued by `root`.
 */
export async function makeLeaf(name: string, root: KeyPem, now: Date): Promise<KeyPem> {
  const issuer = new X509Certificate(root.certificate);
  const signingKey = await webcrypto.subtle.importKey("pkcs8", derOf(root.private_key), ALGORITHM, false, ["sign"]);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: randomSerial(),
      subject: [{ CN: [`${name} signer`] }, { O: ["Genga local signing"] }],
      issuer: issuer.subjectName.toJSON(),
      notBefore: new Date(now.getTime() - BACKDATE_MS),
      notAfter: new Date(Math.min(now.getTime() + LEAF_YEARS * YEAR_MS, issuer.notAfter.getTime())),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([EMAIL_PROTECTION]),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return toPem(certificate, keys.privateKey);
}

async function toPem(certificate: X509Certificate, privateKey: webcrypto.CryptoKey): Promise<KeyPem> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", privateKey)).toString("base64");
  const lines = pkcs8.match(/.{1,64}/g) ?? [];
  return {
    certificate: `${certificate.toString("pem").trim()}\n`,
    private_key: `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`,
  };
}

function derOf(pem: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64"));
}

/** 127 random bits: positive, and never the same twice (RFC 5280 §4.1.2.2). */
function randomSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}
