import type { WebSocket } from "ws";
import { encodeMessage } from "../protocol/codec.ts";
import type { CoreMessage, JobEvent } from "../protocol/core-messages.ts";

/** What waits for one reader. */
export interface Outbox {
  /** Sends a reply; never dropped. */
  send(message: CoreMessage): void;
  /** Sends an event of a job. A waiting `progress` or `preview` of the same job gives way to the newer one. */
  sendEvent(event: JobEvent): void;
  /** Sends bulk data and resolves when there is room for more, or when the connection ended. */
  sendPaced(message: CoreMessage): Promise<void>;
  /** Bytes that wait, in the queue and in the socket. */
  readonly bytes: number;
  /** Bytes that the socket took since the connection began: a sign of life of a reader that is merely slow. */
  readonly sent: number;
  /** Forgets what waits. */
  close(): void;
}

/** Options of {@link createOutbox}. */
export interface OutboxOptions {
  /** Most bytes that wait; beyond, previews and progress are dropped, and if that is not enough, `onOverflow` is called. */
  max_bytes: number;
  onOverflow(): void;
  /** Called each time that something left. */
  onDrain(): void;
}

interface Entry {
  bytes: Uint8Array;
  /** `progress:<job>` or `preview:<job>` of an event that may be dropped. */
  key?: string;
}

/** Handed to the socket at once, so that it is never idle; the rest waits here, where it can still be dropped. */
const IN_SOCKET_BYTES = 2 * 1024 * 1024;

/** Makes the bounded outgoing queue of one connection, in order, with one `key` at most once in it. */
export function createOutbox(socket: WebSocket, { max_bytes, onOverflow, onDrain }: OutboxOptions): Outbox {
  let queue = new Set<Entry>();
  const droppable = new Map<string, Entry>();
  let queued = 0;
  let inSocket = 0;
  let sent = 0;
  let closed = false;
  let room: (() => void)[] = [];

  function remove(entry: Entry): void {
    queue.delete(entry);
    queued -= entry.bytes.byteLength;
    if (entry.key !== undefined) droppable.delete(entry.key);
  }

  function pump(): void {
    for (const entry of queue) {
      if (closed || inSocket >= IN_SOCKET_BYTES) return;
      remove(entry);
      const size = entry.bytes.byteLength;
      inSocket += size;
      socket.send(entry.bytes, { binary: true }, (error) => {
        inSocket -= size;
        if (error === undefined || error === null) sent += size;
        if (closed) return;
        pump();
        if (inSocket + queued < IN_SOCKET_BYTES) giveRoom();
        onDrain();
      });
    }
  }

  function giveRoom(): void {
    const waiting = room;
    room = [];
    for (const go of waiting) go();
  }

  function push(entry: Entry): void {
    if (closed) return;
    if (entry.key !== undefined) {
      const older = droppable.get(entry.key);
      if (older !== undefined) remove(older);
      droppable.set(entry.key, entry);
    }
    queue.add(entry);
    queued += entry.bytes.byteLength;
    pump();
    if (queued <= max_bytes) return;
    for (const kind of ["preview:", "progress:"]) {
      for (const [key, older] of droppable) if (key.startsWith(kind)) remove(older);
      if (queued <= max_bytes) return;
    }
    onOverflow();
  }

  return {
    send: (message) => push({ bytes: encodeMessage(message) }),
    sendEvent(event) {
      const bytes = encodeMessage(event);
      if (event.type === "progress" || event.type === "preview") push({ bytes, key: `${event.type}:${event.job_id}` });
      else push({ bytes });
    },
    async sendPaced(message) {
      push({ bytes: encodeMessage(message) });
      while (!closed && inSocket + queued >= IN_SOCKET_BYTES) await new Promise<void>((go) => room.push(go));
    },
    get bytes() {
      return queued + inSocket;
    },
    get sent() {
      return sent;
    },
    close() {
      closed = true;
      queue = new Set();
      droppable.clear();
      queued = 0;
      giveRoom();
    },
  };
}
