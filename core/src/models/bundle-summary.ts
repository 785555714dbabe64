import type { BundleSummary } from "../protocol/core-messages.ts";
import type { Bundle } from "./bundle.ts";

/** What the policy in force says of a bundle. */
export interface PolicyVerdict {
  allowed: boolean;
  /** Why it is refused. */
  refusal?: string;
}

/** Gives what clients are told of a bundle. */
export function bundleSummary({ manifest }: Bundle, verdict: PolicyVerdict): BundleSummary {
  const { controls, requires_control, defaults } = manifest.stable_diffusion;
  return {
    id: manifest.id,
    name: manifest.name,
    version: manifest.version,
    task: manifest.task,
    family: manifest.family,
    purpose: manifest.purpose,
    licence: manifest.licence,
    training_data: manifest.training_data,
    allowed: verdict.allowed,
    ...(verdict.refusal === undefined ? {} : { refusal: verdict.refusal }),
    memory_bytes: manifest.memory_bytes,
    controls: [...new Set(controls.map(({ kind }) => kind))],
    requires_control,
    defaults,
  };
}
