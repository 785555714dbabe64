import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectCore, findCore } from "../../core/src/client/connect.ts";
import { packageFolder } from "../../core/src/package-folder.ts";
import { VERSION } from "../../core/src/version.ts";

const program = fileURLToPath(new URL("../../core/bin/genga.js", import.meta.url));
let home: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "genga-serve-"));
});
afterEach(() => {
  if (child?.exitCode === null) child.kill("SIGKILL");
  rmSync(home, { recursive: true, force: true });
});

/** Starts `genga serve --json` and gives its first line. */
async function serve(...options: string[]): Promise<{ process: ChildProcess; first: Record<string, unknown> }> {
  const started = spawn(process.execPath, [program, "serve", "--port", "0", "--json", ...options], {
    env: { ...process.env, GENGA_HOME: home },
    stdio: ["ignore", "pipe", "ignore"],
  });
  child = started;
  const ended = once(started, "exit").then(([code]) => {
    throw new Error(`the core ended with ${code} before it said anything`);
  });
  ended.catch(() => {});
  const [line] = await Promise.race([once(createInterface({ input: started.stdout }), "line"), ended]);
  return { process: started, first: JSON.parse(line) };
}

test("the first line says where the core listens; SIGTERM says goodbye to clients and exits 0", async () => {
  const { process: core, first } = await serve();
  expect(first).toMatchObject({ event: "listening", port: expect.any(Number), token_file: join(home, "token") });
  const address = await findCore(home);
  if (address === undefined) throw new Error("no core");
  expect(address.url).toBe(`ws://127.0.0.1:${first.port}`);
  const client = await connectCore(address, { name: "test", version: "1" });
  const page = spawnSync(process.execPath, [program, "page"], {
    env: { ...process.env, GENGA_HOME: home },
    encoding: "utf8",
  });
  expect(page.stdout).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${first.port}/login\\?code=[\\w-]{43}\n$`));
  const ended = once(core, "exit");
  core.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
  expect(existsSync(join(home, "run", "core.json"))).toBe(false);
  client.close();
});

test("a start notes where the program and its Node are, and so does the next one of another program", async () => {
  writeFileSync(join(home, "installed.json"), '{"folder":"/gone","node":"/gone/node","version":"0.0.1"}\n');
  await serve();
  const note = JSON.parse(readFileSync(join(home, "installed.json"), "utf8"));
  expect(note).toEqual({ folder: packageFolder(), node: process.execPath, version: VERSION });
  expect(existsSync(join(note.folder, "core", "bin", "genga.js"))).toBe(true);
});

test("after kill -9 the next core starts in the same home and takes over", async () => {
  const { process: first } = await serve();
  const ended = once(first, "exit");
  first.kill("SIGKILL");
  await ended;
  expect(existsSync(join(home, "run", "core.json"))).toBe(true);
  expect(await findCore(home)).toBeUndefined();
  const { first: line } = await serve();
  expect((await findCore(home))?.url).toBe(`ws://127.0.0.1:${line.port}`);
});

test.each([
  [["--port", "99999"], 78, "CONFIG_INVALID"],
  [["--host", "0.0.0.0"], 78, "CONFIG_INVALID"],
])("serve %s exits %i with %s", async (options, status, code) => {
  const { process: core, first } = await serve(...options);
  expect(first).toMatchObject({ event: "error", code });
  if (core.exitCode === null) await once(core, "exit");
  expect(core.exitCode).toBe(status);
});

test("an unknown option exits 64", () => {
  const { status } = spawnSync(process.execPath, [program, "serve", "--prot", "1"], { encoding: "utf8" });
  expect(status).toBe(64);
});
