import { digitalSourceTypeUrl } from "../formats/xmp.ts";
import type { IngredientFacts, SignAction, SigningRecord } from "../protocol/signing.ts";
import { SIGNING_ASSERTION_LABEL } from "../protocol/signing.ts";
import { takesInputs } from "./file-actions.ts";
import {
  type ManifestDefinition,
  type ManifestIngredient,
  NOT_FOR_TRAINING,
  outsideModelIngredient,
  softwareOf,
} from "./manifest.ts";

/** An ingredient of a file to sign: its facts, and its bytes if its own manifest goes along. */
export type FileIngredient = IngredientFacts & { source?: Uint8Array };

/**
 * Builds the manifest of a file that was made elsewhere (C2PA 2.2): what was done, from which files and models, that it may not be
 * used for training, and the record that says who declared it.
 */
export function buildFileManifest(
  record: SigningRecord,
  files: readonly FileIngredient[],
): { manifest: ManifestDefinition; ingredients: ManifestIngredient[] } {
  const models = record.models.map((model, index) => outsideModelIngredient(model, index, false));
  const ingredients = [...files.map(fileIngredient), ...models];
  const labels = (relationship: ManifestIngredient["definition"]["relationship"]) =>
    ingredients
      .filter(({ definition }) => definition.relationship === relationship)
      .map(({ definition }) => definition.label);
  const agent = record.software_agent ?? softwareOf(record.declared_by.client);
  const inputsAt = record.actions.findIndex(takesInputs);
  const namesOf = (action: SignAction, index: number): string[] => {
    if (action.action === "c2pa.opened") return labels("parentOf");
    if (action.action === "c2pa.placed") return labels("componentOf");
    return index === inputsAt ? labels("inputTo") : [];
  };
  const actions = record.actions.map((action, index) => {
    const ingredientIds = namesOf(action, index);
    return {
      action: action.action,
      when: record.created,
      softwareAgent: agent,
      ...(action.digital_source_type === undefined
        ? {}
        : { digitalSourceType: digitalSourceTypeUrl(action.digital_source_type) }),
      ...(action.description === undefined ? {} : { description: action.description }),
      ...(ingredientIds.length === 0 ? {} : { parameters: { ingredientIds } }),
    };
  });
  return {
    manifest: {
      title: record.title,
      format: record.source.mime,
      claim_generator_info: [softwareOf(record.software)],
      assertions: [
        { label: "c2pa.actions.v2", data: { actions }, created: true },
        { label: SIGNING_ASSERTION_LABEL, data: record, kind: "Json", created: true },
        NOT_FOR_TRAINING,
      ],
    },
    ingredients,
  };
}

function fileIngredient({ source, ...facts }: FileIngredient, index: number): ManifestIngredient {
  const role = facts.role ?? facts.relationship;
  return {
    definition: {
      title: facts.name ?? role,
      label: `file_${index}`,
      relationship: facts.relationship,
      format: facts.mime,
      instance_id: `urn:sha256:${facts.sha256}`,
      description: `${role}, SHA-256 ${facts.sha256}`,
    },
    ...(source === undefined ? {} : { source: { bytes: source, mime: facts.mime } }),
  };
}
