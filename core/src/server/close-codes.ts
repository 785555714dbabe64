/**
 * Codes with which the core closes a WebSocket. 4xxx are ours and follow HTTP's numbers; the `error` frame before says more.
 * A frame larger than the limit is closed with 1009 as it is announced, before any of it is kept.
 */
export const CLOSE_CODES = {
  /** The core stops: connect again later. */
  GOING_AWAY: 1001,
  /** A frame or message was larger than the limit. */
  TOO_LARGE: 1009,
  /** First message was not `hello`, or too many messages in a row were unreadable. */
  BAD_MESSAGES: 4400,
  UNAUTHORIZED: 4401,
  UNSUPPORTED_PROTOCOL: 4406,
  /** No `hello` in time, or no sign of life. */
  TIMEOUT: 4408,
  /** Too many connections, or a reader so slow that its messages no longer fit. Attach again later. */
  TOO_MANY: 4429,
} as const;
