// `npm run check`: everything that can be said of the code without running the product.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { installPackages } from "./install.mjs";
import { setupPython } from "./setup-python.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
installPackages();
const python = setupPython(".venv", "test/python/requirements.txt");
const node = process.execPath;

const checks = [
  ["types", node, ["node_modules/typescript/bin/tsc", "-p", "."]],
  ["types of the page", node, ["node_modules/typescript/bin/tsc", "-p", "core/src/web"]],
  ["types of ComfyUI's page", node, ["node_modules/typescript/bin/tsc", "-p", "comfy-nodes/web-src"]],
  ["lint and format", node, ["node_modules/@biomejs/biome/bin/biome", "check", "."]],
  [
    "layers and circles",
    node,
    [
      "node_modules/dependency-cruiser/bin/dependency-cruise.mjs",
      "core/src",
      "bridges/comfyui",
      "--config",
      ".dependency-cruiser.cjs",
    ],
  ],
  ["generated files", node, ["node_modules/tsx/dist/cli.mjs", "scripts/generate-protocol.ts", "--check"]],
  ["bundle of ComfyUI's page", node, ["scripts/build-comfy-page.mjs", "--check"]],
  ["ruff", python, ["-m", "ruff", "check", "."]],
  ["ruff format", python, ["-m", "ruff", "format", "--check", "."]],
  ["pyright strict, client", node, ["node_modules/pyright/index.js", "-p", "bridges/python"]],
];

let failed = 0;
for (const [name, command, args] of checks) {
  if (args.includes("core/src/web") && !existsSync(`${root}core/src/web/tsconfig.json`)) continue;
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, FORCE_COLOR: "0" },
  });
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name}`);
  if (status !== 0) {
    failed += 1;
    console.log(`${stdout}${stderr}`);
  }
}
process.exit(failed === 0 ? 0 : 1);
