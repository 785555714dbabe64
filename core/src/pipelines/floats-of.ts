import type { NamedTensors } from "../inference/session.ts";
import { CoreError } from "../protocol/errors.ts";

/**
 * Gives an output of a graph as float32 numbers.
 *
 * @throws CoreError BUNDLE_INVALID if the graph has no such output or gives another type
 */
export function floatsOf(outputs: NamedTensors, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (data instanceof Float32Array) return data;
  const met = data === undefined ? "is missing" : `is ${data.constructor.name}`;
  throw new CoreError("BUNDLE_INVALID", `The graph's output "${name}" ${met}; expected float32.`, {
    remedy: "Export the bundle again.",
  });
}
