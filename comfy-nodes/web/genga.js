// Built from comfy-nodes/web-src by `npm run build`; do not edit.

// comfy-nodes/web-src/main.ts
import { api as api5 } from "../../scripts/api.js";
import { app as app6 } from "../../scripts/app.js";

// core/src/web/dom.ts
function element(tag, { className, title, ...rest } = {}, ...children) {
  const node = document.createElement(tag);
  if (className !== void 0) node.className = className;
  if (title !== void 0) node.title = title;
  Object.assign(node, rest);
  node.append(...children.filter((child) => child !== void 0));
  return node;
}
function button(label, onclick, className = "") {
  return element("button", { type: "button", className, onclick }, label);
}
function facts(rows) {
  const list2 = element("dl");
  for (const [name, value] of rows) {
    if (value !== void 0 && value !== "") list2.append(element("dt", {}, name), element("dd", {}, value));
  }
  return list2;
}

// comfy-nodes/web-src/badges.ts
import { api as api3 } from "../../scripts/api.js";
import { app as app5 } from "../../scripts/app.js";

// comfy-nodes/web-src/nodes.ts
import { app } from "../../scripts/app.js";
function findNode(id) {
  let graph = app.rootGraph ?? app.graph;
  let node;
  for (const part of String(id).split(":")) {
    node = graph?.getNodeById(part) ?? graph?.getNodeById(Number(part)) ?? void 0;
    graph = node?.subgraph;
  }
  return node;
}

// comfy-nodes/web-src/record-dialog.ts
import { api as api2 } from "../../scripts/api.js";
import { app as app4 } from "../../scripts/app.js";

// core/src/web/skeleton-pose.ts
var FOCAL = 1 / Math.tan(Math.PI / 9);

// core/src/web/provenance-panel.ts
var STATES = {
  trusted: "Signature right, issuer trusted here",
  valid: "Signature right, issuer not among the trusted",
  tampered: "The bytes or the manifest were changed",
  known: "No credential left, but found in this core's log",
  unsigned: "Nothing is known of this file"
};
function renderVerification({
  state,
  issuer,
  signed_with,
  record,
  signing,
  problems,
  log
}) {
  const parts = [
    element("p", { className: `credential ${state}` }, element("strong", {}, state), ` — ${STATES[state]}`),
    facts([
      ["Signed by", issuer],
      ["Signed with", signed_with],
      ["Log", log === void 0 ? void 0 : `entry ${log.index} of ${log.tree_size}`]
    ]),
    ...problems.map(({ code, explanation }) => element("p", { className: "error" }, `${code}: ${explanation}`))
  ];
  if (signing !== void 0) parts.push(...renderSigning(signing));
  if (record === void 0) return parts;
  const { who, execution } = record;
  parts.push(
    ...record.motion === void 0 ? [] : renderOrigin(record.motion),
    ...record.mesh === void 0 ? [] : renderMesh(record.mesh),
    ...record.texture === void 0 ? [] : renderTexture(record.texture),
    element("h3", {}, "Models"),
    ...record.models.map(
      ({ name, version, licence, training_data, manifest_sha256 }) => facts([
        ["Model", `${name} ${version}`],
        ["Licence", `${licence.spdx}${licence.commercial_use ? "" : " (no commercial use)"}`],
        ["Bundle", element("code", {}, manifest_sha256)],
        [
          "Training data",
          training_data === "undeclared" ? element("em", {}, "undeclared") : training_data.length === 0 ? "none: random weights" : dataList(training_data)
        ]
      ])
    ),
    ...(record.backend?.models ?? []).map(outsideModel),
    element("h3", {}, "Inputs"),
    record.inputs.length === 0 ? element("p", { className: "empty" }, "None.") : facts(
      record.inputs.map(({ role, name, mime, credential, sha256 }) => [
        role,
        `${name ?? mime} · ${credential} · ${sha256.slice(0, 12)}…`
      ])
    ),
    element("h3", {}, "Who and when"),
    facts([
      ["Client", who.client],
      ["Person", who.user],
      ["Project", who.project],
      ["Shot", who.shot],
      ["Made", new Date(record.created).toLocaleString()],
      ["With", `${record.software} · ${execution.runtime} · ${execution.provider} · ${execution.device}`],
      ["Policy", record.policy],
      ["Seed", String(record.seed)]
    ]),
    element("h3", {}, "Parameters"),
    element("pre", {}, JSON.stringify(record.params, null, 2))
  );
  return parts;
}
function renderOrigin({ origin, frames, fps, warnings }) {
  return [
    element("h3", {}, "Motion"),
    ...warnings.map((warning) => element("p", { className: "notice" }, warning)),
    facts([
      ["Length", `${frames} frames at ${fps} a second`],
      ...origin.map(({ segment, kind, clips }) => [
        `Segment ${segment + 1}`,
        clips.length === 0 ? element("span", {}, kind) : element(
          "span",
          {},
          `${kind} from`,
          element(
            "ul",
            {},
            ...clips.map(({ id, licence, source }) => element("li", {}, `${id} — ${licence} — ${source}`))
          )
        )
      ])
    ])
  ];
}
function renderMesh({ origin, triangles, vertices, size_m, closed, lod }) {
  const { source, reason, category, values, model, warnings } = origin;
  return [
    element("h3", {}, "Mesh"),
    ...warnings.map((warning) => element("p", { className: "notice" }, warning)),
    facts([
      ["Source", `${source}${category === void 0 ? "" : `: ${category}`}`],
      ["Because", reason],
      ["Original", model && `${model.name} by ${model.author}`],
      ["Licence", model?.licence],
      ["From", model?.source],
      ["Changed", model?.changes.join(", ")],
      ["Shape", values && wordsOf(values)],
      ["Triangles", `${triangles.toLocaleString()} (${vertices.toLocaleString()} vertices)`],
      ["Level of detail", lod === 0 ? void 0 : String(lod)],
      ["Size", `${size_m.map((metres) => Number(metres.toPrecision(3))).join(" × ")} m`],
      ["Surface", closed ? "every part is closed" : "open"]
    ])
  ];
}
function wordsOf(values) {
  const pairs = Object.entries(values).map(
    ([name, value]) => `${name.replace(/_|(?=[A-Z])/g, " ").toLowerCase()} ${typeof value === "number" ? Number(value.toPrecision(3)) : typeof value === "object" ? JSON.stringify(value) : String(value)}`
  );
  return pairs.join(", ");
}
function renderTexture({ objects, views, painted, texture_size, warnings }) {
  return [
    element("h3", {}, "Texture"),
    ...warnings.map((warning) => element("p", { className: "notice" }, warning)),
    facts([
      ["Painted", objects.join(", ")],
      ["Coverage", `${Math.floor(painted * 1e3) / 10} % of what shows, from ${views} views`],
      ["Size", `${texture_size} × ${texture_size} pixels`]
    ])
  ];
}
function renderSigning({
  actions,
  models,
  ingredients,
  declared_by,
  software_agent,
  created,
  policy,
  parameters
}) {
  return [
    element("h3", {}, "Declared"),
    facts([
      ["By", [declared_by.client, declared_by.user].filter((part) => part !== void 0).join(", ")],
      ["Done", actions.map(({ action }) => action.replace("c2pa.", "")).join(", ")],
      ["Origin", actions.flatMap(({ digital_source_type: type }) => type ?? []).join(", ") || void 0],
      [
        "With",
        software_agent && [software_agent.name, software_agent.version].filter((part) => part !== void 0).join(" ")
      ],
      ["Project", declared_by.project],
      ["Shot", declared_by.shot],
      ["Signed", new Date(created).toLocaleString()],
      ["Policy", policy]
    ]),
    element("h3", {}, "Models as declared"),
    ...models.map(outsideModel),
    ...models.length === 0 ? [element("p", { className: "empty" }, "None.")] : [],
    element("h3", {}, "Files that went in"),
    ingredients.length === 0 ? element("p", { className: "empty" }, "None.") : facts(
      ingredients.map(({ relationship, role, name, mime, credential, sha256 }) => [
        role ?? relationship,
        `${name ?? mime} · ${credential} · ${sha256.slice(0, 12)}…`
      ])
    ),
    element("h3", {}, "Parameters"),
    element("pre", {}, JSON.stringify(parameters, null, 2))
  ];
}
function outsideModel({ role, name, sha256, licence, training_data }) {
  return facts([
    [role, name],
    ["Hash", sha256 === void 0 ? element("em", {}, "not given") : element("code", {}, sha256)],
    ["Licence", licence?.spdx ?? element("em", {}, "undeclared")],
    ["Training data", training_data === "undeclared" ? element("em", {}, "undeclared") : dataList(training_data)]
  ]);
}
var DATA_LISTED = 4;
function dataList(data) {
  const list2 = element(
    "ul",
    {},
    ...data.map(({ name, licence, source }) => element("li", {}, `${name} — ${licence} — ${source}`))
  );
  if (data.length <= DATA_LISTED) return list2;
  return element("details", {}, element("summary", {}, `${data.length} data sets`), list2);
}

// comfy-nodes/web-src/texts.ts
import { app as app2 } from "../../scripts/app.js";
var EN = {
  tab: "Jobs, results and provenance of Genga",
  connecting: "Connecting …",
  connected: "Connected",
  away: "Not connected",
  settings: "Settings",
  retry_now: "Try again",
  queue: "Queue",
  queue_empty: "Nothing waits; the core is ready.",
  queue_paused: "The queue is paused.",
  pause: "Pause",
  resume: "Resume",
  pause_queue: "Pause queue",
  resume_queue: "Resume queue",
  cancel: "Cancel",
  retry: "Retry",
  remove: "Remove",
  troubled: "Ended without a result",
  results: "Results",
  results_empty: "What this core makes appears here. Put a Genga node into the graph and press Run.",
  bundles: "Bundles",
  refused: "refused by policy",
  test_bundle: "test: random weights",
  next: "next",
  ahead: "ahead",
  policy: "Policy",
  private: "Prompts are kept out of files",
  provenance: "Provenance",
  close: "Close",
  verifying: "Verifying …",
  no_credential: "This file carries no credential.",
  search: "Look for it in the core's log",
  add_to_graph: "Add to the graph",
  save: "Save the file",
  copy: "Copy the record",
  copied: "The record is in the clipboard.",
  prompt: "Prompt",
  made_from: "Made from, with records of their own",
  prompt_private: "kept private; its hash is in the record",
  menu: "Genga: what made this?",
  trusted: "Signed, trusted",
  valid: "Signed",
  tampered: "Changed since it was signed",
  known: "Known, without a credential",
  unsigned: "No credential",
  unchecked: "Signed, not checked",
  undeclared: "undeclared training data",
  files: "files",
  show_record: "Show the record.",
  address: "Address of the core",
  address_auto: "the core on this machine",
  address_fixed: "Set by GENGA_URL where ComfyUI runs.",
  token: "Token",
  token_kept: "one is stored; leave empty to keep it",
  token_none: "of the core on this machine, by itself",
  token_note: "Stays with ComfyUI's server. It is never shown again, and goes into no workflow.",
  privacy: "Keep prompts and workflows out of signed files",
  no_change: "Settings can be changed only in a browser on ComfyUI's own machine.",
  save_settings: "Save and connect",
  forget_token: "Forget the token",
  setting_badges: "Show provenance badges on nodes whose files carry a credential",
  setting_core: "Connection to the core",
  open_settings: "Address, token, privacy …",
  motion: "Motion",
  play: "Play",
  repeat: "Repeat",
  frame: "Frame",
  frames: "frames",
  variation: "Variation",
  motion_gone: "The core does not have this motion any more. Run the graph again."
};
var JA = {
  tab: "Genga のジョブ・結果・来歴",
  connecting: "接続中…",
  connected: "接続済み",
  away: "未接続",
  settings: "設定",
  retry_now: "再試行",
  queue: "キュー",
  queue_empty: "待機中のジョブはありません。",
  queue_paused: "キューは一時停止中です。",
  pause: "一時停止",
  resume: "再開",
  pause_queue: "キューを一時停止",
  resume_queue: "キューを再開",
  cancel: "キャンセル",
  retry: "やり直す",
  remove: "削除",
  troubled: "結果なしで終了",
  results: "結果",
  results_empty: "このコアで作ったものがここに並びます。Genga のノードを置いて実行してください。",
  bundles: "バンドル",
  refused: "ポリシーにより拒否",
  test_bundle: "テスト用（乱数の重み）",
  next: "次",
  ahead: "件待ち",
  policy: "ポリシー",
  private: "プロンプトはファイルに残りません",
  provenance: "来歴",
  close: "閉じる",
  verifying: "検証中…",
  no_credential: "このファイルに署名はありません。",
  search: "コアのログで探す",
  add_to_graph: "グラフに追加",
  save: "ファイルを保存",
  copy: "記録をコピー",
  copied: "記録をクリップボードにコピーしました。",
  prompt: "プロンプト",
  made_from: "元のファイル（それぞれの記録）",
  prompt_private: "非公開（記録にはハッシュのみ）",
  menu: "Genga: これは何で作られた？",
  trusted: "署名あり（信頼済み）",
  valid: "署名あり",
  tampered: "署名後に変更されています",
  known: "署名なし（ログに記録あり）",
  unsigned: "署名なし",
  unchecked: "署名あり（未検証）",
  undeclared: "学習データ未申告",
  files: "件",
  show_record: "記録を表示",
  address: "コアのアドレス",
  address_auto: "このマシンのコア",
  address_fixed: "ComfyUI 側の GENGA_URL で指定されています。",
  token: "トークン",
  token_kept: "保存済み（空欄のままなら変更しません）",
  token_none: "このマシンのコアのものを自動で使います",
  token_note: "ComfyUI のサーバーにだけ保存され、再表示されず、ワークフローにも入りません。",
  privacy: "署名するファイルにプロンプトとワークフローを残さない",
  no_change: "設定は ComfyUI が動いているマシンのブラウザーでのみ変更できます。",
  save_settings: "保存して接続",
  forget_token: "トークンを消す",
  setting_badges: "署名のあるファイルのノードに来歴バッジを表示",
  setting_core: "コアへの接続",
  open_settings: "アドレス・トークン・プライバシー…",
  motion: "モーション",
  play: "再生",
  repeat: "繰り返し",
  frame: "フレーム",
  frames: "フレーム",
  variation: "バリエーション",
  motion_gone: "このモーションはもうコアにありません。もう一度実行してください。"
};
function text(key) {
  const locale = app2.extensionManager?.setting?.get("Comfy.Locale");
  return (locale === "ja" ? JA : EN)[key];
}

// comfy-nodes/web-src/dialog.ts
function openDialog(title, ...content) {
  const close = button(text("close"), () => dialog.close());
  const dialog = element(
    "dialog",
    { className: "genga-dialog genga", ariaLabel: title },
    element("header", {}, element("h2", {}, title), close),
    ...content
  );
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// comfy-nodes/web-src/server.ts
import { api } from "../../scripts/api.js";
var Problem = class _Problem extends Error {
  constructor(code, message, remedy) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
  code;
  remedy;
  static from(error) {
    if (error instanceof _Problem) return error;
    const what = error instanceof Error ? error.message : String(error);
    return new _Problem("COMFYUI_NOT_REACHED", `ComfyUI's server does not answer: ${what}`, "Look at its terminal.");
  }
};
function get(path) {
  return ask(path);
}
function post(path, body = {}) {
  return ask(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body)
  });
}
function assetUrl(sha256, thumbnail = false) {
  return api.apiURL(`/genga/assets/${sha256}${thumbnail ? "?thumbnail" : ""}`);
}
function fileUrl(file) {
  return api.apiURL(`/view?${fileQuery(file)}`);
}
function fileProvenance(file, search = false) {
  return get(`/genga/provenance?${fileQuery(file)}${search ? "&search" : ""}`);
}
function assetProvenance(sha256, sidecar) {
  return get(`/genga/provenance?sha256=${sha256}${sidecar === void 0 ? "" : `&sidecar=${sidecar}`}`);
}
function fileQuery({ filename, subfolder = "", type = "output" }) {
  return new URLSearchParams({ filename, subfolder, type }).toString();
}
async function ask(path, options) {
  let response;
  try {
    response = await api.fetchApi(path, options);
  } catch (error2) {
    throw Problem.from(error2);
  }
  const answer = await response.json().catch(() => void 0);
  if (response.ok && answer !== void 0) return answer;
  const error = answer?.error;
  if (error !== void 0) throw new Problem(error.code, error.message, error.remedy);
  throw new Problem(
    "COMFYUI_NOT_REACHED",
    `ComfyUI answered ${path} with ${response.status}.`,
    "Look at its terminal."
  );
}

// comfy-nodes/web-src/toast.ts
import { app as app3 } from "../../scripts/app.js";
function toastProblem(error, summary = "Genga") {
  const { message, remedy } = Problem.from(error);
  app3.extensionManager.toast.add({
    severity: "error",
    summary,
    detail: remedy === void 0 ? message : `${message} ${remedy}`,
    life: 12e3
  });
}
function toastDone(detail) {
  app3.extensionManager.toast.add({ severity: "success", summary: "Genga", detail, life: 4e3 });
}

// comfy-nodes/web-src/record-dialog.ts
var PICTURE = /\.(png|jpe?g|webp|gif|avif)$/i;
function shownAsset(sha256, name, sidecar, picture = PICTURE.test(name)) {
  return { name, url: assetUrl(sha256), picture, inGraph: false, read: () => assetProvenance(sha256, sidecar) };
}
function shownFile(file) {
  return {
    name: file.filename,
    url: fileUrl(file),
    picture: PICTURE.test(file.filename),
    inGraph: true,
    read: (search) => fileProvenance(file, search)
  };
}
function openRecord(files) {
  const body = element("div", { className: "genga-record", tabIndex: -1 });
  const [first] = files;
  if (first === void 0) return;
  if (files.length > 1) {
    const tabs = files.map(
      (file, index) => button(file.name, () => {
        for (const [other, tab] of tabs.entries()) tab.ariaPressed = String(other === index);
        void showFile(body, file);
      })
    );
    for (const [index, tab] of tabs.entries()) tab.ariaPressed = String(index === 0);
    openDialog(text("provenance"), element("div", { className: "genga-actions" }, ...tabs), body);
  } else openDialog(text("provenance"), body);
  void showFile(body, first);
}
async function showFile(body, file, search = false) {
  const facts2 = element("div", { className: "genga-facts", ariaLive: "polite" });
  facts2.append(element("p", { className: "empty" }, text("verifying")));
  const actions = element(
    "div",
    { className: "genga-actions" },
    file.picture && !file.inGraph ? button(text("add_to_graph"), () => void addToGraph(file)) : void 0,
    element("a", { href: file.url, download: file.name, className: "genga-button" }, text("save"))
  );
  body.replaceChildren(
    element(
      "div",
      { className: "genga-file" },
      file.picture ? element("img", { src: file.url, alt: file.name }) : void 0,
      element("p", { className: "small" }, file.name),
      actions
    ),
    facts2
  );
  if (document.activeElement === document.body) body.focus();
  try {
    const { credential, verification } = await file.read(search);
    if (verification === void 0) {
      facts2.replaceChildren(
        element("p", { className: "credential unsigned" }, text("no_credential")),
        button(text("search"), () => void showFile(body, file, true))
      );
      return;
    }
    const [state, signer, ...rest] = renderVerification(verification);
    facts2.replaceChildren(
      ...[state, signer].filter((part) => part !== void 0),
      ...promptOf(verification),
      ...ingredientsOf(verification, (ingredient) => void showFile(body, ingredient)),
      ...rest
    );
    if (credential || verification.state === "known") actions.append(copyButton(verification));
  } catch (error) {
    const { message, remedy } = Problem.from(error);
    facts2.replaceChildren(
      element("p", { className: "error", role: "alert" }, message),
      element("p", {}, remedy),
      button(text("retry_now"), () => void showFile(body, file, search))
    );
  }
}
function promptOf({ record, signing }) {
  const prompt = record?.params.prompt ?? signing?.parameters.prompt;
  if (typeof prompt !== "string" || prompt === "") return [];
  const hidden = /^sha256:[0-9a-f]{64}$/.test(prompt);
  return [
    element("h3", {}, text("prompt")),
    hidden ? element("p", {}, element("em", {}, text("prompt_private"))) : element("blockquote", {}, prompt)
  ];
}
function ingredientsOf({ signing }, open) {
  const signed = (signing?.ingredients ?? []).filter(({ credential }) => credential !== "unsigned");
  if (signed.length === 0) return [];
  return [
    element("h3", {}, text("made_from")),
    element(
      "div",
      { className: "genga-actions" },
      ...signed.map(({ sha256, name, role, mime }) => {
        const label = [role, name ?? sha256.slice(0, 12)].filter((part) => part !== void 0).join(": ");
        return button(
          label,
          () => open(shownAsset(sha256, name ?? sha256.slice(0, 12), void 0, mime.startsWith("image/")))
        );
      })
    )
  ];
}
function copyButton(verification) {
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
async function addToGraph(file) {
  try {
    const form = new FormData();
    form.append("image", await (await fetch(file.url)).blob(), file.name);
    const answer = await api2.fetchApi("/upload/image", { method: "POST", body: form });
    if (!answer.ok) throw new Problem("UPLOAD", `ComfyUI refused the picture with ${answer.status}.`);
    const { name } = await answer.json();
    const node = LiteGraph.createNode("LoadImage");
    const widget = node?.widgets?.find((one) => one.name === "image");
    if (node === null || widget === void 0) throw new Problem("NODE", "ComfyUI has no Load Image node.");
    const { offset, scale } = app4.canvas.ds;
    const { clientWidth, clientHeight } = app4.canvas.canvas;
    node.pos = [clientWidth / 2 / scale - offset[0] - 150, clientHeight / 2 / scale - offset[1] - 150];
    app4.graph.add(node);
    widget.value = name;
    widget.callback?.(name);
    document.querySelector("dialog.genga-dialog")?.close();
  } catch (error) {
    toastProblem(error);
  }
}

// comfy-nodes/web-src/badges.ts
var BADGES_SETTING = "Genga.Badges";
var WIDGET = "genga_provenance";
var MOST_FILES = 16;
var HEIGHT_PX = 30;
var WORST_FIRST = ["tampered", "unsigned", "known", "valid", "trusted"];
var OWN_NODES = /* @__PURE__ */ new Set([
  "GengaGenerateImage",
  "GengaGenerateMotion",
  "GengaLoadMotion",
  "GengaSaveMotion",
  "GengaSignAndSaveImage"
]);
var places = /* @__PURE__ */ new WeakMap();
var shownFiles = /* @__PURE__ */ new WeakMap();
var runs = /* @__PURE__ */ new WeakMap();
function watchOutputs() {
  api3.addEventListener("executed", ({ detail }) => {
    const node = findNode(detail.display_node ?? detail.node);
    if (node !== void 0) void update(node, filesOf(detail.output));
  });
}
function provenanceMenu(node) {
  const files = shownFiles.get(node) ?? filesOf(app5.nodeOutputs?.[String(node.id)]);
  if (files.length === 0) return [];
  return [{ content: text("menu"), callback: () => openRecord(files) }];
}
async function update(node, files) {
  const run = (runs.get(node) ?? 0) + 1;
  runs.set(node, run);
  if (files.length > 0) shownFiles.set(node, files);
  if (files.length === 0 || app5.extensionManager.setting.get(BADGES_SETTING) === false) return hide(node);
  const answers = await Promise.all(files.map((file) => file.read(false).catch(Problem.from)));
  if (runs.get(node) !== run) return;
  const signed = files.filter((_, index) => carries(answers[index]));
  if (signed.length === 0) return hide(node);
  const problem = answers.find((answer) => answer instanceof Problem);
  const found = answers.flatMap((answer) => answer instanceof Problem ? [] : answer.verification ?? []);
  const state = problem === void 0 ? WORST_FIRST.find((one) => found.some((each) => each.state === one)) : void 0;
  const undeclared = found.some(
    ({ record, signing }) => [...record?.models ?? [], ...signing?.models ?? []].some((model) => model.training_data === "undeclared")
  );
  const label = [
    text(state ?? "unchecked"),
    files.length > 1 ? `${signed.length}/${files.length} ${text("files")}` : void 0,
    undeclared ? text("undeclared") : void 0
  ].filter((part) => part !== void 0).join(" · ");
  show(node, () => {
    const badge = button(label, () => openRecord(signed), `genga-badge ${state ?? "unchecked"}`);
    badge.ariaLabel = `${text("provenance")}: ${label}. ${text("show_record")}`;
    badge.title = problem === void 0 ? text("show_record") : [problem.message, problem.remedy].join(" ");
    return badge;
  });
}
function carries(answer) {
  if (answer instanceof Problem) return answer.code !== "ASSET_NOT_FOUND" && answer.code !== "INVALID_REQUEST";
  return answer?.credential === true;
}
function prepareBadge(node) {
  if (OWN_NODES.has(node.comfyClass ?? node.type)) addPlace(node);
}
function show(node, makeBadge) {
  const place = (places.get(node) ?? addPlace(node)).element;
  const empty = place.childElementCount === 0;
  place.replaceChildren(makeBadge());
  leftPlace(node, place)?.replaceChildren(makeBadge());
  if (!empty) return;
  const [width, height] = node.computeSize();
  node.setSize([Math.max(node.size[0], width), Math.max(node.size[1], height)]);
  node.setDirtyCanvas(true, true);
}
function hide(node) {
  const widget = places.get(node);
  if (widget === void 0) return;
  widget.element.replaceChildren();
  leftPlace(node, widget.element)?.replaceChildren();
  if (!OWN_NODES.has(node.type)) {
    places.delete(node);
    node.removeWidget?.(widget);
  }
  node.setDirtyCanvas(true, true);
}
function leftPlace(node, place) {
  if (place.isConnected) return void 0;
  return document.querySelector(`[data-node-id="${CSS.escape(String(node.id))}"] .genga-badge-place`) ?? void 0;
}
function addPlace(node) {
  const place = element("div", { className: "genga genga-badge-place" });
  const height = () => place.childElementCount === 0 ? 0 : HEIGHT_PX;
  const widget = node.addDOMWidget(WIDGET, WIDGET, place, {
    serialize: false,
    hideOnZoom: false,
    margin: 4,
    getMinHeight: height,
    getMaxHeight: height
  });
  widget.serialize = false;
  places.set(node, widget);
  return widget;
}
function filesOf(output) {
  const files = [...output?.images ?? [], ...output?.genga_files ?? []].filter((file) => typeof file?.filename === "string").map(shownFile);
  const assets = (output?.genga_assets ?? []).map(
    ({ sha256, name, sidecar }, index) => shownAsset(sha256, name ?? `${index + 1}`, sidecar ?? void 0)
  );
  return [...files, ...assets].slice(0, MOST_FILES);
}

// comfy-nodes/web-src/motion-widget.ts
import { api as api4 } from "../../scripts/api.js";

// core/src/motion/quaternion.ts
function multiply(out, o, a, i, b, j) {
  const ax = a[i] ?? 0;
  const ay = a[i + 1] ?? 0;
  const az = a[i + 2] ?? 0;
  const aw = a[i + 3] ?? 0;
  const bx = b[j] ?? 0;
  const by = b[j + 1] ?? 0;
  const bz = b[j + 2] ?? 0;
  const bw = b[j + 3] ?? 0;
  out[o] = aw * bx + ax * bw + ay * bz - az * by;
  out[o + 1] = aw * by - ax * bz + ay * bw + az * bx;
  out[o + 2] = aw * bz + ax * by - ay * bx + az * bw;
  out[o + 3] = aw * bw - ax * bx - ay * by - az * bz;
}
function rotate(out, o, q, i, v, j) {
  const x = q[i] ?? 0;
  const y = q[i + 1] ?? 0;
  const z = q[i + 2] ?? 0;
  const w = q[i + 3] ?? 0;
  const vx = v[j] ?? 0;
  const vy = v[j + 1] ?? 0;
  const vz = v[j + 2] ?? 0;
  const tx = 2 * (y * vz - z * vy);
  const ty = 2 * (z * vx - x * vz);
  const tz = 2 * (x * vy - y * vx);
  out[o] = vx + w * tx + y * tz - z * ty;
  out[o + 1] = vy + w * ty + z * tx - x * tz;
  out[o + 2] = vz + w * tz + x * ty - y * tx;
}

// comfy-nodes/web-src/motion-file.ts
var FEET = ["left_ankle", "right_ankle", "left_foot", "right_foot"];
function readMotion(text2) {
  const file = JSON.parse(text2);
  if (file.format !== "genga.motion.v1")
    throw new Error(`The file is no motion of Genga: its format is ${file.format}.`);
  const { names, parents } = file.skeleton;
  const offsets = file.skeleton.offsets.flat();
  const joints = names.length;
  const positions = new Float32Array(file.frames * joints * 3);
  const world = new Float32Array(joints * 4);
  for (let frame = 0; frame < file.frames; frame++) {
    const local = file.rotations[frame] ?? [];
    const start = frame * joints * 3;
    positions.set(file.root[frame] ?? [], start);
    world.set(local.slice(0, 4));
    for (let joint = 1; joint < joints; joint++) {
      const parent = parents[joint] ?? 0;
      const to = start + joint * 3;
      multiply(world, joint * 4, world, parent * 4, local, joint * 4);
      rotate(positions, to, world, parent * 4, offsets, joint * 3);
      for (let axis = 0; axis < 3; axis++) {
        positions[to + axis] = (positions[to + axis] ?? 0) + (positions[start + parent * 3 + axis] ?? 0);
      }
    }
  }
  return {
    fps: file.fps,
    frames: file.frames,
    names,
    parents,
    positions,
    contacts: file.contacts ?? [],
    feet: FEET.map((name) => names.indexOf(name)),
    segments: file.segments
  };
}

// comfy-nodes/web-src/motion-view.ts
var FOV = 0.6;
var NEAR_M = 0.05;
var TRAIL = "rgb(255 255 255 / 0.35)";
var GROUND = "rgb(255 255 255 / 0.12)";
var SHADOW = "rgb(0 0 0 / 0.35)";
var LEFT = "#ff7043";
var RIGHT = "#4fa3ff";
var MIDDLE = "#dee2e8";
var CONTACT = "#3ddc84";
function boundsOf({ positions }) {
  const low = [Infinity, 0, Infinity];
  const high = [-Infinity, 1.7, -Infinity];
  for (let i = 0; i < positions.length; i++) {
    const axis = i % 3;
    low[axis] = Math.min(low[axis] ?? 0, positions[i] ?? 0);
    high[axis] = Math.max(high[axis] ?? 0, positions[i] ?? 0);
  }
  const middle = (axis) => ((low[axis] ?? 0) + (high[axis] ?? 0)) / 2;
  const half = [0, 1, 2].map((axis) => ((high[axis] ?? 0) - (low[axis] ?? 0)) / 2);
  return { centre: [middle(0), middle(1), middle(2)], radius: Math.hypot(...half) + 0.15 };
}
function startOrbit() {
  return { yaw: 0.6, pitch: 0.25, zoom: 1 };
}
function drawFrame(context, { width, height }, motion, frame, orbit, bounds) {
  const project2 = projection(width, height, orbit, bounds);
  const joints = motion.names.length;
  const place = (joint, at = frame) => {
    const start = (at * joints + joint) * 3;
    return [motion.positions[start] ?? 0, motion.positions[start + 1] ?? 0, motion.positions[start + 2] ?? 0];
  };
  context.clearRect(0, 0, width, height);
  context.lineCap = "round";
  drawGround(context, project2, bounds);
  const step = Math.max(1, Math.floor(motion.frames / 200));
  const way = [];
  for (let at = 0; at < motion.frames; at += step) {
    const [x, , z] = place(0, at);
    way.push(project2(x, 0, z));
  }
  polyline(context, way, TRAIL, 1);
  for (let joint = 1; joint < joints; joint++) {
    const parent = motion.parents[joint] ?? 0;
    const [ax, , az] = place(parent);
    const [bx, , bz] = place(joint);
    polyline(context, [project2(ax, 0, az), project2(bx, 0, bz)], SHADOW, 0.035);
  }
  for (let joint = 1; joint < joints; joint++) {
    const parent = motion.parents[joint] ?? 0;
    const name = motion.names[joint] ?? "";
    const colour = name.startsWith("left") ? LEFT : name.startsWith("right") ? RIGHT : MIDDLE;
    polyline(context, [project2(...place(parent)), project2(...place(joint))], colour, 0.05);
  }
  const head = motion.names.indexOf("head");
  if (head >= 0) {
    const [x, y, z] = place(head);
    disc(context, project2(x, y + 0.06, z), MIDDLE, 0.1);
  }
  motion.feet.forEach((joint, index) => {
    if (joint < 0 || motion.contacts[frame]?.[index] !== 1) return;
    const [x, , z] = place(joint);
    disc(context, project2(x, 0, z), CONTACT, 0.05);
  });
}
function projection(width, height, { yaw, pitch, zoom }, { centre, radius }) {
  const narrow = Math.atan(Math.tan(FOV / 2) * Math.min(1, width / height));
  const distance = radius / Math.sin(narrow) / zoom;
  const focal = height / 2 / Math.tan(FOV / 2);
  const [sy, cy, sp, cp] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
  return (x, y, z) => {
    const [dx, dy, dz] = [x - centre[0], y - centre[1], z - centre[2]];
    const right = dx * cy - dz * sy;
    const front = dx * sy + dz * cy;
    const up = dy * cp - front * sp;
    const depth = distance - (front * cp + dy * sp);
    if (depth < NEAR_M) return void 0;
    const scale = focal / depth;
    return { x: width / 2 + right * scale, y: height / 2 - up * scale, scale };
  };
}
function drawGround(context, project2, { centre, radius }) {
  const square = 2 ** Math.max(0, Math.ceil(Math.log2(radius / 6)));
  const reach = Math.ceil(radius / square) * square;
  const [x0, z0] = [Math.round(centre[0] / square) * square, Math.round(centre[2] / square) * square];
  for (let at = -reach; at <= reach; at += square) {
    polyline(context, [project2(x0 + at, 0, z0 - reach), project2(x0 + at, 0, z0 + reach)], GROUND, 1);
    polyline(context, [project2(x0 - reach, 0, z0 + at), project2(x0 + reach, 0, z0 + at)], GROUND, 1);
  }
}
function polyline(context, points, colour, thickness) {
  context.strokeStyle = colour;
  context.lineWidth = thickness < 1 ? Math.max(1.5, thickness * (points[0]?.scale ?? 0)) : thickness;
  context.beginPath();
  let pen = false;
  for (const point of points) {
    if (point === void 0) pen = false;
    else if (pen) context.lineTo(point.x, point.y);
    else {
      context.moveTo(point.x, point.y);
      pen = true;
    }
  }
  context.stroke();
}
function disc(context, point, colour, radius_m) {
  if (point === void 0) return;
  context.fillStyle = colour;
  context.beginPath();
  context.arc(point.x, point.y, Math.max(2, radius_m * point.scale), 0, 2 * Math.PI);
  context.fill();
}

// comfy-nodes/web-src/motion-player.ts
var TURN = 0.01;
var MOST_PITCH = 1.5;
var MotionPlayer = class {
  /** Goes into the page. */
  element;
  canvas = element("canvas", { className: "genga-motion-canvas", role: "img" });
  scrub = element("input", { type: "range", min: "0", step: "1", ariaLabel: text("frame") });
  playButton;
  repeatButton;
  caption = element("span", { className: "genga-motion-caption" });
  facts = element("span", { className: "genga-motion-facts" });
  resize = new ResizeObserver(() => this.draw());
  motion;
  bounds = { centre: [0, 0, 0], radius: 1 };
  orbit = startOrbit();
  frame = 0;
  repeats = true;
  /** Time of the page and frame that playing began at; undefined = paused. */
  since;
  constructor() {
    this.playButton = button("▶", () => this.toggle(), "genga-icon-button genga-motion-play");
    this.repeatButton = button("⟳", () => this.toggleRepeat(), "genga-icon-button genga-motion-repeat");
    this.repeatButton.ariaLabel = this.repeatButton.title = text("repeat");
    this.scrub.addEventListener("input", () => this.seek(Number(this.scrub.value)));
    this.element = element(
      "div",
      { className: "genga-motion" },
      this.canvas,
      element("div", { className: "genga-motion-bar" }, this.playButton, this.scrub, this.repeatButton),
      element("div", { className: "genga-motion-line" }, this.caption, this.facts)
    );
    for (const kind of ["pointerdown", "pointermove", "pointerup", "mousedown", "dblclick", "keydown"]) {
      this.element.addEventListener(kind, (event) => event.stopPropagation());
    }
    this.turnByDragging();
    this.resize.observe(this.canvas);
    this.showState();
  }
  /** Shows another motion, from its start, and plays it. */
  show(motion) {
    this.motion = motion;
    this.bounds = boundsOf(motion);
    this.scrub.max = String(motion.frames - 1);
    const seconds = Math.round(motion.frames / motion.fps * 100) / 100;
    this.facts.textContent = `${seconds} s · ${motion.fps} fps · ${motion.frames} ${text("frames")}`;
    this.seek(0);
    this.play();
  }
  /** Ends playing and watching; for a node that is removed. */
  close() {
    this.since = void 0;
    this.resize.disconnect();
  }
  seek(frame) {
    this.frame = frame;
    if (this.since !== void 0) this.since = { time_ms: performance.now(), frame };
    this.draw();
  }
  toggle() {
    if (this.since === void 0) this.play();
    else this.pause();
  }
  toggleRepeat() {
    this.repeats = !this.repeats;
    this.showState();
  }
  pause() {
    this.since = void 0;
    this.showState();
  }
  play() {
    if (this.motion === void 0) return;
    const atEnd = this.frame >= this.motion.frames - 1;
    const running = this.since !== void 0;
    this.since = { time_ms: performance.now(), frame: atEnd ? 0 : this.frame };
    this.showState();
    if (!running) requestAnimationFrame(this.tick);
  }
  tick = (time_ms) => {
    const { motion, since } = this;
    if (motion === void 0 || since === void 0) return;
    if (this.canvas.isConnected && this.canvas.clientWidth > 0) {
      const passed = since.frame + Math.floor(Math.max(0, time_ms - since.time_ms) / 1e3 * motion.fps);
      if (passed >= motion.frames && !this.repeats) {
        this.frame = motion.frames - 1;
        this.draw();
        this.pause();
        return;
      }
      const frame = passed % motion.frames;
      if (frame !== this.frame) {
        this.frame = frame;
        this.draw();
      }
    }
    requestAnimationFrame(this.tick);
  };
  showState() {
    const playing = this.since !== void 0;
    this.playButton.textContent = playing ? "❚❚" : "▶";
    this.playButton.ariaLabel = this.playButton.title = text(playing ? "pause" : "play");
    this.repeatButton.ariaPressed = String(this.repeats);
  }
  draw() {
    const { motion, canvas, frame } = this;
    if (motion === void 0) return;
    this.scrub.value = String(frame);
    this.scrub.ariaValueText = `${frame + 1} / ${motion.frames}`;
    const said = motion.segments.find(({ start_frame, end_frame }) => frame >= start_frame && frame < end_frame);
    this.caption.textContent = this.caption.title = said?.prompt ?? "";
    canvas.ariaLabel = `${text("motion")}: ${motion.segments.map(({ prompt }) => prompt).join(", ")}`;
    canvas.dataset.frame = String(frame);
    const scale = Math.min(2, window.devicePixelRatio || 1);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (width === 0 || height === 0) return;
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
    if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
    const context = canvas.getContext("2d");
    if (context === null) return;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    drawFrame(context, { width, height }, motion, frame, this.orbit, this.bounds);
  }
  turnByDragging() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      const { yaw, pitch, zoom } = this.orbit;
      const turned = pitch + event.movementY * TURN;
      this.orbit = {
        yaw: yaw - event.movementX * TURN,
        pitch: Math.min(MOST_PITCH, Math.max(-0.2, turned)),
        zoom
      };
      this.draw();
    });
    canvas.addEventListener("dblclick", () => {
      this.orbit = startOrbit();
      this.draw();
    });
    canvas.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        event.stopPropagation();
        this.orbit = {
          ...this.orbit,
          zoom: Math.min(8, Math.max(0.5, this.orbit.zoom * Math.exp(-event.deltaY / 300)))
        };
        this.draw();
      },
      { passive: false }
    );
  }
};

// comfy-nodes/web-src/motion-widget.ts
var WIDGET2 = "genga_motion";
var HEIGHT_PX2 = 290;
var NODES = /* @__PURE__ */ new Set(["GengaGenerateMotion", "GengaLoadMotion", "GengaSaveMotion"]);
var panels = /* @__PURE__ */ new WeakMap();
function watchMotions() {
  api4.addEventListener("executed", ({ detail }) => {
    const motions = detail.output?.genga_motion;
    if (motions === void 0 || motions.length === 0) return;
    const node = findNode(detail.display_node ?? detail.node);
    if (node !== void 0) show2(node, motions);
  });
}
function prepareMotion(node) {
  if (NODES.has(node.comfyClass ?? node.type)) addPanel(node);
}
function show2(node, motions) {
  const panel = panels.get(node) ?? addPanel(node);
  const first = !panel.filled;
  panel.filled = true;
  const tabs = motions.map((motion, index) => {
    const tab = button(motion.seed === null ? `${index + 1}` : `${index + 1}: ${motion.seed}`, () => choose(index));
    tab.ariaLabel = `${text("variation")} ${index + 1}`;
    return tab;
  });
  const choose = (index) => {
    for (const [other, tab] of tabs.entries()) tab.ariaPressed = String(other === index);
    const motion = motions[index];
    if (motion !== void 0) void load(panel, motion);
  };
  panel.tabs.replaceChildren(...tabs.length > 1 ? tabs : []);
  placeOf(node, panel.widget.element).replaceChildren(panel.content);
  choose(0);
  if (!first) return;
  const [width, height] = node.computeSize();
  node.setSize([Math.max(node.size[0], width, 320), Math.max(node.size[1], height)]);
  node.setDirtyCanvas(true, true);
}
async function load(panel, { sha256 }) {
  const asked = ++panel.asked;
  panel.problem.textContent = "";
  try {
    const response = await fetch(assetUrl(sha256));
    if (!response.ok) throw new Problem("ASSET_NOT_FOUND", text("motion_gone"));
    const motion = readMotion(await response.text());
    if (asked === panel.asked) panel.player.show(motion);
  } catch (error) {
    if (asked === panel.asked) panel.problem.textContent = Problem.from(error).message;
  }
}
function placeOf(node, place) {
  if (place.isConnected) return place;
  return document.querySelector(`[data-node-id="${CSS.escape(String(node.id))}"] .genga-motion-place`) ?? place;
}
function addPanel(node) {
  const place = element("div", { className: "genga genga-motion-place" });
  const player = new MotionPlayer();
  const tabs = element("div", { className: "genga-motion-tabs" });
  const problem = element("p", { className: "error", role: "alert" });
  const height = () => panels.get(node)?.filled === true ? HEIGHT_PX2 : 0;
  const widget = node.addDOMWidget(WIDGET2, WIDGET2, place, {
    serialize: false,
    hideOnZoom: false,
    margin: 4,
    getMinHeight: height
  });
  widget.serialize = false;
  const content = element("div", { className: "genga-motion-panel" }, tabs, player.element, problem);
  const panel = { widget, player, content, tabs, problem, filled: false, asked: 0 };
  panels.set(node, panel);
  const removed = node.onRemoved;
  node.onRemoved = function onRemoved() {
    player.close();
    removed?.call(this);
  };
  return panel;
}

// comfy-nodes/web-src/settings-dialog.ts
async function openSettings() {
  const place = element("div", {}, element("p", { className: "empty" }, text("connecting")));
  openDialog(`Genga: ${text("settings")}`, place);
  try {
    place.replaceChildren(renderForm(await get("/genga/settings")));
  } catch (error) {
    place.replaceChildren(renderProblem(error));
  }
}
function renderForm(settings) {
  const { url, has_token, prompt_privacy, fixed_url, may_change } = settings;
  const field = (label, input, note) => element(
    "label",
    { className: input.type === "checkbox" ? "genga-check" : "" },
    element("span", {}, label),
    input,
    note === void 0 ? void 0 : element("span", { className: "small" }, note)
  );
  const address = element("input", {
    type: "text",
    name: "url",
    value: url ?? "",
    placeholder: text("address_auto"),
    spellcheck: false,
    disabled: fixed_url
  });
  const token = element("input", {
    type: "password",
    name: "token",
    autocomplete: "off",
    placeholder: has_token ? text("token_kept") : text("token_none")
  });
  const privacy = element("input", { type: "checkbox", name: "prompt_privacy", checked: prompt_privacy });
  const outcome = element("div", { ariaLive: "polite" });
  const save = async (forget) => {
    outcome.replaceChildren(element("p", { className: "empty" }, text("connecting")));
    try {
      await post("/genga/settings", {
        prompt_privacy: privacy.checked,
        ...fixed_url ? {} : { url: address.value.trim() },
        ...forget ? { token: "" } : token.value === "" ? {} : { token: token.value }
      });
      token.value = "";
      const state = await get("/genga/state");
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
        has_token ? button(text("forget_token"), () => void save(true)) : void 0
      )
    ),
    may_change ? void 0 : element("p", { className: "error" }, text("no_change")),
    outcome
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void save(false);
  });
  return form;
}
function renderProblem(error) {
  const { message, remedy } = Problem.from(error);
  return element("div", { role: "alert" }, element("p", { className: "error" }, message), element("p", {}, remedy));
}

// comfy-nodes/web-src/sidebar.ts
var POLL_MS = 1500;
var MOST_RESULTS = 48;
var OPEN = /* @__PURE__ */ new Set(["running", "queued", "paused"]);
var ENDED = /* @__PURE__ */ new Set(["failed", "cancelled"]);
function showSidebar(root) {
  const places2 = {
    top: element("div"),
    notice: element("div", { role: "status" }),
    queue: element("section"),
    results: element("section"),
    bundles: element("section")
  };
  const drawn = /* @__PURE__ */ new Map();
  let state;
  let timer;
  let ended = false;
  const draw = () => {
    part("top", [state?.state, state?.state === "connected" && topFacts(state)], () => renderTop(state));
    part("notice", state?.state === "unreachable" ? state.error : void 0, () => renderNotice(state, refresh));
    if (state?.state !== "connected") {
      for (const name of ["queue", "results", "bundles"]) part(name, void 0, () => []);
      return;
    }
    const { jobs, paused, status } = state;
    part("queue", [jobs.filter(({ state: one }) => one !== "succeeded"), paused], () => renderQueue(jobs, paused, act));
    const made = jobs.filter(({ state: one }) => one === "succeeded");
    part("results", made, () => renderResults(made));
    part("bundles", status.bundles, () => renderBundles(status.bundles));
  };
  function part(name, shown, render) {
    const key = JSON.stringify(shown) ?? "";
    if (drawn.get(name) === key) return;
    drawn.set(name, key);
    const place = places2[name];
    const focused = place.contains(document.activeElement) ? document.activeElement : null;
    const held = focused instanceof HTMLElement ? focused.dataset.key : void 0;
    place.replaceChildren(...render());
    if (held !== void 0) place.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus();
  }
  async function refresh() {
    clearTimeout(timer);
    try {
      if (!document.hidden) state = await get("/genga/state");
    } catch (error) {
      const { code, message, remedy } = Problem.from(error);
      state = { state: "unreachable", error: { code, message, ...remedy === void 0 ? {} : { remedy } } };
    }
    if (ended) return;
    draw();
    clearTimeout(timer);
    timer = setTimeout(() => void refresh(), POLL_MS);
  }
  async function act(path, body) {
    try {
      await post(path, body);
    } catch (error) {
      toastProblem(error);
    }
    await refresh();
  }
  root.classList.add("genga", "genga-sidebar");
  root.replaceChildren(...Object.values(places2));
  draw();
  void refresh();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
function topFacts({ version, status, paused }) {
  const { provider, device, policy, prompt_privacy } = status;
  return { version, provider, device, policy, prompt_privacy, paused };
}
function renderTop(state) {
  const on = state?.state === "connected";
  const label = state === void 0 ? text("connecting") : on ? text("connected") : text("away");
  const settings = button("", () => void openSettings(), "genga-icon-button");
  settings.append(element("i", { className: "pi pi-cog", ariaHidden: "true" }));
  settings.ariaLabel = settings.title = text("settings");
  settings.dataset.key = "settings";
  const head = element(
    "header",
    {},
    element("i", { className: "genga-mark", ariaHidden: "true" }),
    element("h2", {}, "Genga"),
    element("span", { className: on ? "genga-dot on" : "genga-dot" }, label),
    settings
  );
  if (!on) return [head];
  const { version, provider, device, policy, prompt_privacy } = topFacts(state);
  return [
    head,
    facts([
      ["Core", [version, provider, device].filter((one) => one !== "").join(" · ")],
      [text("policy"), policy],
      ["", prompt_privacy ? text("private") : void 0]
    ])
  ];
}
function renderNotice(state, again) {
  if (state?.state !== "unreachable") return [];
  return [
    element(
      "div",
      { className: "genga-notice" },
      element("p", {}, state.error.message),
      element("p", {}, element("strong", {}, state.error.remedy)),
      element(
        "div",
        { className: "genga-actions" },
        keyed(
          "again",
          button(text("retry_now"), () => void again(), "primary")
        ),
        keyed(
          "open-settings",
          button(text("settings"), () => void openSettings())
        )
      )
    )
  ];
}
function renderQueue(jobs, paused, act) {
  const open = jobs.filter(({ state }) => OPEN.has(state));
  const troubled = jobs.filter(({ state }) => ENDED.has(state)).slice(0, 10);
  const update2 = (action) => void act("/genga/jobs/update", { action });
  return [
    element(
      "header",
      {},
      element("h3", {}, open.length === 0 ? text("queue") : `${text("queue")} (${open.length})`),
      paused ? keyed(
        "queue",
        button(text("resume_queue"), () => update2("resume"), "primary")
      ) : keyed(
        "queue",
        button(text("pause_queue"), () => update2("pause"))
      )
    ),
    ...open.length === 0 ? [element("p", { className: "empty" }, paused ? text("queue_paused") : text("queue_empty"))] : [],
    list(open.map((job) => renderJob(job, act))),
    ...troubled.length === 0 ? [] : [element("h4", {}, text("troubled")), list(troubled.map((job) => renderJob(job, act)))]
  ];
}
function renderJob(job, act) {
  const { job_id, state, label, error } = job;
  const name = label || job.task;
  const action = (key) => named(
    `${key} ${job_id}`,
    `${text(key)}: ${name}`,
    text(key),
    () => act("/genga/jobs/update", { action: key, job_ids: [job_id] })
  );
  const percent = Math.round(job.progress * 100);
  const small = [
    state === "running" ? `${percent} %` : state,
    job.client,
    job.project,
    job.shot,
    job.position === void 0 ? void 0 : job.position === 0 ? text("next") : `${job.position} ${text("ahead")}`
  ];
  return element(
    "li",
    { className: `genga-job ${state}` },
    element("strong", { title: label }, name),
    state === "running" ? element("progress", { max: 1, value: job.progress, ariaLabel: `${name}: ${percent} %` }) : void 0,
    element("p", { className: "small" }, small.filter((one) => one !== void 0).join(" · ")),
    error === void 0 ? void 0 : element("p", { className: "error" }, `${error.message} ${error.remedy ?? ""}`),
    element(
      "div",
      { className: "genga-actions" },
      state === "queued" ? action("pause") : void 0,
      state === "paused" ? action("resume") : void 0,
      ENDED.has(state) ? action("retry") : void 0,
      ENDED.has(state) ? action("remove") : void 0,
      OPEN.has(state) ? named(
        `cancel ${job_id}`,
        `${text("cancel")}: ${name}`,
        text("cancel"),
        () => act(`/genga/jobs/${job_id}/cancel`, {})
      ) : void 0
    )
  );
}
function renderResults(jobs) {
  const made = jobs.flatMap((job) => job.outputs.map((asset) => ({ asset, job }))).slice(0, MOST_RESULTS);
  return [
    element("header", {}, element("h3", {}, text("results"))),
    made.length === 0 ? element("p", { className: "empty" }, text("results_empty")) : element("div", { className: "genga-grid" }, ...made.map(({ asset, job }) => renderResult(asset, job)))
  ];
}
function renderResult(asset, job) {
  const picture = asset.mime.startsWith("image/");
  const gone = job.evicted === true;
  const name = asset.name ?? `${asset.sha256.slice(0, 12)}.${asset.mime.split("/")[1]}`;
  const sidecar = job.sidecars?.find((one) => one.name === `${asset.name}.c2pa`)?.sha256;
  const card = button("", () => openRecord([shownAsset(asset.sha256, name, sidecar, picture)]), "genga-result");
  card.ariaLabel = `${job.label || name}. ${text("show_record")}`;
  card.title = [job.label || name, job.client].join("\n");
  card.disabled = gone;
  card.dataset.key = asset.sha256;
  card.append(
    picture && !gone ? element("img", { src: assetUrl(asset.sha256, true), alt: "", loading: "lazy" }) : element("span", { className: "file" }, name),
    element("span", { className: "caption" }, job.label || name)
  );
  return card;
}
function renderBundles(bundles) {
  return [
    element(
      "details",
      {},
      element("summary", {}, `${text("bundles")} (${bundles.length})`),
      list(
        bundles.map(
          (bundle) => element(
            "li",
            { className: "genga-job" },
            element("strong", {}, bundle.name),
            element(
              "p",
              { className: "small" },
              [
                bundle.id,
                bundle.licence.spdx,
                bundle.training_data === "undeclared" ? text("undeclared") : void 0,
                bundle.purpose === "test" ? text("test_bundle") : void 0
              ].filter((one) => one !== void 0).join(" · ")
            ),
            bundle.allowed ? void 0 : element("p", { className: "error" }, `${text("refused")}: ${bundle.refusal ?? ""}`)
          )
        )
      )
    )
  ];
}
function list(items) {
  return element("ul", { className: "genga-list" }, ...items);
}
function named(key, label, caption, onclick) {
  const one = button(caption, () => void onclick());
  one.ariaLabel = label;
  return keyed(key, one);
}
function keyed(key, one) {
  one.dataset.key = key;
  return one;
}

// comfy-nodes/web-src/style.css
var style_default = `/* Colours are ComfyUI's own variables, so that light and dark themes and users' palettes hold here, too. */
.genga-mark {
  display: inline-block;
  width: 1em;
  height: 1em;
  background: currentColor;
  mask: var(--genga-mark) center / contain no-repeat;
  --genga-mark: url('data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill-rule="evenodd" d="M9 2h14a7 7 0 0 1 7 7v14a7 7 0 0 1-7 7H9a7 7 0 0 1-7-7V9a7 7 0 0 1 7-7Zm7 3.800a1.900 1.900 0 1 0 0 3.800 1.900 1.900 0 0 0 0-3.800ZM6 6.300v2.800h5.500V6.300Zm14.500 0v2.800H26V6.300ZM6.500 26h19L20.500 16 18 19.500 14 13Z"/></svg>');
}
.genga {
  --genga-line: var(--border-color, #4e4e4e);
  --genga-soft: var(--descrip-text, #999);
  --genga-card: var(--comfy-input-bg, #222);
  --genga-good: color-mix(in srgb, #2fae66 75%, var(--fg-color, #fff));
  --genga-bad: var(--error-text, #ff4444);
  --genga-warn: color-mix(in srgb, #e0952b 80%, var(--fg-color, #fff));
  color: var(--fg-color, #fff);
  font: 14px/1.45 Inter, system-ui, sans-serif;
  box-sizing: border-box;
}
.genga *,
.genga *::before {
  box-sizing: border-box;
}
.genga h2,
.genga h3,
.genga h4,
.genga p {
  margin: 0;
}
.genga h2 {
  font-size: 1.05rem;
  font-weight: 600;
}
.genga h3 {
  font-size: 0.95rem;
  font-weight: 600;
}
.genga h4 {
  margin-top: 0.75rem;
  font-size: 0.85rem;
  font-weight: 500;
  color: var(--genga-soft);
}
.genga .small,
.genga .empty {
  color: var(--genga-soft);
  font-size: 0.8rem;
}
.genga .error {
  color: var(--genga-bad);
  font-size: 0.85rem;
}
.genga .good {
  color: var(--genga-good);
}
.genga button,
.genga .genga-button,
button.genga-button {
  font: inherit;
  font-size: 0.8rem;
  color: var(--input-text, #ddd);
  background: var(--comfy-input-bg, #222);
  border: 1px solid var(--border-color, #4e4e4e);
  border-radius: 6px;
  padding: 0.25rem 0.6rem;
  cursor: pointer;
  text-decoration: none;
}
.genga button:hover:not(:disabled),
.genga .genga-button:hover {
  border-color: var(--p-primary-color, #60a5fa);
}
.genga :focus-visible {
  outline: 2px solid var(--p-primary-color, #60a5fa);
  outline-offset: 1px;
}
.genga button.primary,
.genga button[aria-pressed="true"] {
  border-color: var(--p-primary-color, #60a5fa);
}
.genga button:disabled {
  opacity: 0.55;
  cursor: default;
}
.genga-sidebar {
  height: 100%;
  overflow-y: auto;
  padding: 0.75rem;
}
.genga-sidebar > *:not(:empty) {
  margin-bottom: 1.1rem;
}
.genga header {
  display: flex;
  align-items: center;
  gap: 0.6rem;
  margin-bottom: 0.5rem;
}
.genga header h2,
.genga header h3 {
  margin-right: auto;
}
.genga header .genga-mark {
  font-size: 1.3rem;
  color: #d9603b;
}
.genga .genga-icon-button {
  padding: 0.3rem 0.45rem;
  line-height: 1;
}
.genga-dot {
  font-size: 0.8rem;
  color: var(--genga-soft);
  white-space: nowrap;
}
.genga-dot::before {
  content: "";
  display: inline-block;
  width: 0.55rem;
  height: 0.55rem;
  margin-right: 0.35rem;
  border-radius: 50%;
  background: var(--genga-bad);
}
.genga-dot.on::before {
  background: var(--genga-good);
}
.genga-notice {
  display: grid;
  gap: 0.5rem;
  padding: 0.7rem;
  border: 1px solid var(--genga-bad);
  border-radius: 8px;
  overflow-wrap: anywhere;
}
.genga-actions {
  display: flex;
  flex-wrap: wrap;
  gap: 0.4rem;
}
.genga-actions:empty {
  display: none;
}
.genga-list {
  list-style: none;
  margin: 0.4rem 0 0;
  padding: 0;
  display: grid;
  gap: 0.4rem;
}
.genga-list:empty {
  display: none;
}
.genga-job {
  display: grid;
  gap: 0.3rem;
  padding: 0.5rem 0.65rem;
  background: var(--genga-card);
  border: 1px solid var(--genga-line);
  border-radius: 8px;
  min-width: 0;
  overflow-wrap: anywhere;
}
.genga-job strong {
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
  font-size: 0.85rem;
  font-weight: 500;
}
.genga progress {
  appearance: none;
  width: 100%;
  height: 0.35rem;
  border: 0;
  border-radius: 1rem;
  overflow: hidden;
  background: var(--genga-line);
}
.genga progress::-webkit-progress-bar {
  background: var(--genga-line);
}
.genga progress::-webkit-progress-value {
  background: #d9603b;
  transition: width 0.4s;
}
.genga progress::-moz-progress-bar {
  background: #d9603b;
}
.genga-grid {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr));
  gap: 0.5rem;
}
.genga .genga-result {
  display: block;
  padding: 0;
  overflow: hidden;
  text-align: left;
  background: var(--genga-card);
}
.genga-result img,
.genga-result .file {
  display: grid;
  place-items: center;
  width: 100%;
  aspect-ratio: 1;
  object-fit: cover;
  overflow-wrap: anywhere;
}
.genga-result .caption {
  display: block;
  padding: 0.25rem 0.4rem;
  font-size: 0.72rem;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}
.genga summary {
  cursor: pointer;
  font-size: 0.9rem;
}
.genga dl {
  display: grid;
  grid-template-columns: max-content 1fr;
  gap: 0.15rem 0.7rem;
  margin: 0.3rem 0;
  font-size: 0.82rem;
}
.genga dt {
  color: var(--genga-soft);
}
.genga dd {
  margin: 0;
  min-width: 0;
  overflow-wrap: anywhere;
}
.genga dd ul {
  margin: 0;
  padding-left: 1rem;
  max-height: 11rem;
  overflow-y: auto;
}
.genga code,
.genga pre {
  font: 0.75rem/1.4 ui-monospace, monospace;
  overflow-wrap: anywhere;
  white-space: pre-wrap;
}
.genga pre {
  margin: 0.3rem 0;
  padding: 0.5rem 0.7rem;
  background: var(--genga-card);
  border-radius: 6px;
  max-height: 16rem;
  overflow-y: auto;
}
.genga-badge-place {
  width: 100%;
  height: 100%;
}
.genga .genga-badge {
  display: block;
  width: 100%;
  height: 100%;
  min-height: 1.4rem;
  padding: 0 0.6rem;
  font-size: 12px;
  text-align: left;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}
.genga-badge::before {
  margin-right: 0.45rem;
  font-weight: 700;
}
.genga-badge.trusted::before,
.genga-badge.valid::before {
  content: "✓";
  color: var(--genga-good);
}
.genga-badge.tampered::before {
  content: "✕";
  color: var(--genga-bad);
}
.genga .genga-badge.tampered {
  border-color: var(--genga-bad);
}
.genga-badge.known::before,
.genga-badge.unsigned::before,
.genga-badge.unchecked::before {
  content: "?";
  color: var(--genga-warn);
}
dialog.genga-dialog {
  width: min(58rem, 94vw);
  max-height: 90vh;
  margin: auto;
  padding: 1rem 1.2rem 1.2rem;
  overflow-y: auto;
  color: var(--fg-color, #fff);
  background: var(--comfy-menu-bg, #353535);
  border: 1px solid var(--genga-line);
  border-radius: 12px;
}
dialog.genga-dialog::backdrop {
  background: rgb(0 0 0 / 0.55);
}
.genga .genga-record:focus {
  outline: none;
}
.genga-record {
  display: grid;
  grid-template-columns: minmax(12rem, 2fr) 3fr;
  gap: 1.2rem;
  align-items: start;
  margin-top: 0.5rem;
}
@media (max-width: 45rem) {
  .genga .genga-record:focus {
  outline: none;
}
.genga-record {
    grid-template-columns: 1fr;
  }
}
.genga-file {
  display: grid;
  gap: 0.5rem;
  overflow-wrap: anywhere;
}
.genga-file img {
  width: 100%;
  max-height: 24rem;
  object-fit: contain;
  border-radius: 8px;
  background: var(--genga-card);
}
.genga-facts {
  display: grid;
  gap: 0.4rem;
  min-width: 0;
}
.genga-facts h3 {
  margin-top: 0.5rem;
}
.genga-facts blockquote {
  margin: 0;
  padding-left: 0.7rem;
  border-left: 3px solid #d9603b;
  overflow-wrap: anywhere;
}
.genga-facts .credential {
  padding: 0.45rem 0.7rem;
  border: 1px solid var(--genga-line);
  border-radius: 8px;
}
.credential.trusted strong,
.credential.valid strong {
  color: var(--genga-good);
}
.credential.tampered strong {
  color: var(--genga-bad);
}
dialog.genga-dialog:has(.genga-form) {
  width: min(36rem, 94vw);
}
.genga-form fieldset {
  display: grid;
  gap: 0.9rem;
  border: 0;
  margin: 0;
  padding: 0;
}
.genga-form label {
  display: grid;
  gap: 0.25rem;
}
.genga-form label.genga-check {
  display: flex;
  flex-direction: row-reverse;
  justify-content: start;
  gap: 0.5rem;
}
.genga-form input:not([type="checkbox"]) {
  font: inherit;
  color: var(--input-text, #ddd);
  background: var(--comfy-input-bg, #222);
  border: 1px solid var(--genga-line);
  border-radius: 6px;
  padding: 0.4rem 0.6rem;
}
.genga-motion-place,
.genga-motion-panel,
.genga-motion {
  width: 100%;
  height: 100%;
}
.genga-motion-panel,
.genga-motion {
  display: flex;
  flex-direction: column;
  gap: 4px;
  min-height: 0;
}
.genga-motion-panel > .error:empty,
.genga-motion-tabs:empty {
  display: none;
}
.genga-motion-tabs {
  display: flex;
  flex-wrap: wrap;
  gap: 4px;
}
.genga .genga-motion-tabs button {
  padding: 0 0.5rem;
  font-size: 12px;
}
.genga-motion-canvas {
  flex: 1 1 0;
  width: 100%;
  min-height: 180px;
  background: #181a1f;
  border-radius: 6px;
  cursor: grab;
  touch-action: none;
}
.genga-motion-canvas:active {
  cursor: grabbing;
}
.genga-motion-bar {
  display: flex;
  align-items: center;
  gap: 6px;
}
.genga-motion-bar input {
  flex: 1 1 auto;
  min-width: 0;
  margin: 0;
}
.genga .genga-motion-bar button {
  flex: none;
  width: 28px;
  height: 24px;
  padding: 0;
  font-size: 12px;
  line-height: 1;
}
.genga .genga-motion-repeat[aria-pressed="false"] {
  opacity: 0.4;
}
.genga-motion-line {
  display: flex;
  gap: 8px;
  justify-content: space-between;
  font-size: 12px;
  color: var(--genga-soft);
}
.genga-motion-caption {
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
  color: var(--fg-color, #fff);
}
.genga-motion-facts {
  flex: none;
  font-variant-numeric: tabular-nums;
}
`;

// comfy-nodes/web-src/main.ts
var hideSidebar;
app6.registerExtension({
  name: "genga",
  settings: [
    {
      id: BADGES_SETTING,
      name: text("setting_badges"),
      category: ["Genga", "Page", "Badges"],
      type: "boolean",
      defaultValue: true
    },
    {
      id: "Genga.Core",
      name: text("setting_core"),
      category: ["Genga", "Core", "Connection"],
      type: () => button(text("open_settings"), () => void openSettings(), "genga-button"),
      defaultValue: ""
    }
  ],
  commands: [
    { id: "Genga.Settings", label: "Genga: settings", icon: "pi pi-cog", function: () => void openSettings() }
  ],
  menuCommands: [{ path: ["Extensions", "Genga"], commands: ["Genga.Settings"] }],
  nodeCreated(node) {
    prepareMotion(node);
    prepareBadge(node);
  },
  getNodeMenuItems: provenanceMenu,
  setup() {
    const sheet = document.createElement("style");
    sheet.textContent = style_default;
    document.head.append(sheet);
    app6.extensionManager.registerSidebarTab({
      id: "genga",
      icon: "genga-mark",
      title: "Genga",
      tooltip: text("tab"),
      type: "custom",
      render: (root) => {
        hideSidebar?.();
        hideSidebar = showSidebar(root);
      },
      destroy: () => {
        hideSidebar?.();
        hideSidebar = void 0;
      }
    });
    watchOutputs();
    watchMotions();
    api5.addEventListener("execution_error", ({ detail }) => {
      if (!detail.node_type.startsWith("Genga")) return;
      app6.extensionManager.toast.add({
        severity: "error",
        summary: `Genga: ${detail.node_type.replace(/^Genga/, "").replace(/(?<=[a-z])(?=[A-Z])/g, " ")}`,
        detail: detail.exception_message.trim(),
        life: 15e3
      });
    });
  }
});
