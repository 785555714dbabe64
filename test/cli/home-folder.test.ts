import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ROOT, runCli } from "./run-cli.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "genga-home-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command that must end by itself: a hang gives status null. */
function run(home: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "core/bin/genga.js"), ...args], {
    cwd: ROOT,
    env: { ...process.env, GENGA_HOME: home },
    encoding: "utf8",
    timeout: 30_000,
    // A thread that never comes back outlives SIGTERM.
    killSignal: "SIGKILL",
  });
  return { status, stdout, stderr };
}

const GENERATE = [
  "generate",
  "image",
  "--bundle",
  "tiny-random-sd",
  "--prompt",
  "x",
  "--size",
  "64x64",
  "--steps",
  "1",
];

// Every mkdir in /proc answers ENOENT, whereupon Node's recursive mkdir tries again for ever.
test
  .runIf(process.platform === "linux")
  .each([
    [["serve", "--port", "0"]],
    [["models", "import", "models/tiny-random-sd"]],
    [["trust", "export", "--out", join(tmpdir(), "never.pem")]],
    [[...GENERATE, "--out", join(tmpdir(), "never.png")]],
  ])("a home where no folder can be made: %j ends with STORAGE_FULL and a remedy", (args) => {
  const { status, stderr } = run("/proc/genga", ...args);
  expect(stderr).toMatch(/STORAGE_FULL: The folder \/proc\/genga cannot be made: .*ENOENT/);
  expect(stderr).toMatch(/a folder .*that you may write to/);
  expect(status).toBe(74);
});

test.each([
  ["a file", "file"],
  ["below a file", "file/home"],
])("a home that is %s says that it is no folder", (_name, path) => {
  writeFileSync(join(folder, "file"), "text");
  for (const args of [["serve", "--port", "0"], ["verify", "README.md"], ["doctor"]]) {
    const { status, stdout, stderr } = run(join(folder, path), ...args);
    const text = `${stdout}${stderr}`;
    expect(text).toContain(`GENGA_HOME cannot be ${join(folder, path)}`);
    expect(text).toMatch(/not a folder/);
    expect(status).toBe(args[0] === "doctor" ? 1 : 78);
  }
});

test("an --out below a file is refused before a core starts", () => {
  writeFileSync(join(folder, "file"), "text");
  const { status, stderr } = run(join(folder, "home"), ...GENERATE, "--out", join(folder, "file", "a.png"));
  expect(stderr).toContain(`The folder ${join(folder, "file")} cannot be made: a file of that name is in the way`);
  expect(status).toBe(74);
});

test("warnings of a core that a command starts stand on standard error, not with --json", async () => {
  const home = join(folder, "home");
  const args = [...GENERATE, "--out", join(folder, "a.png")];
  const env = { GENGA_COLOUR: "red", GENGA_LOG_LEVEL: "info" };
  const shown = await runCli(home, args, env);
  expect(shown.code).toBe(0);
  expect(shown.stderr).toMatch(/^[\d:]+ {2}warning {2}environment variables .*GENGA_COLOUR\n$/);
  const quiet = await runCli(home, [...args, "--json"], env);
  expect(quiet.code).toBe(0);
  expect(quiet.stderr).toBe("");
});
