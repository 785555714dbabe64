import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { CoreError } from "../protocol/errors.ts";
import { algorithmOf, credentialFromPem, describeKey, type SigningCredential, splitPem } from "./signing-credential.ts";
import { KeyUsageFlags, KeyUsagesExtension, X509Certificate as ParsedCertificate } from "./x509.ts";

/** One thing that makes a certificate or key unusable. */
export interface CredentialProblem {
  /** What is wrong, for a program: EKU, CA, EXPIRED … */
  fact: string;
  explanation: string;
}

/** Extended key usages that verifiers take for C2PA claims: emailProtection, and C2PA's own (C2PA 2.2 §14.4.2). */
const CLAIM_SIGNING_USAGES = ["1.3.6.1.5.5.7.3.4", "1.3.6.1.4.1.62558.2.1"];
const ANY_USAGE = "2.5.29.37.0";

/**
 * Makes a credential from a studio's own certificate chain and key, after checking everything that a verifier would refuse later.
 *
 * @throws CoreError CREDENTIAL_INVALID naming each thing that is wrong, in `data.problems` too
 */
export function checkCredential(chainPem: string, privateKeyPem: string, now: Date): SigningCredential {
  const problems = problemsOf(chainPem, privateKeyPem, now);
  if (problems.length > 0) {
    const list = problems.map(({ explanation }) => explanation).join(" ");
    throw new CoreError("CREDENTIAL_INVALID", `The signing certificate cannot be used: ${list}`, {
      remedy:
        "Correct signing_cert and signing_key (docs/provenance.md, Your own keys), or leave both out to sign with keys of this core's own.",
      data: { problems },
    });
  }
  return credentialFromPem(chainPem, privateKeyPem);
}

function problemsOf(chainPem: string, privateKeyPem: string, now: Date): CredentialProblem[] {
  let key: KeyObject;
  try {
    key = createPrivateKey(privateKeyPem);
  } catch {
    return [
      {
        fact: "KEY_UNREADABLE",
        explanation: "signing_key holds no private key that can be read; expected PEM, not encrypted.",
      },
    ];
  }
  let chain: X509Certificate[];
  try {
    chain = splitPem(chainPem).map((pem) => new X509Certificate(pem));
  } catch {
    return [
      { fact: "CERTIFICATE_UNREADABLE", explanation: "signing_cert holds a block that is no X.509 certificate." },
    ];
  }
  const [leaf] = chain;
  if (leaf === undefined) {
    return [
      {
        fact: "CERTIFICATE_UNREADABLE",
        explanation: "signing_cert holds no certificate; expected PEM, leaf first, then intermediates.",
      },
    ];
  }
  return [...keyProblems(leaf, key), ...leafProblems(leaf, now), ...chainProblems(chain, now)];
}

function keyProblems(leaf: X509Certificate, key: KeyObject): CredentialProblem[] {
  const problems: CredentialProblem[] = [];
  if (algorithmOf(key) === undefined) {
    const explanation = `A key of type ${describeKey(key)} is not allowed; expected P-256, P-384, P-521, Ed25519, or RSA of 2048 bits or more.`;
    problems.push({ fact: "KEY_TYPE", explanation });
  }
  if (!leaf.checkPrivateKey(key)) {
    problems.push({
      fact: "KEY_MISMATCH",
      explanation: "The private key does not belong to the first certificate of signing_cert.",
    });
  }
  return problems;
}

function leafProblems(leaf: X509Certificate, now: Date): CredentialProblem[] {
  const problems: CredentialProblem[] = [];
  const usages = leaf.keyUsage ?? []; // Node's name for the extended key usage
  if (leaf.ca)
    problems.push({
      fact: "CA",
      explanation: "The first certificate is a certificate authority (CA:TRUE); expected CA:FALSE.",
    });
  if (leaf.checkIssued(leaf)) {
    problems.push({
      fact: "SELF_SIGNED",
      explanation: "The first certificate is self-signed; expected one that a certificate authority issued.",
    });
  }
  if (usages.includes(ANY_USAGE))
    problems.push({ fact: "EKU", explanation: "Its extended key usage is anyExtendedKeyUsage, which C2PA forbids." });
  else if (!usages.some((usage) => CLAIM_SIGNING_USAGES.includes(usage))) {
    const met = usages.length === 0 ? "missing" : usages.join(", ");
    problems.push({
      fact: "EKU",
      explanation: `Its extended key usage is ${met}; expected one of: ${CLAIM_SIGNING_USAGES.join(", ")}.`,
    });
  }
  const parsed = new ParsedCertificate(leaf.raw);
  const keyUsage = parsed.getExtension(KeyUsagesExtension);
  if (keyUsage === null || (keyUsage.usages & KeyUsageFlags.digitalSignature) === 0) {
    problems.push({ fact: "KEY_USAGE", explanation: "Its key usage does not allow digitalSignature." });
  }
  if (parsed.getExtension("2.5.29.35") === null) {
    problems.push({ fact: "AKI", explanation: "It has no authority key identifier, which C2PA asks for." });
  }
  return [...problems, ...validityProblems(leaf, "The signing certificate", now)];
}

function chainProblems(chain: X509Certificate[], now: Date): CredentialProblem[] {
  return chain.slice(1).flatMap((issuer, index) => {
    const subject = chain[index];
    const place = `Certificate ${index + 2} of signing_cert`;
    const problems = validityProblems(issuer, place, now);
    if (subject !== undefined && !(subject.checkIssued(issuer) && subject.verify(issuer.publicKey))) {
      problems.push({
        fact: "CHAIN_ORDER",
        explanation: `${place} did not issue the one before it; expected the leaf, then each issuer in turn.`,
      });
    }
    if (!issuer.ca) problems.push({ fact: "CHAIN_CA", explanation: `${place} is no certificate authority.` });
    return problems;
  });
}

function validityProblems(certificate: X509Certificate, name: string, now: Date): CredentialProblem[] {
  const [from, to] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
  if (now > to) return [{ fact: "EXPIRED", explanation: `${name} expired on ${to.toISOString()}.` }];
  if (now < from) return [{ fact: "NOT_YET_VALID", explanation: `${name} is valid from ${from.toISOString()} only.` }];
  return [];
}
