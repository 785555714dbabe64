import type { ErrorCode } from "../protocol/errors.ts";

/**
 * Exit codes of the command line, for scripts and farms. 64 and up follow sysexits.h, so that an engine may tell "never try this
 * again" (64, 65, 77, 78) from "try later" (69, 74, 75).
 */
export const EXIT_CODES = {
  /** All was done. `verify`: all files are trusted or valid. */
  OK: 0,
  /** Something asked for was not: a job failed, a file is not verified, a frame is missing. */
  FAILED: 1,
  /** The command line is wrong. */
  USAGE: 64,
  /** The request, a file or a bundle is wrong. */
  DATA: 65,
  /** No core answers, or a provider or bundle is not there. */
  UNAVAILABLE: 69,
  /** A fault of Genga's own. */
  INTERNAL: 70,
  /** The disk is full or cannot be written. */
  IO: 74,
  /** Busy, out of memory, or crashed: may go well when it is tried again. */
  RETRY: 75,
  /** The token is wrong, or the policy refuses. */
  NOT_PERMITTED: 77,
  /** A setting is wrong. */
  CONFIG: 78,
  /** Cancelled, as after Ctrl-C. */
  CANCELLED: 130,
} as const;

const BY_ERROR: Record<ErrorCode, keyof typeof EXIT_CODES> = {
  UNAUTHORIZED: "NOT_PERMITTED",
  FORBIDDEN_ORIGIN: "NOT_PERMITTED",
  UNSUPPORTED_PROTOCOL: "UNAVAILABLE",
  HELLO_REQUIRED: "INTERNAL",
  MALFORMED_MESSAGE: "INTERNAL",
  MESSAGE_TOO_LARGE: "DATA",
  RATE_LIMITED: "RETRY",
  SHUTTING_DOWN: "RETRY",
  INVALID_REQUEST: "DATA",
  UNSUPPORTED_TASK: "DATA",
  UNSUPPORTED_CONTROL: "DATA",
  QUEUE_FULL: "RETRY",
  IDEMPOTENCY_CONFLICT: "DATA",
  JOB_NOT_FOUND: "DATA",
  JOB_STATE: "DATA",
  ASSET_NOT_FOUND: "DATA",
  ASSET_CORRUPT: "DATA",
  ASSET_TOO_LARGE: "DATA",
  ASSET_MISMATCH: "DATA",
  ASSET_UNREADABLE: "DATA",
  QUOTA_EXCEEDED: "IO",
  STORAGE_FULL: "IO",
  BUNDLE_NOT_FOUND: "UNAVAILABLE",
  BUNDLE_INVALID: "DATA",
  BUNDLE_CORRUPT: "DATA",
  POLICY_REFUSED: "NOT_PERMITTED",
  PROVIDER_UNAVAILABLE: "UNAVAILABLE",
  OUT_OF_MEMORY: "RETRY",
  HOST_CRASHED: "RETRY",
  INFERENCE_FAILED: "FAILED",
  BACKEND_UNAVAILABLE: "RETRY",
  BACKEND_FAILED: "FAILED",
  CANCELLED: "CANCELLED",
  SIGNING_FAILED: "FAILED",
  CREDENTIAL_INVALID: "CONFIG",
  CORE_NOT_RUNNING: "UNAVAILABLE",
  CONFIG_INVALID: "CONFIG",
  INTERNAL: "INTERNAL",
};

/** Gives the exit code that belongs to an error's code. */
export function exitCodeOf(code: ErrorCode): number {
  return EXIT_CODES[BY_ERROR[code]];
}
