import type { z } from "zod";
import { type ClientMessage, ClientMessageSchema } from "./client-messages.ts";
import { decodeFrame } from "./codec.ts";
import { CoreError, type CoreErrorOptions, type ErrorCode } from "./errors.ts";
import { MessageIdSchema } from "./fields.ts";
import { formatIssues, listIssues } from "./issues.ts";

const TYPES: readonly string[] = ClientMessageSchema.options.flatMap((option) => [...option.shape.type.values]);

/** A message that was refused as it came in; knows which message the `error` answers. */
export class RefusedMessageError extends CoreError {
  /** Id of the refused message, when it had a usable one. */
  readonly reply_to: string | undefined;

  constructor(code: ErrorCode, message: string, options: CoreErrorOptions, reply_to: string | undefined) {
    super(code, message, options);
    this.reply_to = reply_to;
  }
}

/**
 * Gives the message in a frame from a client, with every default filled in. The one place where client messages are
 * parsed; `params` stay as they came and are for {@link parseParams}.
 *
 * @throws RefusedMessageError MALFORMED_MESSAGE if it is no message of this protocol; INVALID_REQUEST, with `data.issues`,
 *   if a field is missing, unknown or out of range.
 */
export function parseClientMessage(bytes: Uint8Array): ClientMessage {
  const value = decode(bytes);
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw new RefusedMessageError(
      "MALFORMED_MESSAGE",
      "The frame holds no map; a message is a map with a field `type`.",
      {},
      undefined,
    );
  }
  const reply_to = MessageIdSchema.safeParse("id" in value ? value.id : undefined).data;
  const type = "type" in value ? value.type : undefined;
  if (typeof type !== "string" || !TYPES.includes(type)) {
    const met =
      typeof type === "string"
        ? `Unknown message type ${JSON.stringify(type.slice(0, 60))}`
        : "The message has no `type`";
    throw new RefusedMessageError("MALFORMED_MESSAGE", `${met}; expected one of: ${TYPES.join(", ")}.`, {}, reply_to);
  }
  const parsed = ClientMessageSchema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issues = listIssues(parsed.error.issues);
  throw new RefusedMessageError(
    "INVALID_REQUEST",
    `Message \`${type}\`: ${formatIssues(issues)}`,
    { data: { issues } },
    reply_to,
  );
}

/**
 * Gives the parameters of a task, checked and with every default filled in.
 *
 * @throws CoreError INVALID_REQUEST, with `data.issues` whose paths begin with `params`.
 */
export function parseParams<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issues = listIssues(parsed.error.issues, "params");
  throw new CoreError("INVALID_REQUEST", formatIssues(issues), { data: { issues } });
}

function decode(bytes: Uint8Array): unknown {
  try {
    return decodeFrame(bytes);
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    const options: CoreErrorOptions = { cause: error };
    if (error.remedy !== undefined) options.remedy = error.remedy;
    throw new RefusedMessageError(error.code, error.message, options, undefined);
  }
}
