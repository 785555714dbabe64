import type { Socket } from "node:net";

/** Connections that have not shown the token yet. */
export interface Strangers {
  /** Takes a connection in; the oldest is turned away when there are too many. */
  add(socket: Socket): void;
  /** Called when the connection showed the token. */
  admit(socket: Socket): void;
  /** How to turn a connection away; without it the socket is closed. */
  onTurnedAway(socket: Socket, turnAway: () => void): void;
  readonly size: number;
}

/**
 * Bounds what strangers can take. The oldest goes first rather than the newest being refused: a client of ours shows its
 * token within milliseconds, so a flood of idle connections cannot keep it out.
 */
export function createStrangers(max: number): Strangers {
  const waiting = new Map<Socket, (() => void) | undefined>();
  return {
    add(socket) {
      waiting.set(socket, undefined);
      socket.once("close", () => waiting.delete(socket));
      if (waiting.size <= max) return;
      const [oldest] = waiting;
      if (oldest === undefined) return;
      const [other, turnAway] = oldest;
      waiting.delete(other);
      if (turnAway === undefined) other.destroy();
      else turnAway();
    },
    admit: (socket) => void waiting.delete(socket),
    onTurnedAway(socket, turnAway) {
      if (waiting.has(socket)) waiting.set(socket, turnAway);
    },
    get size() {
      return waiting.size;
    },
  };
}
