import type { JobSummary } from "../protocol/core-messages.ts";
import type { AssetRef } from "../protocol/fields.ts";

/** Gives the credential that lies beside a job's file. */
export function sidecarOf({ name }: AssetRef, { sidecars }: JobSummary): AssetRef | undefined {
  return sidecars?.find((sidecar) => sidecar.name === `${name}.c2pa`);
}
