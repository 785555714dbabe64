import { button, element } from "../../core/src/web/dom.ts";
import { text } from "./texts.ts";

/** Opens a modal dialog; Escape, its button and a click beside it close it, and the focus goes back to where it was. */
export function openDialog(title: string, ...content: HTMLElement[]): HTMLDialogElement {
  const close = button(text("close"), () => dialog.close());
  const dialog = element(
    "dialog",
    { className: "genga-dialog genga", ariaLabel: title },
    element("header", {}, element("h2", {}, title), close),
    ...content,
  );
  // ComfyUI listens for keys on the whole page: Delete in here must not delete nodes.
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
