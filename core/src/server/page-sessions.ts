import { randomBytes } from "node:crypto";

/** Browser sessions of the core's own page. */
export interface PageSessions {
  /** Gives a code that opens one session within a minute. */
  createCode(): string;
  /** Gives the session that a code opens; the code is used up. */
  redeem(code: string): string | undefined;
  isSession(session: string): boolean;
}

const CODE_LIFE_MS = 60_000;
const SESSION_LIFE_MS = 12 * 3600_000;
const MAX_KEPT = 100;

/** Makes the sessions; they live in memory and end with the core. */
export function createPageSessions(now: () => number): PageSessions {
  const codes = new Map<string, number>();
  const sessions = new Map<string, number>();
  return {
    createCode: () => keep(codes, now() + CODE_LIFE_MS),
    redeem(code) {
      const until = codes.get(code);
      codes.delete(code);
      return until !== undefined && now() < until ? keep(sessions, now() + SESSION_LIFE_MS) : undefined;
    },
    isSession: (session) => now() < (sessions.get(session) ?? 0),
  };
}

// 256 random bits as the key of a map: what a lookup's time may tell of them is of no use.
function keep(kept: Map<string, number>, until: number): string {
  const secret = randomBytes(32).toString("base64url");
  kept.set(secret, until);
  const [oldest] = kept.keys();
  if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
  return secret;
}
