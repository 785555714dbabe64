import { CoreError } from "../protocol/errors.ts";

/** Reads JSON of a file that the user named. @throws CoreError INVALID_REQUEST naming the file */
export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CoreError("INVALID_REQUEST", `${file} is not JSON: ${cause instanceof Error ? cause.message : ""}`, {
      cause,
    });
  }
}
