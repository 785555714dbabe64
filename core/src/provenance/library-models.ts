import { CoreError } from "../protocol/errors.ts";
import type { LibraryModel } from "../protocol/mesh.ts";
import { isUndeclared, type Policy } from "./policy.ts";

/**
 * Refuses a library's model of which its bundle does not say who made it, under which licence and where it comes from. `open`: none.
 * That the file is the one that was declared is told by the bundle's hashes.
 *
 * @throws CoreError POLICY_REFUSED; `data.missing` names the facts that are missing
 */
export function admitLibraryModel(model: LibraryModel, policy: Policy): void {
  if (policy.mode === "open") return;
  const missing = (["author", "licence", "source"] as const).filter((fact) => isUndeclared(model[fact]));
  if (missing.length === 0) return;
  throw new CoreError(
    "POLICY_REFUSED",
    `The policy "${policy.mode}" does not allow the library's model "${model.name}": its ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not declared.`,
    {
      remedy: "Ask for another source, such as parametric, or have the bundle's maker declare the model.",
      data: { policy: policy.mode, model: model.id, missing },
    },
  );
}
