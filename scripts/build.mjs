// Bundles the core's entries and its web page into dist/. Packages stay outside, so native modules load from node_modules.

import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

const entries = {
  genga: "core/src/cli/main.ts",
  host: "core/src/host/main.ts",
  worker: "core/src/host/worker.ts",
  client: "core/src/client/connect.ts",
};

/** Builds dist/ from the sources; a few hundred milliseconds. */
export async function buildCore() {
  await rm(`${root}dist`, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(root + file))),
    outdir: "dist",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    sourcemap: true,
    logLevel: "warning",
  });
  if (existsSync(`${root}core/src/web/page.ts`)) {
    await build({
      absWorkingDir: root,
      entryPoints: ["core/src/web/page.ts", "core/src/web/page.css"],
      outdir: "dist/web",
      bundle: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      minify: true,
      logLevel: "warning",
    });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildCore();
