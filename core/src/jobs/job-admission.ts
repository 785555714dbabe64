import type { AssetStore } from "../assets/asset-store.ts";
import type { Bundle } from "../models/bundle.ts";
import { isRemote, type RemoteBundle } from "../models/remote-bundle.ts";
import { CoreError } from "../protocol/errors.ts";
import type { Task as TaskName } from "../protocol/fields.ts";
import type { ModelFacts } from "../protocol/record.ts";
import type { Provenance } from "../provenance/provenance.ts";
import type { Task, TaskRequest } from "./task.ts";

/** The tasks that a core offers. */
export type Tasks = Partial<Record<TaskName, Task>>;

/** A request that can run. */
export interface AdmittedRequest extends Pick<TaskRequest, "params" | "memory_bytes"> {
  /** SHA-256 of every asset that it names. */
  assets: string[];
}

/** What admission needs of the core. */
export interface AdmissionParts {
  tasks: Tasks;
  assets: AssetStore;
  provenance: Pick<Provenance, "admit" | "admitDeclared">;
}

/**
 * Gives a request as it can run, or refuses it: parameters, bundle, policy, then every asset that it names.
 *
 * @throws CoreError UNSUPPORTED_TASK, INVALID_REQUEST, BUNDLE_NOT_FOUND, POLICY_REFUSED, ASSET_NOT_FOUND naming the field …
 */
export async function admit(
  task: TaskName,
  raw: Record<string, unknown>,
  parts: AdmissionParts,
): Promise<AdmittedRequest> {
  const request = await taskOf(task, parts.tasks).resolve(raw);
  const { params, bundle, memory_bytes, assets: named } = request;
  admitModels(bundle, parts.provenance);
  for (const { field, sha256 } of named) {
    if ((await parts.assets.stat(sha256)) === undefined) {
      throw new CoreError("ASSET_NOT_FOUND", `The store holds no asset ${sha256}, which params.${field} names.`, {
        remedy: "Send the file first, then the request.",
        data: { field: `params.${field}`, sha256 },
      });
    }
  }
  await request.checkAssets?.((sha256) => parts.assets.read(sha256));
  return { params, memory_bytes, assets: [...new Set(named.map(({ sha256 }) => sha256))] };
}

/** Gives a task by its name. @throws CoreError UNSUPPORTED_TASK */
export function taskOf(name: TaskName, tasks: Tasks): Task {
  const task = tasks[name];
  if (task !== undefined) return task;
  const supported = Object.keys(tasks);
  throw new CoreError(
    "UNSUPPORTED_TASK",
    `This core has no pipeline for the task "${name}"; expected: ${supported.join(", ")}.`,
    { data: { task: name, supported } },
  );
}

/**
 * Asks the policy about every model that a request runs with.
 *
 * @returns facts of the core's own bundle; what a backend loads is told by its result
 * @throws CoreError POLICY_REFUSED
 */
export function admitModels(
  bundle: Bundle | RemoteBundle | undefined,
  provenance: AdmissionParts["provenance"],
): ModelFacts[] {
  if (bundle === undefined) return [];
  if (!isRemote(bundle)) return [provenance.admit(bundle)];
  provenance.admitDeclared(bundle.models);
  return [];
}
