// `npm test`: installs what is missing, runs the quick tier (vitest, then pytest) and adds the runners up.
// `npm run test:full` runs the full tier the same way (`node scripts/test.mjs full`), with Blender's tests in each version and ComfyUI's.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { installPackages } from "./install.mjs";
import { BPY_VERSIONS, setupBpy } from "./setup-bpy.mjs";
import { setupComfyui } from "./setup-comfyui.mjs";
import { setupPython } from "./setup-python.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const tier = process.argv[2] === "full" ? "full" : "quick";
const SUITE_TIMEOUT_MS = 25 * 60_000;
/** Most suites at once in the full tier: each has cores, homes and ports of its own, and much of its time waits for one thread. */
const LANES = tier === "full" ? 2 : 1;
const reports = `${root}.cache/test-reports`;

installPackages();
const quickPython = setupPython(".venv", "test/python/requirements.txt");
const suites =
  tier === "quick"
    ? [vitest("quick"), pytest("pytest", quickPython, "test/python")]
    : [
        ...Object.keys(BPY_VERSIONS).map((version) => pytest(`blender-${version}`, setupBpy(version), "test/blender")),
        pytest("comfyui", setupComfyui().python, "test/comfy"),
        vitest("full"),
        pytest("pytest", setupPython(".venv-full", "test/full/requirements.txt"), "test/full"),
        // By itself: it measures how soon a key is answered.
        { ...pytest("blender-window", quickPython, "test/blender/window"), alone: true },
      ];
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

if (tier === "full") {
  // Once, before two suites would make the same files.
  const built = run(process.execPath, ["scripts/build.mjs"]);
  if (built !== 0 || run(quickPython, ["blender-addon/build.py", "--output", `${root}.cache/test-extension`]) !== 0)
    process.exit(1);
  process.env.GENGA_TEST_NO_BUILD = "1";
  // Two threads of torch that share a core with another suite wait for each other: many times slower than one.
  process.env.OMP_NUM_THREADS ??= "1";
}
const waiting = suites.filter(({ alone }) => !alone);
const statuses = [];
const lanes = Array.from({ length: LANES }, async () => {
  for (let suite = waiting.shift(); suite !== undefined; suite = waiting.shift()) statuses.push(await runSuite(suite));
});
await Promise.all(lanes);
for (const suite of suites.filter(({ alone }) => alone)) statuses.push(await runSuite(suite));

const counts = suites.map(({ count }) => count());
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
let failed = counts.reduce((sum, count) => sum + count.failed, 0);
// A runner that ended badly without naming a failed test (a crash, no report) still counts as a failure.
if (failed === 0 && statuses.some((status) => status !== 0)) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** One project of vitest. */
function vitest(project) {
  const report = `${reports}/vitest.json`;
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  return {
    name: "vitest",
    command: process.execPath,
    args: ["node_modules/vitest/vitest.mjs", "run", "--project", project, ...reporters],
    count: () => countVitest(report),
  };
}

/** A folder of pytest, in an environment of its own. */
function pytest(name, python, path) {
  const report = `${reports}/${name}.xml`;
  return {
    name,
    command: python,
    args: ["-m", "pytest", path, `--junitxml=${report}`],
    count: () => countPytest(report),
  };
}

/** Runs one suite, one of the full tier's with what it says kept back until it is done; one that hangs is ended and counts as failed. */
async function runSuite({ name, command, args }) {
  const started = Date.now();
  console.log(`== ${name}: starts`);
  const file = `${reports}/${name}.log`;
  const log = LANES > 1 ? openSync(file, "w") : "inherit";
  const child = spawn(command, args, {
    cwd: root,
    stdio: ["ignore", log, log],
    timeout: SUITE_TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  const [status, signal] = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (...ended) => resolve(ended));
  });
  if (log !== "inherit") {
    closeSync(log);
    process.stdout.write(`== ${name}\n${readFileSync(file, "utf8")}`);
  }
  console.log(`== ${name}: ${(Date.now() - started) / 1000} s`);
  if (signal !== null) console.error(`${name} was ended by ${signal}.`);
  return status ?? 1;
}

/** Runs a command to its end, or ends it when it hangs. */
function run(command, args) {
  const { status, signal } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    timeout: SUITE_TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  if (signal !== null) console.error(`${args.join(" ")} was ended by ${signal}.`);
  return status ?? 1;
}

function countVitest(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(file, "utf8"));
  const brokenFiles = report.testResults.filter(
    (result) => result.status === "failed" && result.assertionResults.length === 0,
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles.length };
}

function countPytest(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const suite = readFileSync(file, "utf8").match(/<testsuite [^>]*>/)?.[0] ?? "";
  const number = (name) => Number(suite.match(new RegExp(`${name}="(\\d+)"`))?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  return { passed: number("tests") - failed - number("skipped"), failed };
}
