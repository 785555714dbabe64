import { CoreError } from "../protocol/errors.ts";
import type { DeclaredModel } from "../protocol/record.ts";
import { missingTrainingFacts, type Policy } from "./policy.ts";

/**
 * Refuses models that a client declares and the policy does not allow. `open`: all. `declared`: each with hash, licence and a complete
 * training-data declaration. `strict`: each on the allow-list by the hash of its file, and declared too.
 *
 * @throws CoreError POLICY_REFUSED; `data.missing` names the facts that are missing
 */
export function admitDeclaredModels(models: readonly DeclaredModel[], policy: Policy): void {
  if (policy.mode === "open") return;
  const missing = models.flatMap((model, index) =>
    missingFacts(model, policy).map((fact) => `models[${index}].${fact}`),
  );
  const [first] = missing;
  if (first === undefined) return;
  const model = models[Number(/\d+/.exec(first)?.[0] ?? 0)];
  const isUnlisted = missing.some((fact) => fact.endsWith(".allow_list"));
  const remedy = isUnlisted
    ? "Have the producer add the hash of the model's file to the allow-list, and declare its licence and training data; or leave the model out of the work."
    : "Declare hash, licence and training data of each model, or leave the model out of the work.";
  throw new CoreError(
    "POLICY_REFUSED",
    `The policy "${policy.mode}" does not allow the model "${model?.name ?? ""}": ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing.`,
    { remedy, data: { policy: policy.mode, missing, models: models.map(({ name }) => name) } },
  );
}

function missingFacts({ sha256, licence, training_data }: DeclaredModel, policy: Policy): string[] {
  const missing: string[] = [];
  if (sha256 === undefined) missing.push("sha256");
  if (licence === undefined || licence.spdx === "NOASSERTION") missing.push("licence");
  // Nobody can say here that the weights are random, so an empty list is no declaration.
  missing.push(...(training_data.length === 0 ? ["training_data"] : missingTrainingFacts(training_data)));
  if (policy.mode === "strict" && (sha256 === undefined || !policy.allow_list.has(sha256))) missing.push("allow_list");
  return missing;
}
