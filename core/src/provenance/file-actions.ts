import { CoreError } from "../protocol/errors.ts";
import type { Relationship, SignAction } from "../protocol/signing.ts";

/** What is known of a file that is to be signed, before its manifest is built. */
export interface FileActionsOptions {
  /** What the client says was done, in order. */
  actions: readonly SignAction[];
  ingredients: readonly { relationship: Relationship }[];
  /** Whether models took part; they are inputs too. */
  has_models: boolean;
  /** Whether the file carries a credential, or what is left of one. */
  has_credential: boolean;
}

/**
 * Gives the actions of a file as C2PA 2.2 §18.15 wants them: the first is `c2pa.created`, or `c2pa.opened` with one parent;
 * components have a `c2pa.placed`. A file that was not created just now is its own parent as it came, unless another one is named.
 *
 * @throws CoreError INVALID_REQUEST if the actions and ingredients do not fit each other
 */
export function fileActions(options: FileActionsOptions): { actions: SignAction[]; source_is_parent: boolean } {
  const { actions, ingredients, has_models, has_credential } = options;
  const count = (wanted: Relationship) => ingredients.filter(({ relationship }) => relationship === wanted).length;
  const parents = count("parentOf");
  const components = count("componentOf");
  const createdAt = actions.findIndex(({ action }) => action === "c2pa.created");
  const isCreated = createdAt >= 0;

  if (parents > 1)
    throw refusal("ingredients", `has ${parents} parents; C2PA allows one`, "Make the others componentOf or inputTo.");
  if (has_credential && parents > 0) {
    throw refusal(
      "ingredients",
      "names a parent, but the file carries a credential of its own, which makes the file itself the parent",
      "Make the other file componentOf or inputTo.",
    );
  }
  if (isCreated && (parents > 0 || has_credential)) {
    throw refusal(
      `actions[${createdAt}]`,
      `is c2pa.created, but the file has a parent${has_credential ? ": it carries a credential already" : ""}`,
      "Say c2pa.edited, or what else was done.",
    );
  }
  if (createdAt > 0 || actions.filter(({ action }) => action === "c2pa.created").length > 1) {
    throw refusal(`actions[${createdAt}]`, "is c2pa.created, which comes once and first", "Put it first.");
  }
  if (isCreated && actions[0]?.digital_source_type === undefined) {
    throw refusal(
      "actions[0].digital_source_type",
      "is missing; c2pa.created needs it",
      "Say how the content came about.",
    );
  }
  const openedAt = actions.findIndex(({ action }) => action === "c2pa.opened");
  if (openedAt > 0 || actions.filter(({ action }) => action === "c2pa.opened").length > 1) {
    throw refusal(
      `actions[${openedAt}]`,
      "is c2pa.opened, which comes once and first",
      "Put it first, or leave it out.",
    );
  }
  const placedAt = actions.findIndex(({ action }) => action === "c2pa.placed");
  if (placedAt >= 0 && components === 0) {
    throw refusal(`actions[${placedAt}]`, "is c2pa.placed, but no ingredient is componentOf", "Name what was placed.");
  }

  const first: SignAction[] = isCreated || openedAt === 0 ? [] : [{ action: "c2pa.opened" }];
  const placed: SignAction[] = components > 0 && placedAt < 0 ? [{ action: "c2pa.placed" }] : [];
  const [head, ...rest] = [...first, ...actions];
  const all = head === undefined ? [] : [head, ...placed, ...rest];
  if ((count("inputTo") > 0 || has_models) && !all.some(takesInputs)) {
    const what = has_models ? "models" : "ingredients";
    throw refusal(
      what,
      "took part in no action",
      "Add the action that used them, for instance c2pa.edited or c2pa.created.",
    );
  }
  return { actions: all, source_is_parent: !isCreated && parents === 0 };
}

/** Tells whether an action may name inputs: `c2pa.opened` and `c2pa.placed` name the parent and components alone. */
export function takesInputs({ action }: SignAction): boolean {
  return action !== "c2pa.opened" && action !== "c2pa.placed";
}

function refusal(path: string, message: string, remedy: string): CoreError {
  return new CoreError("INVALID_REQUEST", `${path} ${message}.`, { remedy, data: { issues: [{ path, message }] } });
}
