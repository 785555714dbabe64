import { api, type ComfyFile } from "comfyui/api";
import { app, type ComfyNode } from "comfyui/app";
import type { Verification } from "../../core/src/protocol/verification.ts";
import { button, element } from "../../core/src/web/dom.ts";
import { renderVerification } from "../../core/src/web/provenance-panel.ts";
import { openDialog } from "./dialog.ts";
import { assetProvenance, assetUrl, fileProvenance, fileUrl, Problem, type Provenance } from "./server.ts";
import { text } from "./texts.ts";
import { toastDone, toastProblem } from "./toast.ts";

declare const LiteGraph: { createNode(type: string): ComfyNode | null };

/** A file whose record can be shown. */
export interface Shown {
  /** For people. */
  name: string;
  /** Where its bytes are. */
  url: string;
  /** Whether a browser can show it. */
  picture: boolean;
  /** Whether it stands in a node of the graph already. */
  inGraph: boolean;
  read(search: boolean): Promise<Provenance>;
}

const PICTURE = /\.(png|jpe?g|webp|gif|avif)$/i;

/** A file of the core; `sidecar` is the asset with its credential, for one that holds none itself. */
export function shownAsset(sha256: string, name: string, sidecar?: string, picture = PICTURE.test(name)): Shown {
  return { name, url: assetUrl(sha256), picture, inGraph: false, read: () => assetProvenance(sha256, sidecar) };
}

/** A file of ComfyUI's folders. */
export function shownFile(file: ComfyFile): Shown {
  return {
    name: file.filename,
    url: fileUrl(file),
    picture: PICTURE.test(file.filename),
    inGraph: true,
    read: (search) => fileProvenance(file, search),
  };
}

/** Opens what is known of some files: who signed, whether they are unchanged, models, licences, training data, prompt. */
export function openRecord(files: readonly Shown[]): void {
  const body = element("div", { className: "genga-record", tabIndex: -1 });
  const [first] = files;
  if (first === undefined) return;
  if (files.length > 1) {
    const tabs = files.map((file, index) =>
      button(file.name, () => {
        for (const [other, tab] of tabs.entries()) tab.ariaPressed = String(other === index);
        void showFile(body, file);
      }),
    );
    for (const [index, tab] of tabs.entries()) tab.ariaPressed = String(index === 0);
    openDialog(text("provenance"), element("div", { className: "genga-actions" }, ...tabs), body);
  } else openDialog(text("provenance"), body);
  void showFile(body, first);
}

async function showFile(body: HTMLElement, file: Shown, search = false): Promise<void> {
  const facts = element("div", { className: "genga-facts", ariaLive: "polite" });
  facts.append(element("p", { className: "empty" }, text("verifying")));
  const actions = element(
    "div",
    { className: "genga-actions" },
    file.picture && !file.inGraph ? button(text("add_to_graph"), () => void addToGraph(file)) : undefined,
    element("a", { href: file.url, download: file.name, className: "genga-button" }, text("save")),
  );
  body.replaceChildren(
    element(
      "div",
      { className: "genga-file" },
      file.picture ? element("img", { src: file.url, alt: file.name }) : undefined,
      element("p", { className: "small" }, file.name),
      actions,
    ),
    facts,
  );
  // The button that was pressed is gone. With the focus on the page, ComfyUI would take the next Escape for itself.
  if (document.activeElement === document.body) body.focus();
  try {
    const { credential, verification } = await file.read(search);
    if (verification === undefined) {
      facts.replaceChildren(
        element("p", { className: "credential unsigned" }, text("no_credential")),
        button(text("search"), () => void showFile(body, file, true)),
      );
      return;
    }
    const [state, signer, ...rest] = renderVerification(verification);
    facts.replaceChildren(
      ...[state, signer].filter((part) => part !== undefined),
      ...promptOf(verification),
      ...ingredientsOf(verification, (ingredient) => void showFile(body, ingredient)),
      ...rest,
    );
    if (credential || verification.state === "known") actions.append(copyButton(verification));
  } catch (error) {
    const { message, remedy } = Problem.from(error);
    facts.replaceChildren(
      element("p", { className: "error", role: "alert" }, message),
      element("p", {}, remedy),
      button(text("retry_now"), () => void showFile(body, file, search)),
    );
  }
}

function promptOf({ record, signing }: Verification): HTMLElement[] {
  const prompt = record?.params.prompt ?? signing?.parameters.prompt;
  if (typeof prompt !== "string" || prompt === "") return [];
  const hidden = /^sha256:[0-9a-f]{64}$/.test(prompt);
  return [
    element("h3", {}, text("prompt")),
    hidden ? element("p", {}, element("em", {}, text("prompt_private"))) : element("blockquote", {}, prompt),
  ];
}

/** Buttons to the records of signed files that went in: what a generated picture was made by stands there. */
function ingredientsOf({ signing }: Verification, open: (ingredient: Shown) => void): HTMLElement[] {
  const signed = (signing?.ingredients ?? []).filter(({ credential }) => credential !== "unsigned");
  if (signed.length === 0) return [];
  return [
    element("h3", {}, text("made_from")),
    element(
      "div",
      { className: "genga-actions" },
      ...signed.map(({ sha256, name, role, mime }) => {
        const label = [role, name ?? sha256.slice(0, 12)].filter((part) => part !== undefined).join(": ");
        return button(label, () =>
          open(shownAsset(sha256, name ?? sha256.slice(0, 12), undefined, mime.startsWith("image/"))),
        );
      }),
    ),
  ];
}

function copyButton(verification: Verification): HTMLElement {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(JSON.stringify(verification, null, 2));
      toastDone(text("copied"));
    } catch (error) {
      toastProblem(new Problem("CLIPBOARD", `The browser gave no clipboard: ${error}`, text("save")));
    }
  };
  return button(text("copy"), () => void copy());
}

/** Brings a picture into ComfyUI's input folder, byte for byte, and a Load Image node with it into the graph. */
async function addToGraph(file: Shown): Promise<void> {
  try {
    const form = new FormData();
    form.append("image", await (await fetch(file.url)).blob(), file.name);
    const answer = await api.fetchApi("/upload/image", { method: "POST", body: form });
    if (!answer.ok) throw new Problem("UPLOAD", `ComfyUI refused the picture with ${answer.status}.`);
    const { name }: { name: string } = await answer.json();
    const node = LiteGraph.createNode("LoadImage");
    const widget = node?.widgets?.find((one) => one.name === "image");
    if (node === null || widget === undefined) throw new Problem("NODE", "ComfyUI has no Load Image node.");
    const { offset, scale } = app.canvas.ds;
    const { clientWidth, clientHeight } = app.canvas.canvas;
    node.pos = [clientWidth / 2 / scale - offset[0] - 150, clientHeight / 2 / scale - offset[1] - 150];
    app.graph.add(node);
    widget.value = name;
    widget.callback?.(name);
    document.querySelector<HTMLDialogElement>("dialog.genga-dialog")?.close();
  } catch (error) {
    toastProblem(error);
  }
}
