// Bundles the extension of ComfyUI's page into comfy-nodes/web/genga.js. The file is committed: users of the pack build nothing.
// Tests build the core by themselves, but not this: one of them says when what is committed is stale (--check).
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const output = `${root}comfy-nodes/web/genga.js`;

/** ComfyUI serves these itself, seen from /extensions/<pack>/genga.js. */
const COMFYUI = { "comfyui/app": "../../scripts/app.js", "comfyui/api": "../../scripts/api.js" };

/** Gives the bundle's text: readable, as the registry wants it. */
export async function bundleComfyPage() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ["comfy-nodes/web-src/main.ts"],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    charset: "utf8",
    loader: { ".css": "text" },
    banner: { js: "// Built from comfy-nodes/web-src by `npm run build`; do not edit." },
    logLevel: "warning",
    plugins: [
      {
        name: "comfyui",
        setup({ onResolve }) {
          onResolve({ filter: /^comfyui\// }, ({ path }) => ({ path: COMFYUI[path], external: true }));
        },
      },
    ],
  });
  return outputFiles[0].text;
}

/** Writes the bundle, if it is not the same already. */
export async function buildComfyPage() {
  const text = await bundleComfyPage();
  if ((await readFile(output, "utf8").catch(() => "")) === text) return;
  await mkdir(`${root}comfy-nodes/web`, { recursive: true });
  await writeFile(output, text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--check")) {
    if ((await readFile(output, "utf8").catch(() => "")) !== (await bundleComfyPage())) {
      console.error("comfy-nodes/web/genga.js is not what its sources give; run `npm run build` and commit it.");
      process.exitCode = 1;
    }
  } else await buildComfyPage();
}
