import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { isLoopback } from "../config.ts";
import { CoreError } from "../protocol/errors.ts";

/** Who may talk to the core. */
export interface AccessOptions {
  token: string;
  /** Port that the core listens on; known once it listens. */
  port(): number;
  allow_remote: boolean;
  /** Further names (name or name:port) by which clients may call the core. */
  hosts: readonly string[];
}

/** Checks of where a request comes from and what it shows. */
export interface Access {
  /**
   * Refuses a `Host` that is not ours (DNS rebinding: a foreign name that resolves to this machine) and an `Origin` that is
   * not the page of this very server (cross-site requests and WebSocket hijacking). Programs send no `Origin`.
   *
   * @throws CoreError FORBIDDEN_ORIGIN
   */
  checkOrigin(request: IncomingMessage): void;
  /** Compares in constant time. */
  isToken(candidate: string): boolean;
  /** Gives the bearer token of a request. */
  bearerOf(request: IncomingMessage): string | undefined;
}

/** Makes the checks for one server. */
export function createAccess({ token, port, allow_remote, hosts }: AccessOptions): Access {
  const expected = digest(token);
  return {
    checkOrigin(request) {
      const host = request.headers.host ?? "";
      if (!isOurHost(host, port(), allow_remote, hosts)) {
        throw new CoreError(
          "FORBIDDEN_ORIGIN",
          `Host ${quote(host)} is not this core; expected localhost, 127.0.0.1 or [::1] with port ${port()}.`,
          { remedy: "Call the core by a loopback address, or add the name to the setting `hosts`." },
        );
      }
      const { origin } = request.headers;
      if (origin === undefined) return;
      const behindProxy = hosts.includes(host) && origin === `https://${host}`;
      if (origin !== `http://${host}` && !behindProxy) {
        throw new CoreError(
          "FORBIDDEN_ORIGIN",
          `A page of ${quote(origin)} may not reach the core; only its own page may.`,
        );
      }
    },
    isToken: (candidate) => timingSafeEqual(digest(candidate), expected),
    bearerOf(request) {
      return /^Bearer ([\x21-\x7e]{1,500})$/i.exec(request.headers.authorization ?? "")?.[1];
    },
  };
}

/**
 * Tells whether a Host header names this server. Addresses cannot be rebound, names can: with allow_remote any literal
 * address is ours, of names only localhost and the configured ones.
 */
function isOurHost(header: string, port: number, allow_remote: boolean, hosts: readonly string[]): boolean {
  if (hosts.includes(header)) return true;
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?$/.exec(header);
  if (match === null) return false;
  const [, name = "", portText] = match;
  // A client leaves the port out only when it is HTTP's own.
  if (Number(portText ?? 80) !== port) return false;
  if (isLoopback(name.toLowerCase()) || hosts.includes(name)) return true;
  return allow_remote && isIP(name.replace(/^\[|\]$/g, "")) !== 0;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
