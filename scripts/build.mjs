// Bundles the core's entries and its web page into dist/. Packages stay outside, so that native modules load from node_modules,
// but for those of INLINED.

import { readdir, readFile, rm, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

const entries = {
  genga: "core/src/cli/main.ts",
  host: "core/src/host/main.ts",
  worker: "core/src/host/worker.ts",
  client: "core/src/client/connect.ts",
};

/** Packages of plain ECMAScript modules in so many files that reading them one by one is most of a start. */
const INLINED = new Set(["zod", "@peculiar/x509"]);

/** Outputs of earlier builds are kept this long: a core that runs may still import one of its chunks. */
const KEEP_STALE_MS = 3600_000;

/** Builds dist/ from the sources; a few hundred milliseconds. */
export async function buildCore() {
  const { dependencies } = JSON.parse(await readFile(`${root}package.json`, "utf8"));
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: "dist",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    mainFields: ["module", "main"],
    external: Object.keys(dependencies).filter((name) => !INLINED.has(name)),
    sourcemap: true,
    logLevel: "warning",
    metafile: true,
  });
  await build({
    absWorkingDir: root,
    entryPoints: ["core/src/web/page.ts", "core/src/web/page.css", "core/src/web/model-stage.ts"],
    outdir: "dist/web",
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    logLevel: "warning",
  });
  await removeStale(new Set(Object.keys(metafile.outputs)));
}

async function removeStale(outputs) {
  for (const entry of await readdir(`${root}dist`, { withFileTypes: true })) {
    if (!entry.isFile() || outputs.has(`dist/${entry.name}`)) continue;
    const file = `${root}dist/${entry.name}`;
    const { mtimeMs } = await stat(file);
    if (Date.now() - mtimeMs > KEEP_STALE_MS) await rm(file, { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildCore();
