#!/usr/bin/env node
// Runs the built core. Plain JavaScript, so that it works in a clone before anything was built.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const built = new URL("../../dist/genga.js", import.meta.url);
if (existsSync(fileURLToPath(built))) {
  await import(built.href);
} else {
  console.error(
    "Genga is not built yet. Run `npm run build` in its folder (or `npm run demo`, which does all that is needed).",
  );
  process.exitCode = 70;
}
