/**
 * Every error code that crosses the wire, with what a program may do about it.
 *
 * A code never changes its meaning; a client may branch on it. The message beside it is for a person and may change.
 */
export const ERROR_CODES = {
  // Connection
  UNAUTHORIZED: "The token is missing or wrong.",
  FORBIDDEN_ORIGIN: "The Origin or Host header names a page or host that may not connect.",
  UNSUPPORTED_PROTOCOL: "Client and core share no protocol version.",
  HELLO_REQUIRED: "The first message was not `hello`, or none came in time.",
  MALFORMED_MESSAGE: "The frame is not MessagePack, or not a message of this protocol.",
  MESSAGE_TOO_LARGE: "The frame is larger than the limit that `welcome` announced.",
  RATE_LIMITED: "Too many connections or messages at once; try again later.",
  SHUTTING_DOWN: "The core is stopping and takes no new work; connect again later.",
  // Request
  INVALID_REQUEST: "A field is missing, unknown or out of range; `data.issues` lists each.",
  UNSUPPORTED_TASK: "The core has no pipeline for this task.",
  UNSUPPORTED_CONTROL: "The bundle does not take this kind of control map.",
  QUEUE_FULL: "The client, or the core, has as many open jobs as the limit allows.",
  IDEMPOTENCY_CONFLICT: "The idempotency key was used before with other parameters.",
  JOB_NOT_FOUND: "No job has this id.",
  JOB_STATE: "The job's state does not allow this action.",
  // Assets
  ASSET_NOT_FOUND: "The store holds no asset with this SHA-256.",
  ASSET_CORRUPT: "The stored bytes no longer match their SHA-256.",
  ASSET_TOO_LARGE: "The asset is larger than the limit.",
  ASSET_MISMATCH: "The uploaded bytes do not match the announced SHA-256 or size.",
  ASSET_UNREADABLE: "The asset cannot be decoded as what it was used for.",
  QUOTA_EXCEEDED: "The store is full and nothing in it may be evicted.",
  STORAGE_FULL: "The disk is full, or the state folder cannot be written.",
  // Models
  BUNDLE_NOT_FOUND: "No bundle has this id.",
  BUNDLE_INVALID: "The bundle's manifest is not valid, or a file is missing.",
  BUNDLE_CORRUPT: "A file of the bundle does not match its SHA-256, or is no ONNX graph.",
  POLICY_REFUSED: "The policy does not allow this bundle; `data.missing` names the facts that are missing.",
  // Inference
  PROVIDER_UNAVAILABLE: "The execution provider asked for cannot be used on this machine.",
  OUT_OF_MEMORY: "The model or the picture does not fit into memory.",
  HOST_CRASHED: "The inference process ended while the job ran.",
  INFERENCE_FAILED: "A graph failed while it ran.",
  BACKEND_UNAVAILABLE: "The server that has this bundle cannot be reached.",
  BACKEND_FAILED: "The server that has this bundle refused the work, or answered what cannot be understood.",
  CANCELLED: "The job was cancelled.",
  // Provenance
  SIGNING_FAILED: "The output could not be signed; nothing was handed out.",
  CREDENTIAL_INVALID: "A certificate or key is not usable for signing.",
  // Environment
  CORE_NOT_RUNNING: "No core answers at this address.",
  CONFIG_INVALID: "A setting has a value that is not possible.",
  INTERNAL: "A fault of the core's own.",
} as const;

/** One of the codes in {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What an error looks like on the wire: no stack, no path of this machine, no secret. */
export interface ErrorBody {
  code: ErrorCode;
  message: string;
  remedy?: string;
  data?: Record<string, unknown>;
}

/** Options of {@link CoreError}. */
export interface CoreErrorOptions {
  /** What the person can do about it, one sentence in the imperative. */
  remedy?: string;
  /** Facts for a program: field names, values met, limits. Must be serialisable and free of secrets. */
  data?: Record<string, unknown>;
  cause?: unknown;
}

/**
 * The one error type of the core.
 *
 * The message says what was wrong, the value met and what would be right:
 * `Unsupported scheduler "foo"; expected one of: ddim, euler.`
 */
export class CoreError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string | undefined;
  readonly data: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: CoreErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "CoreError";
    this.code = code;
    this.remedy = options.remedy;
    this.data = options.data ?? {};
  }

  /** Gives the wire form. */
  toBody(): ErrorBody {
    const body: ErrorBody = { code: this.code, message: this.message };
    if (this.remedy !== undefined) body.remedy = this.remedy;
    if (Object.keys(this.data).length > 0) body.data = this.data;
    return body;
  }

  /** Makes an error again from its wire form. */
  static fromBody(body: ErrorBody): CoreError {
    const options: CoreErrorOptions = {};
    if (body.remedy !== undefined) options.remedy = body.remedy;
    if (body.data !== undefined) options.data = body.data;
    return new CoreError(body.code, body.message, options);
  }
}

/**
 * Turns whatever was thrown into a {@link CoreError}: itself if it is one, `CANCELLED` for an AbortError,
 * `STORAGE_FULL` for a full or read-only disk, else `INTERNAL` with the thrown value as cause.
 */
export function toCoreError(thrown: unknown): CoreError {
  if (thrown instanceof CoreError) return thrown;
  if (thrown instanceof Error) {
    if (thrown.name === "AbortError") return new CoreError("CANCELLED", "The job was cancelled.", { cause: thrown });
    const errno = "code" in thrown ? thrown.code : undefined;
    if (errno === "ENOSPC" || errno === "EDQUOT" || errno === "EROFS") {
      return new CoreError("STORAGE_FULL", `The state folder cannot be written (${String(errno)}).`, {
        remedy: "Free disk space, or move GENGA_HOME to a disk with room, and retry the job.",
        cause: thrown,
      });
    }
  }
  return new CoreError("INTERNAL", "The core met a fault of its own; its log has the details.", {
    remedy: "Run `genga doctor` and report the log if it happens again.",
    cause: thrown,
  });
}
