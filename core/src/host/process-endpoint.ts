import type { Endpoint } from "comlink";

/** What a forked process and its parent have in common. */
export interface MessageChannelProcess {
  send?: ((message: object, callback: (error: Error | null) => void) => boolean) | undefined;
  on(event: "message", listener: (message: unknown) => void): unknown;
  off(event: "message", listener: (message: unknown) => void): unknown;
}

/**
 * Gives a comlink endpoint over the channel of a forked process; fork it with `serialization: "advanced"`, so that bytes cross
 * as bytes. A message to a process that has ended is dropped: its caller learns of the end by the process's exit.
 */
export function processEndpoint(channel: MessageChannelProcess): Endpoint {
  const wrapped = new Map<unknown, (data: unknown) => void>();
  return {
    postMessage: (message) => {
      channel.send?.(message, () => undefined);
    },
    addEventListener: (_type, listener) => {
      const onMessage = (data: unknown) => listener({ data });
      wrapped.set(listener, onMessage);
      channel.on("message", onMessage);
    },
    removeEventListener: (_type, listener) => {
      const onMessage = wrapped.get(listener);
      if (onMessage !== undefined) channel.off("message", onMessage);
      wrapped.delete(listener);
    },
  };
}
