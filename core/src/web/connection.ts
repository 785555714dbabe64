import { Packr } from "msgpackr";
import type { ClientMessage } from "../protocol/client-messages.ts";
import type { CoreMessage } from "../protocol/core-messages.ts";

type Reply = Extract<CoreMessage, { reply_to: string }>;
/** A message without its id; fields with defaults may be left out. */
type Outgoing = { type: ClientMessage["type"] } & Record<string, unknown>;

/** The page's connection to the core; the browser's session cookie opens it. */
export interface Connection {
  /** Rejects with the core's message for a person. */
  ask<T extends Reply["type"]>(type: T, message: Outgoing): Promise<Extract<Reply, { type: T }>>;
  readonly isOpen: boolean;
}

const packr = new Packr({ useRecords: false, mapsAsObjects: true });
const RECONNECT_MS = 2000;

/** Keeps a connection to the core that served this page, and makes it again when it is lost. */
export function connectCore(onChange: (open: boolean, version: string) => void): Connection {
  const waiting = new Map<string, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  let socket: WebSocket;
  let open = false;
  let nextId = 1;

  function start(): void {
    socket = new WebSocket(`ws://${location.host}/`, "genga.v1");
    socket.binaryType = "arraybuffer";
    socket.onopen = () =>
      send({ type: "hello", client: { name: "genga-page", version: "1" }, protocols: ["genga.v1"] });
    socket.onmessage = ({ data }) => receive(packr.unpack(new Uint8Array(data)));
    socket.onclose = () => {
      open = false;
      for (const { reject } of waiting.values()) reject(new Error("The connection to the core is lost."));
      waiting.clear();
      onChange(false, "");
      setTimeout(start, RECONNECT_MS);
    };
  }

  // The page comes from the very core that it talks to, so what arrives is what the types say.
  function receive(message: CoreMessage): void {
    if (message.type === "welcome") {
      open = true;
      onChange(true, message.core.version);
    } else if ("reply_to" in message && message.reply_to !== undefined) {
      const asked = waiting.get(message.reply_to);
      waiting.delete(message.reply_to);
      if (message.type === "error") {
        const { message: what, remedy } = message.error;
        asked?.reject(new Error(remedy === undefined ? what : `${what} ${remedy}`));
      } else asked?.resolve(message);
    }
  }

  function send(message: object): void {
    socket.send(packr.pack(message));
  }

  start();
  return {
    ask<T extends Reply["type"]>(type: T, message: Outgoing) {
      return new Promise<Extract<Reply, { type: T }>>((resolve, reject) => {
        if (!open) return reject(new Error("The core does not answer."));
        const id = `page-${nextId++}`;
        const isAnswer = (reply: Reply): reply is Extract<Reply, { type: T }> => reply.type === type;
        waiting.set(id, {
          resolve: (reply) =>
            isAnswer(reply) ? resolve(reply) : reject(new Error(`The core answered ${reply.type}.`)),
          reject,
        });
        send({ ...message, id });
      });
    },
    get isOpen() {
      return open;
    },
  };
}
