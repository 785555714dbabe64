import { createHash } from "node:crypto";
import { z } from "zod";
import { sniffMime } from "../formats/sniff.ts";
import { type CredentialState, GenerationRecordSchema, RECORD_ASSERTION_LABEL } from "../protocol/record.ts";
import { SIGNING_ASSERTION_LABEL, SigningRecordSchema } from "../protocol/signing.ts";
import type { Verification } from "../protocol/verification.ts";
import { framingFault } from "./manifest-framing.ts";
import { type ManifestReport, readManifest, type ValidationStatus } from "./manifest-reader.ts";
import { hasManifestTraces } from "./manifest-traces.ts";
import type { MerkleLog } from "./merkle-log.ts";
import { hammingDistance, hashPictureFile } from "./perceptual-hash.ts";
import { MAX_PERCEPTUAL_DISTANCE, type PictureIndex } from "./picture-index.ts";
import { checkDataHash } from "./sidecar-binding.ts";

/** What verification may use. Everything is optional but the anchors: a file can be judged without any log. */
export interface VerifyContext {
  /** PEM of the certificates to trust; empty = none. */
  trust_anchors: string;
  log?: MerkleLog;
  pictures?: PictureIndex;
}

type Problem = Verification["problems"][number];
type Finding = Pick<
  Verification,
  "issuer" | "signed_with" | "record" | "signing" | "actions" | "ingredients" | "problems"
> & { state: CredentialState };

const NOTHING_FOUND: Finding = { state: "unsigned", actions: [], ingredients: [], problems: [] };

/** Failures that speak of the certificate only: the bytes are as they were signed. */
const CREDENTIAL_ONLY =
  /^(signingCredential\.(untrusted|expired|invalid|ocsp\.\w+)|timeStamp\.\w+|claimSignature\.outsideValidity)$/;
const BINDING_MATCH = /^assertion\.(dataHash|bmffHash|boxesHash|collectionHash|multiAssetHash)\.match$/;
const BINDING_MISMATCH = "assertion.dataHash.mismatch";
/** Containers in which c2pa-rs finds manifests; a trace in one of them that it cannot read was damaged. */
const MANIFEST_CONTAINERS: ReadonlySet<string | undefined> = new Set<string>([
  "image/png",
  "image/jpeg",
  "image/webp",
  "image/gif",
  "image/tiff",
  "image/avif",
  "video/mp4",
  "audio/wav",
  "application/c2pa",
]);

const ActionsSchema = z.object({ actions: z.array(z.object({ action: z.string() })) });
const IngredientSchema = z.object({ "dc:title": z.string() });

/**
 * Verifies any file, signed by us or by others, offline.
 *
 * `trusted`, `valid`: every byte is as it was signed, and who signed is trusted here or not. `tampered`: bytes, manifest or both were
 * changed, or the manifest is another file's. `known`: no credential left, but our log has the file, or its picture. `unsigned`:
 * nothing is known.
 *
 * A credential whose certificate has expired is `valid` with a problem, not `tampered`: the bytes are unchanged.
 */
export async function verify(
  bytes: Uint8Array,
  mime: string,
  sidecar: Uint8Array | undefined,
  context: VerifyContext,
): Promise<Verification> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const sniffed = sniffMime(bytes);
  const actualMime = sniffed ?? mime;
  const finding =
    sidecar === undefined
      ? await embeddedFinding(bytes, actualMime, context.trust_anchors)
      : await sidecarFinding(bytes, sidecar, context.trust_anchors);
  const located = await locate(bytes, sha256, actualMime, finding.state, context);
  const fault = context.log?.fault;
  return {
    ...finding,
    ...(fault === undefined ? {} : { problems: [...finding.problems, alteredLog(fault)] }),
    ...(finding.state === "unsigned" && located !== undefined ? { state: "known" } : {}),
    ...(finding.record === undefined && finding.signing === undefined ? recordOf(located) : {}),
    ...(located === undefined ? {} : { log: located.log }),
    ...(located?.perceptual_distance === undefined ? {} : { perceptual_distance: located.perceptual_distance }),
    sha256,
    mime: actualMime,
    sidecar: sidecar !== undefined,
  };
}

async function embeddedFinding(bytes: Uint8Array, mime: string, anchors: string): Promise<Finding> {
  // Spares files without any manifest the reader, and tells those with a damaged one from those that never had one.
  if (!hasManifestTraces(bytes)) return NOTHING_FOUND;
  if (!MANIFEST_CONTAINERS.has(sniffMime(bytes))) return NOTHING_FOUND; // an archive of signed files, a program that knows C2PA
  try {
    return framed(bytes, findingOf(await readManifest(bytes, mime, anchors)));
  } catch (error) {
    return { ...NOTHING_FOUND, state: "tampered", problems: [unreadable(error)] };
  }
}

async function sidecarFinding(bytes: Uint8Array, sidecar: Uint8Array, anchors: string): Promise<Finding> {
  let report: ManifestReport;
  try {
    report = await readManifest(sidecar, "application/c2pa", anchors);
  } catch (error) {
    return { ...NOTHING_FOUND, state: "tampered", problems: [unreadable(error)] };
  }
  switch (checkDataHash(bytes, report.assertions)) {
    case "match": {
      // The reader saw the sidecar without the file, so its own word on the binding does not count.
      const failure = report.failure.filter(({ code }) => code !== BINDING_MISMATCH);
      const success = [...report.success, { code: "assertion.dataHash.match" }];
      const isTrusted = success.some(({ code }) => code === "signingCredential.trusted");
      const state = failure.length > 0 ? "Invalid" : isTrusted ? "Trusted" : "Valid";
      return framed(sidecar, findingOf({ ...report, success, failure, state }));
    }
    case "mismatch": {
      const isReported = report.failure.some(({ code }) => code === BINDING_MISMATCH);
      return findingOf({
        ...report,
        state: "Invalid",
        failure: isReported ? report.failure : [...report.failure, { code: BINDING_MISMATCH }],
      });
    }
    case "unsupported":
      // A binding that was made unreadable is no other kind of binding: the assertion's own hash tells.
      if (report.failure.some(({ code }) => code !== BINDING_MISMATCH && !CREDENTIAL_ONLY.test(code))) {
        return findingOf({ ...report, state: "Invalid" });
      }
      return {
        ...NOTHING_FOUND,
        problems: [
          {
            code: "algorithm.unsupported",
            explanation: "The sidecar is bound to its file in a way that cannot be checked here.",
          },
        ],
      };
  }
}

function findingOf(report: ManifestReport): Finding {
  const { success, failure, assertions } = report;
  const isSignatureRight = success.some(({ code }) => code === "claimSignature.validated");
  const isBound = success.some(({ code }) => BINDING_MATCH.test(code));
  const isCredentialOnly = isSignatureRight && isBound && failure.every(({ code }) => CREDENTIAL_ONLY.test(code));
  const state =
    report.state === "Trusted" ? "trusted" : report.state === "Valid" || isCredentialOnly ? "valid" : "tampered";
  // Also a tampered file may say what it was made by, as long as signature and hash of the record itself are right.
  const isRight = (label: string) =>
    isSignatureRight &&
    success.some(({ code, url }) => code === "assertion.hashedURI.match" && url?.endsWith(`/${label}`));
  const record = GenerationRecordSchema.safeParse(assertions[RECORD_ASSERTION_LABEL]);
  const signing = SigningRecordSchema.safeParse(assertions[SIGNING_ASSERTION_LABEL]);
  return {
    state,
    actions: assertionsOf(assertions, "c2pa.actions", ActionsSchema).flatMap(({ actions }) =>
      actions.map(({ action }) => action),
    ),
    ingredients: assertionsOf(assertions, "c2pa.ingredient", IngredientSchema).map(
      (ingredient) => ingredient["dc:title"],
    ),
    problems: failure.map(explain),
    ...(report.issuer === undefined ? {} : { issuer: report.issuer }),
    ...(report.signed_with === undefined ? {} : { signed_with: report.signed_with }),
    ...(record.success && isRight(RECORD_ASSERTION_LABEL) ? { record: record.data } : {}),
    ...(signing.success && isRight(SIGNING_ASSERTION_LABEL) ? { signing: signing.data } : {}),
  };
}

/** Holds the frame of the manifest against what C2PA says, which the reader does not. */
function framed(bytes: Uint8Array, finding: Finding): Finding {
  const fault = finding.state === "tampered" ? undefined : framingFault(bytes);
  if (fault === undefined) return finding;
  const explanation = `The frame of the credential was changed after it was signed: ${fault}.`;
  return {
    ...finding,
    state: "tampered",
    problems: [...finding.problems, { code: "genga.jumbf.malformed", explanation }],
  };
}

/** Assertions of a kind whatever version and number: `c2pa.ingredient.v3__2`. */
function assertionsOf<T>(assertions: Record<string, unknown>, label: string, schema: z.ZodType<T>): T[] {
  const number = (name: string) => Number(/__(\d+)$/.exec(name)?.[1] ?? 0);
  return Object.keys(assertions)
    .filter((name) => name.replace(/(\.v\d+)?(__\d+)?$/, "") === label)
    .sort((a, b) => number(a) - number(b))
    .flatMap((name) => {
      const parsed = schema.safeParse(assertions[name]);
      return parsed.success ? [parsed.data] : [];
    });
}

/** Finds a file in our log: by its bytes, else by its picture. */
async function locate(
  bytes: Uint8Array,
  sha256: string,
  mime: string,
  state: CredentialState,
  { log, pictures }: VerifyContext,
): Promise<
  (Pick<Verification, "record" | "signing" | "perceptual_distance"> & Required<Pick<Verification, "log">>) | undefined
> {
  if (log === undefined) return undefined;
  const index = log.find(sha256);
  const entry = index === undefined ? undefined : log.entry(index);
  if (index !== undefined && entry !== undefined) return { log: entry, ...recordOf(log.leaf(index)) };
  if (pictures === undefined || !mime.startsWith("image/") || state === "trusted" || state === "valid")
    return undefined;
  const hash = await hashPictureFile(bytes);
  const near = hash === undefined ? undefined : pictures.find(hash);
  const leaf = near === undefined ? undefined : log.leaf(near.index);
  const nearEntry = near === undefined ? undefined : log.entry(near.index);
  if (hash === undefined || near === undefined || leaf?.picture === undefined || nearEntry === undefined)
    return undefined;
  // The table of pictures is a shortcut; the leaf, which is proved, has the last word.
  const { phash, phash_mirrored, phash_crops } = leaf.picture;
  const distance = Math.min(...[phash, phash_mirrored, ...phash_crops].map((other) => hammingDistance(hash, other)));
  if (distance > MAX_PERCEPTUAL_DISTANCE) return undefined;
  return { log: nearEntry, ...recordOf(leaf), perceptual_distance: distance };
}

/** The one of the two records that a leaf holds. */
function recordOf(leaf: Pick<Verification, "record" | "signing"> | undefined) {
  if (leaf?.record !== undefined) return { record: leaf.record };
  return leaf?.signing === undefined ? {} : { signing: leaf.signing };
}

/** Plain words for the codes that a person meets most (C2PA 2.2 §15.2). */
const EXPLANATIONS: Record<string, string> = {
  "assertion.dataHash.mismatch": "The content was changed after it was signed, or the credential is another file's.",
  "assertion.hashedURI.mismatch": "A statement in the credential was changed after it was signed.",
  "assertion.missing": "A statement that the credential speaks of was taken out.",
  "claimSignature.mismatch": "The credential was changed after it was signed, or the signature is another one's.",
  "claimSignature.missing": "The signature was taken out.",
  "claim.missing": "The credential's claim was taken out.",
  "claim.cbor.invalid": "The credential's claim is damaged.",
  "signingCredential.untrusted": "The signature is right, but its issuer is not among those trusted here.",
  "signingCredential.expired": "The signature is right, but its certificate has expired and there is no time stamp.",
  "claimSignature.outsideValidity": "It was signed outside the time in which the certificate is valid.",
};

function explain({ code, explanation }: ValidationStatus): Problem {
  return { code, explanation: EXPLANATIONS[code] ?? explanation ?? "The check with this code failed." };
}

/** Not C2PA's code: it speaks of this core's log, on which `known` rests. */
function alteredLog(fault: string): Problem {
  return {
    code: "genga.log.altered",
    explanation: `This core's provenance log was altered (${fault}); what it says of the file, or does not, proves nothing.`,
  };
}

function unreadable(error: unknown): Problem {
  const why = error instanceof Error ? error.message : String(error);
  return {
    code: "claim.malformed",
    explanation: `There is a credential, or what is left of one, that cannot be read (${why.split("\n")[0]}).`,
  };
}
