import { CoreError } from "../protocol/errors.ts";

const OUT_OF_MEMORY =
  /failed to allocate memory|bad[_ ]alloc|bad allocation|out of memory|outofmemory|allocation failed|ALLOC_FAILED|8007000E|cannot allocate|insufficient memory/i;
const NO_GRAPH =
  /protobuf parsing failed|INVALID_PROTOBUF|invalid graph|INVALID_GRAPH|no graph was found|unsupported model IR version|unknown model file format|not a registered function\/op|external data|failed to load model because protobuf|ModelProto/i;

/** What was done when the runtime failed. */
export interface OrtFailure {
  action: "load" | "run";
  /** Component and bundle as the person knows them: `unet of bundle "sd15"`. */
  label: string;
  provider: string;
}

/** Turns an error of onnxruntime into a CoreError; its text is kept without paths of this machine, the error itself as cause. */
export function ortError(thrown: unknown, { action, label, provider }: OrtFailure): CoreError {
  if (thrown instanceof CoreError) return thrown;
  const text = withoutPaths(thrown instanceof Error ? thrown.message : String(thrown));
  if (OUT_OF_MEMORY.test(text)) {
    const other = provider === "cpu" ? "" : ", or set the provider to cpu";
    return new CoreError("OUT_OF_MEMORY", `No memory was left to ${action} the ${label}: ${text}`, {
      remedy: `Choose a smaller size or fewer images at once, close other programs${other}.`,
      data: { provider },
      cause: thrown,
    });
  }
  if (action === "load" && NO_GRAPH.test(text)) {
    return new CoreError("BUNDLE_CORRUPT", `The ${label} is no ONNX graph that this runtime reads: ${text}`, {
      remedy: "Export the bundle again; it may be damaged, or made for a later version of onnxruntime.",
      cause: thrown,
    });
  }
  return new CoreError(
    "INFERENCE_FAILED",
    `The ${label} could not be ${action === "load" ? "loaded" : "run"}: ${text}`,
    {
      remedy:
        provider === "cpu"
          ? "Check the request's sizes against the bundle's; run `genga models verify` if it goes on."
          : "Set the provider to cpu to see whether the graphics driver is at fault.",
      data: { provider },
      cause: thrown,
    },
  );
}

/** Gives a runtime's text as one line, with file names in place of whole paths, at most 300 characters. */
export function withoutPaths(text: string): string {
  const line = text
    // Terminal colours of the runtime's log; the escape character is what marks them.
    .replace(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g"), "")
    .replace(/(?:[A-Za-z]:)?(?:[\\/][^\\/\s:"'()]+)+[\\/](?=[^\\/\s])/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return line.length > 300 ? `${line.slice(0, 297)}...` : line;
}
