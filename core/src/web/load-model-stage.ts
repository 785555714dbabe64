/** A variable, so that the page's bundle leaves the file where it is. */
const STAGE_FILE = "/model-stage.js";

/** Loads what draws models; the first time that a page wants one, since it is large. */
export function loadModelStage(): Promise<typeof import("./model-stage.ts")> {
  return import(STAGE_FILE);
}
