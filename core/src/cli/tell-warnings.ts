import type { Output } from "./output.ts";

/** Tells each warning once; files of one job share most of theirs. */
export function tellWarnings(warnings: readonly string[], output: Output): void {
  for (const warning of new Set(warnings)) output.warn(warning);
}
