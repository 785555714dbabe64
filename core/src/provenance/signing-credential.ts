import { constants, createPrivateKey, type KeyObject, sign, X509Certificate } from "node:crypto";

/** Signature algorithms of C2PA 2.2 §13.2.1. */
export type SigningAlgorithm = "es256" | "es384" | "es512" | "ps256" | "ed25519";

/**
 * What signs: a certificate chain and a function that may reach a key outside this process (HSM, KMS, a signing service of a
 * farm).
 */
export interface SigningCredential {
  readonly alg: SigningAlgorithm;
  /** DER, leaf first, without the root. */
  readonly chain: readonly Uint8Array[];
  /** Signs bytes. ECDSA signatures are r || s (IEEE P1363), PS256 has a salt of 32 bytes. */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

/** Makes a credential from PEM texts whose key is in this process. Does not check the certificates. */
export function credentialFromPem(chainPem: string, privateKeyPem: string): SigningCredential {
  const chain = splitPem(chainPem).map((pem) => Uint8Array.from(new X509Certificate(pem).raw));
  const key = createPrivateKey(privateKeyPem);
  const alg = algorithmOf(key);
  if (alg === undefined) throw new RangeError(`Keys of type ${describeKey(key)} cannot sign C2PA manifests.`);
  return { alg, chain, sign: async (data) => signWith(key, alg, data) };
}

/** Gives the algorithm that C2PA allows for a key, or undefined if it allows none. */
export function algorithmOf(key: KeyObject): SigningAlgorithm | undefined {
  switch (key.asymmetricKeyType) {
    case "ed25519":
      return "ed25519";
    case "rsa":
    case "rsa-pss":
      return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048 ? "ps256" : undefined;
    case "ec": {
      const curve = key.asymmetricKeyDetails?.namedCurve;
      return curve === "prime256v1"
        ? "es256"
        : curve === "secp384r1"
          ? "es384"
          : curve === "secp521r1"
            ? "es512"
            : undefined;
    }
    default:
      return undefined;
  }
}

/** Describes a key for a message: `ec secp256k1`, `rsa 1024`. */
export function describeKey(key: KeyObject): string {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  return [key.asymmetricKeyType, namedCurve ?? modulusLength].filter((part) => part !== undefined).join(" ");
}

/** Gives the PEM blocks of certificates in a text. */
export function splitPem(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function signWith(key: KeyObject, alg: SigningAlgorithm, data: Uint8Array): Uint8Array {
  switch (alg) {
    case "ed25519":
      return sign(null, data, key);
    case "ps256":
      return sign("sha256", data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
    case "es256":
    case "es384":
    case "es512":
      return sign(`sha${alg.slice(2)}`, data, { key, dsaEncoding: "ieee-p1363" });
  }
}
