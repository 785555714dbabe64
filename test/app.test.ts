import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Core, startCore } from "../core/src/app.ts";
import { connectCore, findCore } from "../core/src/client/connect.ts";
import { type Config, readConfig } from "../core/src/config.ts";
import { createLogger } from "../core/src/logger.ts";
import { CoreError } from "../core/src/protocol/errors.ts";

const logger = createLogger({ level: "silent", prompt_privacy: false });
const addresses = Object.values(networkInterfaces()).flatMap((entries) =>
  (entries ?? []).map(({ address }) => address),
);
let home: string;
let cores: Core[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "genga-app-"));
  cores = [];
});
afterEach(async () => {
  for (const core of cores) await core.close();
  rmSync(home, { recursive: true, force: true });
});

async function start(flags: Partial<Config> = {}): Promise<Core> {
  const core = await startCore(readConfig({ env: { GENGA_HOME: home }, flags }), { logger });
  cores.push(core);
  return core;
}

test("run/core.json tells where the core is, and is gone after a clean stop", async () => {
  const core = await start();
  const { run_file, token_file } = readConfig({ env: { GENGA_HOME: home } }).paths;
  expect(JSON.parse(readFileSync(run_file, "utf8"))).toEqual({
    host: "127.0.0.1",
    port: core.port,
    pid: process.pid,
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    token_file,
    started: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  await core.close();
  expect(existsSync(run_file)).toBe(false);
});

test.each([
  ["::1", "::1"],
  ["0.0.0.0", "127.0.0.1"],
  ["::", "::1"],
  ["127.0.0.2", "127.0.0.2"],
])("a core that listens on %s is found and reached at %s", async (host, reached) => {
  if (!addresses.includes(reached) && !reached.startsWith("127.")) return;
  await start({ host, allow_remote: true });
  const { run_file } = readConfig({ env: { GENGA_HOME: home } }).paths;
  expect(JSON.parse(readFileSync(run_file, "utf8"))).toMatchObject({ host: reached });
  const address = await findCore(home);
  if (address === undefined) throw new Error("no core was found");
  const client = await connectCore(address, { name: "test", version: "1" });
  expect(client.welcome?.core.name).toBe("genga");
  client.close();
});

test.skipIf(process.platform === "win32")("token, keys and state can be read by their owner only", async () => {
  await start();
  expect(statSync(join(home, "token")).mode & 0o777).toBe(0o600);
  for (const folder of ["run", "store", "keys", "provenance"]) {
    expect([folder, statSync(join(home, folder)).mode & 0o077]).toEqual([folder, 0]);
  }
});

test("the token stays the same over a restart; a configured one wins", async () => {
  await (await start()).close();
  const first = readFileSync(join(home, "token"), "utf8");
  await (await start()).close();
  expect(readFileSync(join(home, "token"), "utf8")).toBe(first);
  await start({ token: "configured-token-0123456789" });
  expect(readFileSync(join(home, "token"), "utf8").trim()).toBe("configured-token-0123456789");
});

test("a broken token file is CONFIG_INVALID, and nothing is left open", async () => {
  writeFileSync(join(home, "token"), "x\n");
  await expect(start()).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  rmSync(join(home, "token"));
  await start();
});

test("a second core on the same home is refused and leaves the first alone", async () => {
  await start();
  await expect(start()).rejects.toBeInstanceOf(CoreError);
  const address = await findCore(home);
  if (address === undefined) throw new Error("the first core is gone");
  const client = await connectCore(address, { name: "test", version: "1" });
  expect(client.welcome?.limits.max_chunk_bytes).toBe(1024 * 1024);
  client.close();
});

test("a port that is taken is CONFIG_INVALID, and what was opened is closed again", async () => {
  const { createServer } = await import("node:net");
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  await expect(start({ port: address.port })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  other.close();
  await start({ port: address.port });
});

test("a client sees the shipped bundles, and validate fills in their defaults", async () => {
  await start();
  const address = await findCore(home);
  if (address === undefined) throw new Error("no core");
  const client = await connectCore(address, { name: "test", version: "1" });
  const bundle = client.welcome?.capabilities.bundles.find(({ id }) => id === "tiny-random-sd");
  expect(bundle).toMatchObject({ purpose: "test", allowed: true });
  const { params } = await client.call(
    { type: "validate", task: "image", params: { prompt: "a well", bundle: "tiny-random-sd" } },
    "validated",
  );
  expect(params).toMatchObject({ scheduler: bundle?.defaults?.scheduler, seed: expect.any(Number) });
  await expect(
    client.call({ type: "validate", task: "image", params: { prompt: "a well", bundle: "none" } }, "validated"),
  ).rejects.toMatchObject({ code: "BUNDLE_NOT_FOUND" });
  client.close();
});

test("welcome says which bundle a request gets that names none, and what sizes each takes", async () => {
  await start();
  const address = await findCore(home);
  if (address === undefined) throw new Error("no core was found");
  const client = await connectCore(address, { name: "test", version: "1" });
  try {
    const bundles = client.welcome?.capabilities.bundles ?? [];
    const preferred = bundles.filter((bundle) => bundle.default);
    expect(preferred.map(({ task }) => task).sort()).toEqual(["image", "mesh", "motion"]);
    expect(preferred.find(({ task }) => task === "image")?.id).toBe("starter-image");
    // Meshes are painted by bundles of pictures, so there is no bundle for it.
    expect(client.welcome?.capabilities.tasks.toSorted()).toEqual(["image", "mesh", "motion", "texture"]);
    expect(bundles.find(({ id }) => id === "tiny-random-mesh")?.mesh).toMatchObject({
      sources: ["parametric", "library", "generated"],
      conditioning: "text",
      defaults: { source: "auto", grid_resolution: 32 },
    });
    expect(bundles.find(({ id }) => id === "starter-image")).toMatchObject({
      size: { multiple: 32, min: 128, max: 1024 },
      supports_guidance: false,
      takes_init_image: true,
      max_regions: 64,
    });
  } finally {
    client.close();
  }
});
