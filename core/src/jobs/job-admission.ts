import type { AssetStore } from "../assets/asset-store.ts";
import type { Bundle } from "../models/bundle.ts";
import type { ResolvedImageParams } from "../pipelines/image-params.ts";
import { CoreError } from "../protocol/errors.ts";
import type { Task } from "../protocol/fields.ts";
import type { Provenance } from "../provenance/provenance.ts";
import { namedAssets } from "./job-inputs.ts";

/** A request that can run. */
export interface AdmittedRequest {
  params: ResolvedImageParams;
  bundle: Bundle;
  memory_bytes: number;
  /** SHA-256 of every asset that it names. */
  assets: string[];
}

/** What admission needs of the core. */
export interface AdmissionParts {
  /** Fills every default in and checks the parameters against schema, limits and bundle. @throws CoreError */
  resolveImage(params: unknown): { params: ResolvedImageParams; bundle: Bundle; memory_bytes: number };
  assets: AssetStore;
  provenance: Pick<Provenance, "admit">;
}

/**
 * Gives a request as it can run, or refuses it: parameters, bundle, policy, then every asset that it names.
 *
 * @throws CoreError UNSUPPORTED_TASK, INVALID_REQUEST, BUNDLE_NOT_FOUND, POLICY_REFUSED, ASSET_NOT_FOUND naming the field …
 */
export async function admit(task: Task, raw: Record<string, unknown>, parts: AdmissionParts): Promise<AdmittedRequest> {
  if (task !== "image") {
    throw new CoreError("UNSUPPORTED_TASK", `This core has no pipeline for the task "${task}"; expected: image.`, {
      data: { task, supported: ["image"] },
    });
  }
  const { params, bundle, memory_bytes } = parts.resolveImage(raw);
  parts.provenance.admit(bundle);
  const named = namedAssets(params);
  for (const { field, sha256 } of named) {
    if ((await parts.assets.stat(sha256)) === undefined) {
      throw new CoreError("ASSET_NOT_FOUND", `The store holds no asset ${sha256}, which params.${field} names.`, {
        remedy: "Send the file first, then the request.",
        data: { field: `params.${field}`, sha256 },
      });
    }
  }
  return { params, bundle, memory_bytes, assets: [...new Set(named.map(({ sha256 }) => sha256))] };
}
