import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { probeHost } from "../../core/src/host/probe-host.ts";
import { type BuiltHost, buildHost } from "./build-host.ts";

let built: BuiltHost;
beforeAll(async () => {
  built = await buildHost("test/host/graph-worker.ts");
});
afterAll(() => built.remove());

test("the probe names runtime, machine and every provider, with a reason for each that does not work", async () => {
  const probe = await probeHost({ ...built, logger: pino({ level: "silent" }), env: process.env });
  expect(probe.runtime_version).toMatch(/^\d+\.\d+\.\d+/);
  expect(probe.machine.memory_total).toBeGreaterThan(1e8);
  expect(probe.machine.cores).toBeGreaterThan(0);
  expect(probe.providers.map(({ provider }) => provider)).toEqual(["cuda", "directml", "coreml", "webgpu", "cpu"]);
  expect(probe.providers.at(-1)).toEqual({ provider: "cpu", usable: true });
  for (const { usable, reason } of probe.providers) if (!usable) expect(reason).toMatch(/\w/);
});

test("a process that hangs over a provider costs that provider only", async () => {
  const preload = fileURLToPath(new URL("./hang-on-cuda.cjs", import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: `--require ${JSON.stringify(preload)}` };
  const probe = await probeHost({ ...built, logger: pino({ level: "silent" }), env, timeout_ms: 2000 });
  expect(probe.providers).toHaveLength(5);
  expect(probe.providers[0]).toMatchObject({ usable: false, reason: expect.stringContaining("SIGKILL") });
  expect(probe.providers[1]?.reason).not.toContain("SIGKILL");
});
