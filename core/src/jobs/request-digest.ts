import { createHash } from "node:crypto";
import type { Request } from "../protocol/client-messages.ts";

/** Gives what tells whether two requests ask for the same: SHA-256 of task, parameters as they were sent, and privacy if asked for. */
export function requestDigest({
  task,
  params,
  prompt_privacy,
}: Pick<Request, "task" | "params" | "prompt_privacy">): string {
  const asked = prompt_privacy ? { task, params, prompt_privacy } : { task, params };
  return createHash("sha256").update(sortedJson(asked)).digest("hex");
}

/** JSON with the fields of each object in one order, so that two clients' maps compare equal. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
