import type { Bundle } from "../models/bundle.ts";
import { dataFiles } from "../models/verify-bundle.ts";
import { CoreError } from "../protocol/errors.ts";
import type { GenerationRecord, ModelFacts, TrainingDeclaration } from "../protocol/record.ts";

/** Which models may run. */
export interface Policy {
  mode: GenerationRecord["policy"];
  /** SHA-256 of the bundle.json files that `strict` allows. */
  allow_list: ReadonlySet<string>;
}

/**
 * Gives the facts of a bundle that the policy allows.
 *
 * `open`: every bundle; an undeclared one carries `training_data: "undeclared"` into every record. `declared`: only bundles with a
 * complete training-data declaration; an empty list, that is trained on nothing, is complete for `purpose: "test"` (random weights)
 * only. `strict`: only bundles on the allow-list by the hash of their bundle.json, declared too.
 *
 * @throws CoreError POLICY_REFUSED; `data.missing` names the facts that are missing
 */
export function admitBundle(bundle: Bundle, policy: Policy): ModelFacts {
  const missing = policy.mode === "open" ? [] : missingFacts(bundle);
  const isListed = policy.mode !== "strict" || policy.allow_list.has(bundle.manifest_sha256);
  if (!isListed) missing.push("allow_list");
  if (missing.length > 0) throw refusal(bundle, policy, missing);

  const { manifest } = bundle;
  return {
    bundle: manifest.id,
    name: manifest.name,
    version: manifest.version,
    manifest_sha256: bundle.manifest_sha256,
    licence: manifest.licence,
    training_data: manifest.training_data,
    files: [
      ...Object.entries(manifest.components).flatMap(([component, { file, sha256, external_data }]) => [
        { component, file, sha256 },
        ...external_data.map((data) => ({ component, file: data.file, sha256: data.sha256 })),
      ]),
      ...dataFiles(manifest).map(({ role, file, sha256 }) => ({ component: role, file, sha256 })),
    ],
  };
}

/**
 * Reads an allow-list: one SHA-256 a line, anything behind it and lines that begin with `#` are for people.
 *
 * @throws CoreError CONFIG_INVALID naming the line
 */
export function parseAllowList(text: string): ReadonlySet<string> {
  const hashes = new Set<string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [word = ""] = line.trim().split(/\s+/);
    if (word === "" || word.startsWith("#")) continue;
    if (!/^[0-9a-f]{64}$/i.test(word)) {
      throw new CoreError(
        "CONFIG_INVALID",
        `Line ${index + 1} of the allow-list begins with "${word}"; expected a SHA-256 of 64 digits.`,
        {
          remedy: "Write one hash of a bundle.json a line; `genga models list` shows them.",
        },
      );
    }
    hashes.add(word.toLowerCase());
  }
  return hashes;
}

/** Paths of the facts that a complete declaration wants and this one lacks. */
function missingFacts({ manifest }: Bundle): string[] {
  const { training_data, licence, purpose } = manifest;
  const missing = licence.spdx === "NOASSERTION" ? ["licence.spdx"] : [];
  // "Trained on nothing" can be true of random weights only.
  if (training_data.length === 0 && purpose !== "test") return [...missing, "training_data"];
  return [...missing, ...missingTrainingFacts(training_data)];
}

/** Gives the paths of the facts that a training-data declaration lacks. */
export function missingTrainingFacts(declaration: TrainingDeclaration): string[] {
  if (declaration === "undeclared") return ["training_data"];
  return declaration.flatMap((data, index) =>
    (["name", "source", "licence", "used_for"] as const)
      .filter((fact) => isUndeclared(data[fact]))
      .map((fact) => `training_data[${index}].${fact}`),
  );
}

/** Tells whether a fact is a way of saying that nothing is known. */
export function isUndeclared(fact: string): boolean {
  return /^(unknown|undeclared|noassertion|none|n\/a|tbd|\?*)$/i.test(fact.trim());
}

function refusal({ manifest, manifest_sha256 }: Bundle, { mode }: Policy, missing: string[]): CoreError {
  const undeclared = missing.filter((fact) => fact !== "allow_list");
  const reasons = [
    ...(undeclared.length > 0 ? [`its declaration lacks ${undeclared.join(", ")}`] : []),
    ...(missing.includes("allow_list")
      ? [`its bundle.json (SHA-256 ${manifest_sha256}) is not on the allow-list`]
      : []),
  ];
  const remedies = [
    ...(undeclared.length > 0
      ? ["choose a bundle with a complete training-data declaration, or have its maker declare it"]
      : []),
    ...(missing.includes("allow_list") ? ["have the producer add the hash to the allow-list"] : []),
  ];
  const remedy = remedies.join("; ");
  return new CoreError(
    "POLICY_REFUSED",
    `The policy "${mode}" does not allow bundle "${manifest.id}": ${reasons.join("; ")}.`,
    {
      remedy: `${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}.`,
      data: { bundle: manifest.id, manifest_sha256, policy: mode, missing },
    },
  );
}
