import { api } from "comfyui/api";
import { app } from "comfyui/app";
import { button } from "../../core/src/web/dom.ts";
import { BADGES_SETTING, prepareBadge, provenanceMenu, watchOutputs } from "./badges.ts";
import { prepareMotion, watchMotions } from "./motion-widget.ts";
import { openSettings } from "./settings-dialog.ts";
import { showSidebar } from "./sidebar.ts";
import style from "./style.css";
import { text } from "./texts.ts";

let hideSidebar: (() => void) | undefined;

app.registerExtension({
  name: "genga",
  settings: [
    {
      id: BADGES_SETTING,
      name: text("setting_badges"),
      category: ["Genga", "Page", "Badges"],
      type: "boolean",
      defaultValue: true,
    },
    {
      id: "Genga.Core",
      name: text("setting_core"),
      category: ["Genga", "Core", "Connection"],
      type: () => button(text("open_settings"), () => void openSettings(), "genga-button"),
      defaultValue: "",
    },
  ],
  commands: [
    { id: "Genga.Settings", label: "Genga: settings", icon: "pi pi-cog", function: () => void openSettings() },
  ],
  menuCommands: [{ path: ["Extensions", "Genga"], commands: ["Genga.Settings"] }],
  nodeCreated(node) {
    prepareMotion(node);
    prepareBadge(node);
  },
  getNodeMenuItems: provenanceMenu,
  setup() {
    const sheet = document.createElement("style");
    sheet.textContent = style;
    document.head.append(sheet);
    app.extensionManager.registerSidebarTab({
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
        hideSidebar = undefined;
      },
    });
    watchOutputs();
    watchMotions();
    // ComfyUI's own dialog holds the whole report; the toast says in one sentence what to do.
    api.addEventListener("execution_error", ({ detail }) => {
      if (!detail.node_type.startsWith("Genga")) return;
      app.extensionManager.toast.add({
        severity: "error",
        summary: `Genga: ${detail.node_type.replace(/^Genga/, "").replace(/(?<=[a-z])(?=[A-Z])/g, " ")}`,
        detail: detail.exception_message.trim(),
        life: 15_000,
      });
    });
  },
});
