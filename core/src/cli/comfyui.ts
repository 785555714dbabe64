import { existsSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { checkGraph } from "../../../bridges/comfyui/check-graph.ts";
import { ComfyHttp } from "../../../bridges/comfyui/comfy-http.ts";
import { parseObjectInfo } from "../../../bridges/comfyui/object-info.ts";
import { invalid, readWorkflow, WORKFLOWS_FOLDER } from "../../../bridges/comfyui/workflow.ts";
import { ComfyWorkflowSettingsSchema } from "../comfyui-settings.ts";
import type { Config } from "../config.ts";
import { makeFolder } from "../make-folder.ts";
import { CoreError } from "../protocol/errors.ts";
import type { Output } from "./output.ts";
import { readInput } from "./read-input.ts";

/** What `genga comfyui import` was asked for. */
export interface ImportWorkflowOptions {
  config: Config;
  name?: string;
  server: string;
  replace: boolean;
}

const MAX_BYTES = 128 * 1024 * 1024;

/**
 * `genga comfyui import FILE`: reads a workflow, checks every node and input against a running server, and puts it as API format into
 * the home, where the core finds it.
 *
 * @throws CoreError BUNDLE_INVALID naming nodes and inputs, BACKEND_UNAVAILABLE, CONFIG_INVALID
 */
export async function importWorkflow(
  file: string,
  { config, name: wanted, server, replace }: ImportWorkflowOptions,
  output: Output,
): Promise<void> {
  const name = (wanted ?? basename(file).replace(/\.json$/i, "")).toLowerCase().replace(/[\s.]+/g, "-");
  if (!ComfyWorkflowSettingsSchema.shape.name.safeParse(name).success) {
    throw new CoreError("INVALID_REQUEST", `"${name}" cannot be a workflow's name.`, {
      remedy: "Give one with --name: lower-case letters, digits, dash, underscore.",
    });
  }
  const settings = config.comfyui.find((one) => one.name === server);
  if (settings === undefined) {
    const names = config.comfyui.map((one) => one.name).join(", ") || "none";
    throw new CoreError("CONFIG_INVALID", `The settings name no ComfyUI server "${server}"; there are: ${names}.`, {
      remedy: "Put its address into the setting `comfyui`, or give it with --comfyui http://127.0.0.1:8188.",
    });
  }
  const target = join(config.paths.home, WORKFLOWS_FOLDER, `${name}.json`);
  if (existsSync(target) && !replace) {
    throw new CoreError("INVALID_REQUEST", `There is a workflow "${name}" already.`, {
      remedy: "Give another --name, or --replace.",
    });
  }
  const http = new ComfyHttp({ label: server, url: settings.url, headers: settings.headers });
  const nodes = parseObjectInfo(await http.get("object_info", {}, { max_bytes: MAX_BYTES, timeout_ms: 60_000 }));
  const workflow = readWorkflow(parse((await readInput(file)).bytes, name), name, nodes, { inputs: {}, outputs: [] });
  const issues = checkGraph(workflow.graph, nodes);
  if (issues.length > 0) throw invalid(name, issues);

  makeFolder(join(config.paths.home, WORKFLOWS_FOLDER));
  await writeFile(`${target}.part`, `${JSON.stringify(workflow.graph, null, 2)}\n`);
  await rename(`${target}.part`, target);
  const inputs = [...workflow.inputs.keys()];
  const id = `comfyui:${server}/workflow:${name}`;
  output.tell(
    { event: "imported", id, inputs, outputs: workflow.outputs },
    `${id} is ready; a running core offers it within half a minute.\nIt takes: ${inputs.join(", ") || "nothing; put genga:prompt and the like into the titles of nodes"}.`,
  );
}

function parse(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw invalid(name, [{ path: "The file", message: `is not JSON: ${why}` }], cause);
  }
}
