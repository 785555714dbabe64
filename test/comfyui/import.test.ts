import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { importWorkflow } from "../../core/src/cli/comfyui.ts";
import { Output } from "../../core/src/cli/output.ts";
import { readConfig } from "../../core/src/config.ts";
import { type ReplayServer, replayComfyui } from "../support/replay-comfyui.ts";

const COLLAGE = fileURLToPath(new URL("workflows/collage.json", import.meta.url));
let home: string;
let server: ReplayServer;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "genga-import-"));
  server = await replayComfyui();
});
afterEach(async () => {
  await server.stop();
  rmSync(home, { recursive: true, force: true });
});

const configFor = (url: string) => readConfig({ env: { GENGA_HOME: home, GENGA_COMFYUI: url } });
const run = (file: string, more: { name?: string; replace?: boolean } = {}) =>
  importWorkflow(file, { server: "default", replace: false, config: configFor(server.url), ...more }, new Output(true));

test("an imported workflow lies in the home as it was, and a second one of its name is refused", async () => {
  await run(COLLAGE, { name: "my-collage" });
  const stored = JSON.parse(readFileSync(join(home, "workflows", "my-collage.json"), "utf8"));
  expect(stored).toEqual(JSON.parse(readFileSync(COLLAGE, "utf8")));
  await expect(run(COLLAGE, { name: "my-collage" })).rejects.toMatchObject({
    remedy: expect.stringContaining("--replace"),
  });
  await run(COLLAGE, { name: "my-collage", replace: true });
});

test("a workflow with a node that the server lacks is refused, naming it and the nearest", async () => {
  const file = join(home, "Strange One.json");
  writeFileSync(file, readFileSync(COLLAGE, "utf8").replace('"ImageBlend"', '"ImageBlendd"'));
  await expect(run(file)).rejects.toMatchObject({
    code: "BUNDLE_INVALID",
    message: expect.stringMatching(/"strange-one".*ImageBlendd, #7.*nearest is ImageBlend/),
  });
});

test("servers elsewhere want a word of permission, and what is no address is refused without being shown", () => {
  expect(() => configFor("http://10.0.0.7:8188")).toThrow(/not on this machine.*comfyui_allow_remote/);
  const env = {
    GENGA_HOME: home,
    GENGA_COMFYUI: "http://10.0.0.7:8188,http://[::1]:8188",
    GENGA_COMFYUI_ALLOW_REMOTE: "1",
  };
  expect(readConfig({ env }).comfyui.map(({ url, name, jobs }) => [url, name, jobs])).toEqual([
    ["http://10.0.0.7:8188", "default", 2],
    ["http://[::1]:8188", "default", 2],
  ]);
  expect(() => configFor("ftp://user:secret@127.0.0.1")).toThrow(/^(?!.*secret).*comfyui/);
});
