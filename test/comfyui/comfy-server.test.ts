import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { ComfyServer } from "../../bridges/comfyui/comfy-server.ts";
import { GraphSchema } from "../../bridges/comfyui/graph.ts";
import { ComfyServerSettingsSchema } from "../../core/src/comfyui-settings.ts";
import { RECORDING, type ReplayServer, replayComfyui } from "../support/replay-comfyui.ts";

const opened: (ReplayServer | ComfyServer)[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await (one instanceof ComfyServer ? one.close() : one.stop());
});

async function connect(auto: boolean, times = {}) {
  const replay = await replayComfyui({ auto });
  const settings = ComfyServerSettingsSchema.parse({ url: replay.url });
  const logger = pino({ level: "silent" });
  let changed: () => void = () => undefined;
  const server = new ComfyServer(settings, { label: "test", logger, onChange: () => changed(), times });
  opened.push(replay, server);
  while (!server.online) {
    await new Promise<void>((resolve) => {
      changed = resolve;
      setTimeout(resolve, 50);
    });
  }
  return { replay, server };
}

const graphOf = (name: string) => GraphSchema.parse(RECORDING.scenarios[name]?.graph);
const options = () => ({ signal: new AbortController().signal, patience_ms: () => 1000, onEvent: () => undefined });

test("a picture that the server has already is taken over, and an id that stands for another one is not used again", async () => {
  const { replay, server } = await connect(true);
  const first = await server.run("job", graphOf("steps"), {}, options());
  expect(await server.run("job", graphOf("steps"), {}, options())).toEqual(first);
  expect(replay.prompts).toHaveLength(1);
  await server.run("job", graphOf("steps-6"), {}, options());
  expect(replay.prompts.map(({ prompt_id }) => prompt_id)).toEqual(["job", expect.not.stringMatching(/^job$/)]);
});

test("a prompt that says nothing is given up and interrupted; one that waits behind others is not", async () => {
  const { replay, server } = await connect(false, { stall_ms: 4000, look_ms: 50 });
  const running = server.run("first", graphOf("steps"), {}, options());
  await replay.prompt(0);
  const waiting = server.run("second", graphOf("steps-6"), {}, options());
  await replay.prompt(1);
  await expect(running).rejects.toMatchObject({ code: "BACKEND_FAILED", message: expect.stringMatching(/nothing/) });
  await expect.poll(() => replay.requests.some(({ line }) => line === "POST /interrupt")).toBe(true);
  (await replay.prompt(1)).play();
  expect(await waiting).toHaveLength(1);
});

test("a prompt that was given up is ended before its job is tried again, and does not end the second attempt", async () => {
  const { replay, server } = await connect(false, { stall_ms: 4000, look_ms: 50 });
  await expect(server.run("job", graphOf("steps"), {}, options())).rejects.toMatchObject({ code: "BACKEND_FAILED" });
  const again = server.run("job", graphOf("steps"), {}, options());
  (await replay.prompt(1)).play();
  expect(await again).toHaveLength(1);
  expect(replay.requests.filter(({ line }) => line === "POST /interrupt")).toHaveLength(1);
});

test("what answers and is not ComfyUI is told as such, and is tried again", async () => {
  const { createServer } = await import("node:http");
  const other = createServer((_, response) => response.end("<html>hello</html>")).listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const address = other.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const settings = ComfyServerSettingsSchema.parse({ url: `http://127.0.0.1:${address.port}` });
  const server = new ComfyServer(settings, {
    label: "test",
    logger: pino({ level: "silent" }),
    onChange: () => undefined,
  });
  opened.push(server);
  await expect.poll(() => server.problem.message).toMatch(/did not answer \/system_stats with JSON/);
  expect(server.online).toBe(false);
  other.close();
  other.closeAllConnections();
});
