import { app } from "comfyui/app";
import { Problem } from "./server.ts";

/** Shows what went wrong, with what can be done about it, in ComfyUI's own way. */
export function toastProblem(error: unknown, summary = "Genga"): void {
  const { message, remedy } = Problem.from(error);
  app.extensionManager.toast.add({
    severity: "error",
    summary,
    detail: remedy === undefined ? message : `${message} ${remedy}`,
    life: 12_000,
  });
}

/** Says that something was done. */
export function toastDone(detail: string): void {
  app.extensionManager.toast.add({ severity: "success", summary: "Genga", detail, life: 4000 });
}
