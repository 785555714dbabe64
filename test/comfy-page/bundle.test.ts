import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { ROOT } from "../cli/run-cli.ts";

const run = promisify(execFile);
const bundle = () => readFile(`${ROOT}comfy-nodes/web/genga.js`, "utf8");

it("ships the bundle of ComfyUI's page that its sources give", async () => {
  const { stderr } = await run(process.execPath, ["scripts/build-comfy-page.mjs", "--check"], { cwd: ROOT });
  expect(stderr).toBe("");
});

it("keeps to the registry's rules: readable, nothing evaluated, nothing loaded from elsewhere", async () => {
  const text = await bundle();
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(1000);
  expect(text).not.toMatch(/\beval\(|new Function|\.innerHTML|\.prototype\./);
  const imports = [...text.matchAll(/^import .* from "(.*)";$/gm)].map(([, from]) => from);
  expect(new Set(imports)).toEqual(new Set(["../../scripts/app.js", "../../scripts/api.js"]));
  const addresses = [...text.matchAll(/https?:\/\/[^"'\s)]+/g)].map(([address]) => address);
  expect(addresses.filter((address) => !address.startsWith("http://www.w3.org/"))).toEqual([]);
});
