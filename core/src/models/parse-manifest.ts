import { CoreError } from "../protocol/errors.ts";
import { formatIssues, type Issue, listIssues } from "../protocol/issues.ts";
import type { ManifestOf } from "./bundle.ts";
import { type BundleManifest, BundleManifestSchema } from "./bundle-manifest.ts";

const REQUIRED_COMPONENTS: Record<BundleManifest["family"], readonly string[]> = {
  "stable-diffusion": ["text_encoder", "unet", "vae_decoder"],
  "motion-diffusion": ["text_encoder", "denoiser"],
  // What it needs depends on its sources: see meshDiffusionIssues.
  "mesh-diffusion": [],
};

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

/** What each family needs beside its schema. */
function familyIssues(manifest: BundleManifest): Issue[] {
  const missing = REQUIRED_COMPONENTS[manifest.family]
    .filter((name) => !Object.hasOwn(manifest.components, name))
    .map((name) => ({
      path: `components.${name}`,
      message: `is missing; a ${manifest.family} bundle needs it`,
    }));
  switch (manifest.family) {
    case "stable-diffusion":
      return [...missing, ...stableDiffusionIssues(manifest)];
    case "motion-diffusion":
      return [...missing, ...motionDiffusionIssues(manifest)];
    case "mesh-diffusion":
      return [...missing, ...meshDiffusionIssues(manifest)];
  }
}

function stableDiffusionIssues(manifest: ManifestOf<"image">): Issue[] {
  const issues: Issue[] = [];
  const has = (name: string) => Object.hasOwn(manifest.components, name);
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

function motionDiffusionIssues({ components, motion_diffusion }: ManifestOf<"motion">): Issue[] {
  const { window_frames, overlap_frames, conditions, library, defaults, max_duration_s } = motion_diffusion;
  const issues: Issue[] = [];
  if (2 * overlap_frames > window_frames) {
    issues.push({
      path: "motion_diffusion.overlap_frames",
      message: `is ${overlap_frames}; expected at most half of window_frames, ${window_frames / 2}`,
    });
  }
  const twice = conditions.find((condition, index) => conditions.indexOf(condition) !== index);
  if (twice !== undefined) issues.push({ path: "motion_diffusion.conditions", message: `names ${twice} twice` });
  if (library !== undefined && components.retriever === undefined) {
    issues.push({
      path: "components.retriever",
      message: "is missing; nothing else searches motion_diffusion.library",
    });
  }
  if (defaults.duration_s > max_duration_s) {
    issues.push({
      path: "motion_diffusion.defaults.duration_s",
      message: `is ${defaults.duration_s}; expected at most max_duration_s, ${max_duration_s}`,
    });
  }
  return issues;
}

function meshDiffusionIssues({ components, tokenizer, mesh_diffusion }: ManifestOf<"mesh">): Issue[] {
  const { sources, conditioning, image, sampler, latent, field, library, defaults } = mesh_diffusion;
  const issues: Issue[] = [];
  const need = (there: boolean, path: string, why: string) => {
    if (!there) issues.push({ path, message: `is missing; ${why}` });
  };
  if (sources.includes("library")) need(library !== undefined, "mesh_diffusion.library", "the source library reads it");
  if (defaults.source !== "auto" && !sources.includes(defaults.source)) {
    const message = `is "${defaults.source}"; expected auto or one of the bundle's sources: ${sources.join(", ")}`;
    issues.push({ path: "mesh_diffusion.defaults.source", message });
  }
  if (!sources.includes("generated")) return issues;
  const why = "the source generated needs it";
  for (const [name, value] of Object.entries({ sampler, latent, field }))
    need(value !== undefined, `mesh_diffusion.${name}`, why);
  const encoder = conditioning === "text" ? "text_encoder" : "image_encoder";
  const maker = sampler?.type === "one_pass" ? "backbone" : "denoiser";
  for (const name of [encoder, maker, "field_decoder"])
    need(Object.hasOwn(components, name), `components.${name}`, why);
  if (conditioning === "text") need(tokenizer !== undefined, "tokenizer", "its text encoder reads token ids");
  else need(image !== undefined, "mesh_diffusion.image", "it tells how a reference picture is prepared");
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
