import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Built entries of an inference process. */
export interface BuiltHost {
  host_entry: string;
  worker_entry: string;
  remove(): void;
}

/** Builds the real inference process with a worker of the tests: the tasks are theirs, all the rest is the product's. */
export async function buildHost(workerSource: string): Promise<BuiltHost> {
  mkdirSync(join(root, ".cache"), { recursive: true });
  // Inside the checkout, so that packages are found.
  const folder = mkdtempSync(join(root, ".cache", "test-host-"));
  await build({
    absWorkingDir: root,
    entryPoints: { host: "core/src/host/main.ts", worker: workerSource },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "warning",
    outExtension: { ".js": ".mjs" },
  });
  return {
    host_entry: join(folder, "host.mjs"),
    worker_entry: join(folder, "worker.mjs"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
