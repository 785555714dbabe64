import { setImmediate } from "node:timers/promises";

/**
 * Lets the event loop turn once, so that a cancel that has arrived is heard, and stops there.
 *
 * A graph blocks its thread while it runs; without this turn no message would come in between two runs.
 *
 * @throws the signal's reason once it is aborted
 */
export async function breathe(signal: AbortSignal): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}
