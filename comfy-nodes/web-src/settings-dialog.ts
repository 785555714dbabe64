import { button, element } from "../../core/src/web/dom.ts";
import { openDialog } from "./dialog.ts";
import { type CoreState, get, type PackSettings, Problem, post } from "./server.ts";
import { text } from "./texts.ts";

/** Opens the pack's settings, which stay with ComfyUI's server. */
export async function openSettings(): Promise<void> {
  const place = element("div", {}, element("p", { className: "empty" }, text("connecting")));
  openDialog(`Genga: ${text("settings")}`, place);
  try {
    place.replaceChildren(renderForm(await get<PackSettings>("/genga/settings")));
  } catch (error) {
    place.replaceChildren(renderProblem(error));
  }
}

function renderForm(settings: PackSettings): HTMLFormElement {
  const { url, has_token, prompt_privacy, fixed_url, may_change } = settings;
  const field = (label: string, input: HTMLInputElement, note?: string) =>
    element(
      "label",
      { className: input.type === "checkbox" ? "genga-check" : "" },
      element("span", {}, label),
      input,
      note === undefined ? undefined : element("span", { className: "small" }, note),
    );
  const address = element("input", {
    type: "text",
    name: "url",
    value: url ?? "",
    placeholder: text("address_auto"),
    spellcheck: false,
    disabled: fixed_url,
  });
  const token = element("input", {
    type: "password",
    name: "token",
    autocomplete: "off",
    placeholder: has_token ? text("token_kept") : text("token_none"),
  });
  const privacy = element("input", { type: "checkbox", name: "prompt_privacy", checked: prompt_privacy });
  const outcome = element("div", { ariaLive: "polite" });
  const save = async (forget: boolean) => {
    outcome.replaceChildren(element("p", { className: "empty" }, text("connecting")));
    try {
      await post("/genga/settings", {
        prompt_privacy: privacy.checked,
        ...(fixed_url ? {} : { url: address.value.trim() }),
        ...(forget ? { token: "" } : token.value === "" ? {} : { token: token.value }),
      });
      token.value = "";
      const state = await get<CoreState>("/genga/state");
      if (state.state === "unreachable") throw new Problem(state.error.code, state.error.message, state.error.remedy);
      outcome.replaceChildren(element("p", { className: "good" }, `${text("connected")}: ${state.version}`));
    } catch (error) {
      outcome.replaceChildren(renderProblem(error));
    }
  };
  const form = element(
    "form",
    { className: "genga-form" },
    element(
      "fieldset",
      { disabled: !may_change },
      field(text("address"), address, fixed_url ? text("address_fixed") : "ws://127.0.0.1:7860/"),
      field(text("token"), token, text("token_note")),
      field(text("privacy"), privacy),
      element(
        "div",
        { className: "genga-actions" },
        element("button", { type: "submit", className: "primary" }, text("save_settings")),
        has_token ? button(text("forget_token"), () => void save(true)) : undefined,
      ),
    ),
    may_change ? undefined : element("p", { className: "error" }, text("no_change")),
    outcome,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void save(false);
  });
  return form;
}

function renderProblem(error: unknown): HTMLElement {
  const { message, remedy } = Problem.from(error);
  return element("div", { role: "alert" }, element("p", { className: "error" }, message), element("p", {}, remedy));
}
