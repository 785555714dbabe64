import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { ServerPool } from "../../bridges/comfyui/server-pool.ts";
import { ComfyServerSettingsSchema } from "../../core/src/comfyui-settings.ts";
import { sha256, temporaryFolder } from "../provenance/support.ts";
import { replayComfyui } from "../support/replay-comfyui.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

test("a hash is told of a model file only where each server that may load it has the same one", async () => {
  const folder = temporaryFolder();
  ends.push(() => folder.remove());
  const servers = [];
  for (const name of ["one", "two"]) {
    const replay = await replayComfyui({ auto: false });
    ends.push(() => replay.stop());
    const models_folder = join(folder.path, name);
    mkdirSync(join(models_folder, "loras"), { recursive: true });
    writeFileSync(join(models_folder, "loras", "same.safetensors"), "same");
    writeFileSync(join(models_folder, "loras", "other.safetensors"), name);
    servers.push(ComfyServerSettingsSchema.parse({ url: replay.url, models_folder }));
  }
  writeFileSync(join(folder.path, "one", "loras", "here.safetensors"), "here");
  let changed: () => void = () => undefined;
  const pool = new ServerPool("default", servers, {
    home: folder.path,
    cache_folder: join(folder.path, "cache"),
    hash_first: false,
    patience_ms: 1000,
    logger: pino({ level: "silent" }),
    onChange: () => changed(),
  });
  ends.push(() => pool.close());
  const seats = () => pool.seatsOf(pool.list()[0]?.manifest.id ?? "");
  while (seats().length < 2) {
    await new Promise<void>((resolve) => {
      changed = resolve;
      setTimeout(resolve, 50);
    });
  }
  const models = ["same", "other", "here"].map((name) => ({
    name: `${name}.safetensors`,
    role: "lora",
    folders: ["loras"],
  }));
  const told = async (used = seats()) =>
    (await pool.declare(models, used, { hash: true })).map((model) => model.sha256);
  const hash = (text: string) => sha256(Buffer.from(text));
  expect(await told()).toEqual([hash("same"), undefined, undefined]);
  expect(await told(seats().slice(0, 1))).toEqual([hash("same"), hash("one"), hash("here")]);
  expect(await told(seats().slice(1))).toEqual([hash("same"), hash("two"), undefined]);
});
