// The part of ComfyUI's page that the extension stands on, in frontends 1.32 and later. The build leaves both modules outside
// the bundle: they are ComfyUI's own ../../scripts/app.js and ../../scripts/api.js.

declare module "comfyui/app" {
  import type { NodeOutput } from "comfyui/api";

  /** A control of a node that holds an element of the page. */
  interface DomWidget {
    name: string;
    element: HTMLElement;
    /** Whether its value stands in the workflow. */
    serialize?: boolean;
  }

  interface DomWidgetOptions {
    /** Whether its value goes into the prompt. */
    serialize?: boolean;
    hideOnZoom?: boolean;
    margin?: number;
    getMinHeight?(): number;
    getMaxHeight?(): number;
  }

  interface ComfyNode {
    id: number | string;
    /** Class name, for instance SaveImage; `type` is not set yet while a node is created. */
    comfyClass?: string;
    type: string;
    title: string;
    pos: [number, number];
    size: [number, number];
    widgets?: { name: string; value?: unknown; callback?(value: unknown): void }[];
    /** Graph inside a subgraph's node. */
    subgraph?: ComfyGraph;
    addDOMWidget(name: string, type: string, element: HTMLElement, options?: DomWidgetOptions): DomWidget;
    removeWidget?(widget: unknown): void;
    /** Called when the node leaves its graph. */
    onRemoved?(this: ComfyNode): void;
    /** Least size that its controls need. */
    computeSize(): [number, number];
    setSize(size: [number, number]): void;
    setDirtyCanvas(foreground: boolean, background?: boolean): void;
  }

  interface ComfyGraph {
    getNodeById(id: number | string): ComfyNode | null | undefined;
    add(node: ComfyNode): void;
  }

  interface MenuItem {
    content: string;
    callback(): void;
  }

  interface SidebarTab {
    id: string;
    icon: string;
    title: string;
    tooltip: string;
    type: "custom";
    render(element: HTMLElement): void;
    destroy?(): void;
  }

  interface Setting {
    id: string;
    name: string;
    category?: string[];
    tooltip?: string;
    type: "boolean" | ((...unused: unknown[]) => HTMLElement);
    defaultValue: unknown;
    onChange?(value: unknown): void;
  }

  interface Extension {
    name: string;
    settings?: Setting[];
    commands?: { id: string; label: string; icon?: string; function(): void }[];
    menuCommands?: { path: string[]; commands: string[] }[];
    nodeCreated?(node: ComfyNode): void;
    getNodeMenuItems?(node: ComfyNode): (MenuItem | null)[];
    setup?(): void | Promise<void>;
  }

  export interface Toast {
    severity: "success" | "info" | "warn" | "error";
    summary: string;
    detail?: string;
    /** Milliseconds; absent = until closed. */
    life?: number;
  }

  export const app: {
    /** The graph that the canvas shows. */
    graph: ComfyGraph;
    /** The outermost graph; absent in old frontends. */
    rootGraph?: ComfyGraph;
    canvas: { ds: { offset: [number, number]; scale: number }; canvas: HTMLCanvasElement };
    nodeOutputs: Record<string, NodeOutput | undefined>;
    extensionManager: {
      registerSidebarTab(tab: SidebarTab): void;
      toast: { add(toast: Toast): void };
      setting: { get(id: string): unknown };
      command?: { execute(id: string): Promise<void> };
    };
    registerExtension(extension: Extension): void;
    /** Opens a file as a drop on the canvas does. */
    handleFile(file: File): Promise<void>;
  };
  export type { ComfyGraph, ComfyNode, DomWidget, Extension, MenuItem };
}

declare module "comfyui/api" {
  /** A file of ComfyUI's folders, as /view wants it. */
  export interface ComfyFile {
    filename: string;
    subfolder?: string;
    type?: string;
  }

  /** A motion of the core. */
  export interface MotionOutput {
    sha256: string;
    name: string;
    /** null = not known. */
    seed: number | null;
  }

  /** What a node gave the page. */
  export interface NodeOutput {
    images?: ComfyFile[];
    /** Files of the core that a node of this pack made. */
    genga_assets?: { sha256: string; name?: string; sidecar?: string | null }[];
    /** Files that a node of this pack saved which are no pictures. */
    genga_files?: ComfyFile[];
    /** Motions to play on the node, assets of the core. */
    genga_motion?: MotionOutput[];
    [kind: string]: unknown;
  }

  interface Events {
    executed: { node: string; display_node?: string; prompt_id: string; output: NodeOutput | null };
    execution_error: {
      prompt_id: string;
      node_id: string;
      node_type: string;
      exception_type: string;
      exception_message: string;
    };
    execution_start: { prompt_id: string };
  }

  export const api: {
    fetchApi(path: string, options?: RequestInit): Promise<Response>;
    apiURL(path: string): string;
    addEventListener<K extends keyof Events>(type: K, listener: (event: CustomEvent<Events[K]>) => void): void;
  };
}

declare module "*.css" {
  const text: string;
  export default text;
}
