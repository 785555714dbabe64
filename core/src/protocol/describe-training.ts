import type { TrainingDeclaration } from "./record.ts";

/** Data sets that are named one by one; of more, their number and licences are told. */
const NAMED = 2;

/** Gives a declaration in a few words: `trained on 19 declared data sets (CC0-1.0)`. */
export function describeTraining(declaration: TrainingDeclaration): string {
  if (declaration === "undeclared") return "training data undeclared";
  if (declaration.length === 0) return "trained on nothing";
  if (declaration.length <= NAMED) {
    return `trained on ${declaration.map(({ name, licence }) => `${name} (${licence})`).join(" and ")}`;
  }
  const licences = [...new Set(declaration.map(({ licence }) => licence))];
  return `trained on ${declaration.length} declared data sets (${licences.join(", ")})`;
}
