// Records what the real ComfyUI sends, for the quick tests: `npx tsx test/comfyui/record-frames.ts http://127.0.0.1:8188`, with the
// nodes of test/comfyui/nodes in its custom_nodes. Writes test/golden/comfyui/recording.json.
import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { z } from "zod";
import type { Recording, Scenario } from "../support/replay-comfyui.ts";

const [url = "http://127.0.0.1:8188"] = process.argv.slice(2);
const OUTPUT = fileURLToPath(new URL("../golden/comfyui/recording.json", import.meta.url));
/** Node types that the tests' graphs use, and those that the catalog is read from. */
const NODES =
  /^(BackendTest.*|EmptyImage|PreviewImage|SaveImage|LoadImage|LoadImageMask|ImageScale|ImageInvert|ImageBlend|ImageToMask|ImageCompositeMasked|PrimitiveInt|CheckpointLoaderSimple|ControlNetLoader|ControlNetApplyAdvanced|SetUnionControlNetType|LoraLoader|VAELoader|UpscaleModelLoader|ImageUpscaleWithModel|KSampler|CLIPTextEncode|CLIPSetLastLayer|ConditioningSetMask|ConditioningCombine|EmptyLatentImage|VAEEncode|VAEDecode|SetLatentNoiseMask|InpaintModelConditioning)$/;

type Graph = Record<string, { class_type: string; inputs: Record<string, unknown>; _meta?: { title: string } }>;

async function workflow(name: string): Promise<Graph> {
  return JSON.parse(await readFile(new URL(`workflows/${name}.json`, import.meta.url), "utf8"));
}

async function getJson(path: string): Promise<Record<string, unknown>> {
  return z.record(z.string(), z.unknown()).parse(await (await fetch(`${url}/${path}`)).json());
}

async function record(
  graph: Graph,
  { metadata = true, interrupt = false }: { metadata?: boolean; interrupt?: boolean } = {},
): Promise<Scenario> {
  const client = randomUUID();
  const prompt_id = randomUUID();
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws?clientId=${client}`);
  const frames: Scenario["frames"] = [];
  const ended = new Promise<void>((resolve) => {
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) {
        frames.push({ binary: data.toString("base64") });
        return;
      }
      const text = data.toString("utf8");
      const message = JSON.parse(text);
      // What the machine does beside the prompt belongs to no scenario.
      if (message.type === "status" || message.type === "feature_flags" || message.type.startsWith("crystools")) return;
      frames.push({ text });
      if (message.type === "executing" && message.data.node === null) resolve();
      if (interrupt && message.type === "progress_state" && frames.length > 12) {
        void fetch(`${url}/interrupt`, { method: "POST", body: JSON.stringify({ prompt_id }) });
      }
    });
  });
  await new Promise((resolve) => socket.once("open", resolve));
  if (metadata) socket.send(JSON.stringify({ type: "feature_flags", data: { supports_preview_metadata: true } }));
  const response = await fetch(`${url}/prompt`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ prompt: graph, prompt_id, client_id: client, extra_data: {} }),
  });
  const answer = { status: response.status, json: await response.json() };
  let history: unknown = null;
  const files: Scenario["files"] = {};
  if (response.status === 200) {
    await ended;
    for (let tries = 0; history === null && tries < 50; tries++) {
      history = (await getJson(`history/${prompt_id}`))[prompt_id] ?? null;
      await delay(100);
    }
    const outputs: Record<string, { images?: { filename: string; subfolder: string; type: string }[] }> = (
      history as { outputs?: object } | null
    )?.outputs as never;
    for (const { images = [] } of Object.values(outputs ?? {})) {
      for (const image of images) {
        const bytes = await (await fetch(`${url}/view?${new URLSearchParams(image)}`)).arrayBuffer();
        files[image.filename] = Buffer.from(bytes).toString("base64");
      }
    }
  }
  socket.terminate();
  return { graph, prompt_id, answer, frames, history, files };
}

const steps = await workflow("steps");
const fails = await workflow("fails");
const memory = structuredClone(fails);
Object.assign(memory["2"]?.inputs ?? {}, { how: "memory" });
const seeded = (seed: number) => {
  const graph = structuredClone(steps);
  Object.assign(graph["2"]?.inputs ?? {}, { seed });
  return graph;
};
const refused = structuredClone(steps);
Object.assign(refused["2"]?.inputs ?? {}, { steps: 0 });
const partly: Graph = { ...seeded(9), "4": { class_type: "PreviewImage", inputs: {}, _meta: { title: "Second" } } };

const [stats, features, info] = await Promise.all(["system_stats", "features", "object_info"].map(getJson));
const { system } = z.object({ system: z.looseObject({ comfyui_version: z.string() }) }).parse(stats);
const recording: Recording = {
  origin: `ComfyUI ${system.comfyui_version}, recorded by test/comfyui/record-frames.ts`,
  system_stats: { ...stats, system: { ...system, argv: [] } },
  features,
  object_info: Object.fromEntries(Object.entries(info ?? {}).filter(([name]) => NODES.test(name))),
  scenarios: {
    steps: await record(seeded(5)),
    cached: await record(seeded(5)),
    "steps-6": await record(seeded(6)),
    "steps-7": await record(seeded(7)),
    "plain previews": await record(seeded(8), { metadata: false }),
    interrupted: await record(seeded(11), { interrupt: true }),
    error: await record(fails),
    memory: await record(memory),
    refused: await record(refused),
    "partly refused": await record(partly),
  },
};
await mkdir(fileURLToPath(new URL("../golden/comfyui", import.meta.url)), { recursive: true });
/** Tracebacks name folders of the machine that recorded, and the core does not read them. */
const plain = (key: string, value: unknown) => (key === "traceback" ? [] : value);
for (const { frames } of Object.values(recording.scenarios)) {
  for (const frame of frames) if ("text" in frame) frame.text = JSON.stringify(JSON.parse(frame.text), plain);
}
await writeFile(OUTPUT, `${JSON.stringify(recording, plain, 1)}\n`);
console.log(
  Object.entries(recording.scenarios)
    .map(([name, { frames, answer }]) => `${name}: ${answer.status}, ${frames.length} frames`)
    .join("\n"),
);
