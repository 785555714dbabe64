import { api, type ComfyFile } from "comfyui/api";
import type { CoreMessage, JobSummary } from "../../core/src/protocol/core-messages.ts";
import type { Verification } from "../../core/src/protocol/verification.ts";

/** How the core is, as the pack's server heard it. */
export type CoreState =
  | {
      state: "connected";
      version: string;
      status: Omit<Extract<CoreMessage, { type: "core_status" }>, "type" | "reply_to">;
      /** Whether the whole queue is paused. */
      paused: boolean;
      jobs: JobSummary[];
    }
  | { state: "unreachable"; error: ProblemBody };

/** What a credential says of a file; without one there may still be an entry in the core's log. */
export interface Provenance {
  /** Whether the file carries a credential, right or not. */
  credential: boolean;
  verification?: Verification;
}

/** The pack's settings on ComfyUI's machine. The token itself never comes here. */
export interface PackSettings {
  url: string | null;
  has_token: boolean;
  prompt_privacy: boolean;
  /** Whether GENGA_URL sets the address. */
  fixed_url: boolean;
  /** Whether this page may change them: only on ComfyUI's own machine. */
  may_change: boolean;
}

interface ProblemBody {
  code: string;
  message: string;
  remedy?: string;
}

/** What the pack's server or the core refused, for a person. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly remedy?: string,
  ) {
    super(message);
  }

  static from(error: unknown): Problem {
    if (error instanceof Problem) return error;
    const what = error instanceof Error ? error.message : String(error);
    return new Problem("COMFYUI_NOT_REACHED", `ComfyUI's server does not answer: ${what}`, "Look at its terminal.");
  }
}

/** Reads from the pack's routes. */
export function get<T>(path: string): Promise<T> {
  return ask(path);
}

/** Asks the pack's routes for a change. */
export function post<T = unknown>(path: string, body: object = {}): Promise<T> {
  return ask(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** Address of a core's asset; `thumbnail` is a small picture of it. */
export function assetUrl(sha256: string, thumbnail = false): string {
  return api.apiURL(`/genga/assets/${sha256}${thumbnail ? "?thumbnail" : ""}`);
}

/** Address of a file of ComfyUI's. */
export function fileUrl(file: ComfyFile): string {
  return api.apiURL(`/view?${fileQuery(file)}`);
}

/** Credential of a file of ComfyUI's; with `search` it is looked up in the core's log, too. */
export function fileProvenance(file: ComfyFile, search = false): Promise<Provenance> {
  return get(`/genga/provenance?${fileQuery(file)}${search ? "&search" : ""}`);
}

/** Credential of a core's asset; `sidecar` is the asset that holds it, if the file does not. */
export function assetProvenance(sha256: string, sidecar?: string): Promise<Provenance> {
  return get(`/genga/provenance?sha256=${sha256}${sidecar === undefined ? "" : `&sidecar=${sidecar}`}`);
}

function fileQuery({ filename, subfolder = "", type = "output" }: ComfyFile): string {
  return new URLSearchParams({ filename, subfolder, type }).toString();
}

// The routes are this pack's own, so what arrives is what the types say.
async function ask<T>(path: string, options?: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await api.fetchApi(path, options);
  } catch (error) {
    throw Problem.from(error);
  }
  const answer = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer;
  const error: ProblemBody | undefined = answer?.error;
  if (error !== undefined) throw new Problem(error.code, error.message, error.remedy);
  throw new Problem(
    "COMFYUI_NOT_REACHED",
    `ComfyUI answered ${path} with ${response.status}.`,
    "Look at its terminal.",
  );
}
