import type { MessagePort, TransferListItem, Worker } from "node:worker_threads";
import type { Endpoint } from "comlink";

/** Gives a comlink endpoint over a worker thread, or over a worker's way to its parent. */
export function portEndpoint(port: Worker | MessagePort): Endpoint {
  const wrapped = new Map<unknown, (data: unknown) => void>();
  return {
    postMessage: (message: unknown, transfer: TransferListItem[] = []) => port.postMessage(message, transfer),
    addEventListener: (_type, listener) => {
      const onMessage = (data: unknown) => listener({ data });
      wrapped.set(listener, onMessage);
      port.on("message", onMessage);
    },
    removeEventListener: (_type, listener) => {
      const onMessage = wrapped.get(listener);
      if (onMessage !== undefined) port.off("message", onMessage);
      wrapped.delete(listener);
    },
  };
}
