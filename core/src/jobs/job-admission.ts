import type { AssetStore } from "../assets/asset-store.ts";
import type { Bundle } from "../models/bundle.ts";
import { isRemote, type RemoteBundle } from "../models/remote-bundle.ts";
import type { ResolvedImageParams } from "../pipelines/image-params.ts";
import { CoreError } from "../protocol/errors.ts";
import type { Task } from "../protocol/fields.ts";
import type { ModelFacts } from "../protocol/record.ts";
import type { Provenance } from "../provenance/provenance.ts";
import { namedAssets } from "./job-inputs.ts";

/** A request as it will run: its parameters with every default, and what runs it. */
export interface ResolvedRequest {
  params: ResolvedImageParams;
  bundle: Bundle | RemoteBundle;
  memory_bytes: number;
}

/** A request that can run. */
export interface AdmittedRequest extends ResolvedRequest {
  /** SHA-256 of every asset that it names. */
  assets: string[];
}

/** What admission needs of the core. */
export interface AdmissionParts {
  /**
   * Fills every default in and checks the parameters against schema, limits and bundle.
   *
   * @param queued signal of a job that was accepted before: for it, a server that is away is waited for
   * @throws CoreError
   */
  resolveImage(params: Record<string, unknown>, queued?: AbortSignal): ResolvedRequest | Promise<ResolvedRequest>;
  assets: AssetStore;
  provenance: Pick<Provenance, "admit" | "admitDeclared">;
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
  const { params, bundle, memory_bytes } = await parts.resolveImage(raw);
  admitModels(bundle, parts.provenance);
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

/**
 * Asks the policy about every model that a request runs with.
 *
 * @returns facts of the core's own bundle; what a backend loads is told by its result
 * @throws CoreError POLICY_REFUSED
 */
export function admitModels(bundle: Bundle | RemoteBundle, provenance: AdmissionParts["provenance"]): ModelFacts[] {
  if (!isRemote(bundle)) return [provenance.admit(bundle)];
  provenance.admitDeclared(bundle.models);
  return [];
}
