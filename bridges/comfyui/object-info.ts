import { z } from "zod";

/** An input of a node type. */
export interface NodeInput {
  readonly name: string;
  readonly required: boolean;
  /** `INT`, `STRING`, `IMAGE` …; `COMBO` for a choice. */
  readonly type: string;
  /** Values of a choice. */
  readonly options?: readonly string[];
  /** Whether the window draws a widget for it, so that a saved workflow keeps its value in `widgets_values`. */
  readonly widget: boolean;
  /** Whether a second widget follows that says what happens to the value after each run. */
  readonly controlAfterGenerate: boolean;
  readonly default?: unknown;
}

/** What a server says of a node type. */
export interface NodeType {
  readonly name: string;
  readonly display_name: string;
  /** In the order of the window: required, then optional. */
  readonly inputs: readonly NodeInput[];
  /** Types of the outputs. */
  readonly outputs: readonly string[];
  readonly output_node: boolean;
  /** Whether the window adds a button to upload a file, which is a widget behind those of the required inputs. */
  readonly uploads: boolean;
  /** Whether it belongs to ComfyUI itself; nodes of packs and of paid services may use models that no input names. */
  readonly builtin: boolean;
  /** Whether it takes inputs that are not listed, as nodes with growing inputs do. */
  readonly open: boolean;
}

/** Node types of a server by name. */
export type NodeTypes = ReadonlyMap<string, NodeType>;

const InputsSchema = z.record(z.string(), z.unknown());
const NodeInfoSchema = z.object({
  input: z.object({ required: InputsSchema.optional(), optional: InputsSchema.optional() }).catch({}),
  display_name: z.string().nullish(),
  output: z.array(z.unknown()).catch([]),
  output_node: z.boolean().catch(false),
  python_module: z.string().catch(""),
});

const WIDGETS = new Set(["INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"]);
/** Inputs that get a second widget by their name alone, as ComfyUI's window does it. */
const SEEDS = new Set(["seed", "noise_seed"]);

/** Reads the answer of `/object_info`. A node type that cannot be read is left out: one bad pack must not hide the others. */
export function parseObjectInfo(value: unknown): NodeTypes {
  const found = new Map<string, NodeType>();
  for (const [name, raw] of Object.entries(z.record(z.string(), z.unknown()).parse(value))) {
    const parsed = NodeInfoSchema.safeParse(raw);
    if (!parsed.success) continue;
    const { input, display_name, output, output_node, python_module } = parsed.data;
    const inputs = [
      ...Object.entries(input.required ?? {}).map(([key, spec]) => parseInput(key, spec, true)),
      ...Object.entries(input.optional ?? {}).map(([key, spec]) => parseInput(key, spec, false)),
    ];
    found.set(name, {
      name,
      display_name: display_name ?? name,
      inputs,
      outputs: output.map((type) => (Array.isArray(type) ? "COMBO" : String(type))),
      output_node,
      builtin: /^(nodes|comfy_extras\..*)$/.test(python_module),
      uploads: Object.values(input.required ?? {}).some(isUpload),
      open: inputs.some(({ type }) => /^COMFY_(AUTOGROW|DYNAMICCOMBO|DYNAMICSLOT)/.test(type)),
    });
  }
  return found;
}

/** Gives the choices of an input, none if the server has no such node type or input. */
export function choices(types: NodeTypes, node: string, input: string): readonly string[] {
  return types.get(node)?.inputs.find(({ name }) => name === input)?.options ?? [];
}

/** An input is `[type, options]`; a choice `[[values], options]`, or in newer schemas `["COMBO", { options }]`. */
function parseInput(name: string, spec: unknown, required: boolean): NodeInput {
  const [head, more] = Array.isArray(spec) ? spec : [spec];
  const extra = z.record(z.string(), z.unknown()).catch({}).parse(more);
  const listed = Array.isArray(head)
    ? head
    : head === "COMBO" && Array.isArray(extra.options)
      ? extra.options
      : undefined;
  const type = listed !== undefined ? "COMBO" : String(head);
  return {
    name,
    required,
    type,
    ...(listed === undefined ? {} : { options: listed.map(String) }),
    widget: WIDGETS.has(type) && extra.forceInput !== true,
    controlAfterGenerate:
      extra.control_after_generate === undefined
        ? type === "INT" && SEEDS.has(name)
        : extra.control_after_generate !== false,
    ...(extra.default === undefined ? {} : { default: extra.default }),
  };
}

function isUpload(spec: unknown): boolean {
  const extra: unknown = Array.isArray(spec) ? spec[1] : undefined;
  return (
    typeof extra === "object" &&
    extra !== null &&
    Object.entries(extra).some(([key, on]) => key.endsWith("_upload") && on === true)
  );
}
