import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { ROOT } from "./run-cli.ts";

// Long enough not to be done before the signal comes, whatever the machine.
const LONG = {
  bundle: "tiny-random-sd",
  prompt: "a village",
  width: 512,
  height: 512,
  num_inference_steps: 500,
  seed: 7,
};
let folder: string;
let home: string;
let out: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "genga-interrupt-"));
  home = join(folder, "home");
  out = join(folder, "out");
  mkdirSync(out);
});
afterEach(() => {
  if (child?.exitCode === null) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a command with --json and waits for a step of its job; gives it and the process id of the core it started. */
async function startAndWaitForStep(args: string[]): Promise<{ command: ChildProcess; core: number }> {
  const command = spawn(process.execPath, [join(ROOT, "core/bin/genga.js"), ...args, "--json"], {
    cwd: ROOT,
    env: { ...process.env, GENGA_HOME: home },
    stdio: ["ignore", "pipe", "ignore"],
  });
  child = command;
  for await (const line of createInterface({ input: command.stdout })) {
    const { event } = z.object({ event: z.string() }).parse(JSON.parse(line));
    if (event !== "progress") continue;
    command.stdout.resume();
    const facts: unknown = JSON.parse(readFileSync(join(home, "run", "core.json"), "utf8"));
    return { command, core: z.object({ pid: z.int() }).parse(facts).pid };
  }
  throw new Error("the command ended before a step");
}

const generate = () => {
  const { bundle, prompt, num_inference_steps } = LONG;
  const size = ["--size", "512x512", "--steps", String(num_inference_steps), "--seed", "7"];
  return ["generate", "image", "--bundle", bundle, "--prompt", prompt, ...size, "--out", join(out, "a.png")];
};
const batch = () => {
  const request = join(folder, "request.json");
  writeFileSync(request, JSON.stringify({ task: "image", params: LONG }));
  return ["batch", "--request", request, "--frames", "1-6", "--out", out];
};

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test.each([
  ["generate image", generate],
  ["batch", batch],
])("Ctrl-C in the middle of %s cancels, leaves no file and no core, and exits 130", async (_name, args) => {
  const { command, core } = await startAndWaitForStep(args());
  const ended = once(command, "exit");
  command.kill("SIGINT");
  expect(await ended).toEqual([130, null]);
  expect(readdirSync(out)).toEqual([]);
  expect(isAlive(core)).toBe(false);
  expect(existsSync(join(home, "run", "core.json"))).toBe(false);
});

test("a second Ctrl-C ends the command at once, and its core after it", async () => {
  const { command, core } = await startAndWaitForStep(generate());
  const ended = once(command, "exit");
  command.kill("SIGINT");
  command.kill("SIGINT");
  expect(await ended).toEqual([130, null]);
  await vi.waitFor(() => expect(isAlive(core)).toBe(false), { timeout: 60_000, interval: 50 });
  expect(readdirSync(out)).toEqual([]);
});
