import { canonicalJson } from "./canonical-json.ts";
import { hidePromptFields } from "./generation-metadata.ts";
import { readManifest } from "./manifest-reader.ts";
import { hasManifestTraces } from "./manifest-traces.ts";

/**
 * Tells whether a file's own manifest goes into the manifest of what is made of it. One that is damaged cannot: c2pa-rs refuses such an
 * ingredient, and a broken credential must not stop the work; the record names its state. With prompt privacy one that holds prompts or
 * a workflow, at any depth, stays out too: the record keeps the file's hash and the state of its credential.
 */
export async function carriesManifest(bytes: Uint8Array, mime: string, prompt_privacy: boolean): Promise<boolean> {
  if (!hasManifestTraces(bytes)) return false;
  return await readManifest(bytes, mime, "").then(
    ({ carried }) => !prompt_privacy || !carried.some(holdsPrompts),
    () => false,
  );
}

/** Fields are as hidden ones are, or they hold a prompt. */
function holdsPrompts(assertions: Record<string, unknown>): boolean {
  return canonicalJson(hidePromptFields(assertions)) !== canonicalJson(assertions);
}
