// `npm test`: installs what is missing, runs the quick tier (vitest, then pytest) and adds the runners up.
// `npm run test:full` runs the full tier the same way: `node scripts/test.mjs full`.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { installPackages } from "./install.mjs";
import { setupPython } from "./setup-python.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const tier = process.argv[2] === "full" ? "full" : "quick";
const reports = `${root}.cache/test-reports`;

installPackages();
const quickPython = setupPython(".venv", "test/python/requirements.txt");
const python = tier === "full" ? setupPython(".venv-full", "test/full/requirements.txt") : quickPython;
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const vitest = run(process.execPath, [
  "node_modules/vitest/vitest.mjs",
  "run",
  "--project",
  tier,
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${reports}/vitest.json`,
]);
const pytest = run(python, [
  "-m",
  "pytest",
  tier === "full" ? "test/full" : "test/python",
  `--junitxml=${reports}/pytest.xml`,
]);

const counts = [countVitest(), countPytest()];
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
let failed = counts.reduce((sum, count) => sum + count.failed, 0);
// A runner that ended badly without naming a failed test (a crash, no report) still counts as a failure.
if (failed === 0 && (vitest !== 0 || pytest !== 0)) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

function run(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: "inherit" }).status;
}

function countVitest() {
  const file = `${reports}/vitest.json`;
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(file, "utf8"));
  const brokenFiles = report.testResults.filter(
    (result) => result.status === "failed" && result.assertionResults.length === 0,
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles.length };
}

function countPytest() {
  const file = `${reports}/pytest.xml`;
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const suite = readFileSync(file, "utf8").match(/<testsuite [^>]*>/)?.[0] ?? "";
  const number = (name) => Number(suite.match(new RegExp(`${name}="(\\d+)"`))?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  return { passed: number("tests") - failed - number("skipped"), failed };
}
