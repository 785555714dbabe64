import type { AssetStore } from "../assets/asset-store.ts";
import type { JobOwner, JobService } from "../jobs/job-service.ts";
import type { Logger } from "../logger.ts";
import type { Sign } from "../protocol/client-messages.ts";
import type { CoreMessage, Welcome } from "../protocol/core-messages.ts";
import type { Limits } from "../protocol/limits.ts";
import type { SignedFile } from "../protocol/signing.ts";
import type { Verification } from "../protocol/verification.ts";

/** What the server hands clients' messages to. app.ts puts it together. */
export interface Services {
  jobs: JobService;
  assets: AssetStore;
  limits: Limits;
  /** What this core can do now. */
  capabilities(): Promise<Welcome["capabilities"]>;
  /** How the core is, without what the server itself knows. */
  status(): Promise<Omit<Extract<CoreMessage, { type: "core_status" }>, "type" | "reply_to" | "clients">>;
  /** Verifies an asset, with its sidecar where it has one. */
  verify(sha256: string, sidecar?: string): Promise<Verification>;
  /** Signs an asset that was made elsewhere. */
  sign(request: Omit<Sign, "type" | "id">, owner: JobOwner): Promise<SignedFile>;
  logger: Logger;
}
