import { CoreError } from "../protocol/errors.ts";
import { formatIssues, type Issue, listIssues } from "../protocol/issues.ts";
import { type BundleManifest, BundleManifestSchema } from "./bundle-manifest.ts";

const REQUIRED_COMPONENTS = ["text_encoder", "unet", "vae_decoder"];

/**
 * Gives the manifest in the bytes of a bundle.json, checked against its schema and for what its family needs.
 *
 * @param label - name for messages until the bundle's id is known
 * @throws CoreError BUNDLE_INVALID with `data.issues`
 */
export function parseManifest(bytes: Buffer, label: string): BundleManifest {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw invalidBundle(label, [{ path: "bundle.json", message: "is not JSON" }], cause);
  }
  const parsed = BundleManifestSchema.safeParse(json, { reportInput: true });
  if (!parsed.success) throw invalidBundle(label, listIssues(parsed.error.issues));
  const issues = familyIssues(parsed.data);
  if (issues.length > 0) throw invalidBundle(parsed.data.id, issues);
  return parsed.data;
}

/** Gives what a stable-diffusion bundle lacks beside its schema. */
function familyIssues(manifest: BundleManifest): Issue[] {
  const issues: Issue[] = [];
  const has = (name: string) => Object.hasOwn(manifest.components, name);
  for (const name of REQUIRED_COMPONENTS) {
    if (!has(name))
      issues.push({ path: `components.${name}`, message: `is missing; a ${manifest.family} bundle needs it` });
  }
  const { controls, control_encoder, size } = manifest.stable_diffusion;
  for (const [index, { component }] of controls.entries()) {
    const path = `stable_diffusion.controls[${index}].component`;
    if (!has(component)) issues.push({ path, message: `is "${component}", which is no component of the bundle` });
  }
  if (control_encoder !== undefined && !has("control_encoder")) {
    issues.push({
      path: "components.control_encoder",
      message: "is missing; stable_diffusion.control_encoder describes it",
    });
  }
  if (size.min > size.max) {
    issues.push({ path: "stable_diffusion.size.min", message: `is ${size.min}; expected at most max, ${size.max}` });
  }
  return issues;
}

/** Makes the error for a bundle that is not valid. */
export function invalidBundle(label: string, issues: Issue[], cause?: unknown): CoreError {
  return new CoreError("BUNDLE_INVALID", `Bundle "${label}" is not valid: ${formatIssues(issues)}`, {
    remedy: "Export or import the bundle again, or remove its folder.",
    data: { bundle: label, issues: issues.slice(0, 50) },
    cause,
  });
}
