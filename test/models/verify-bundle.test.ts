import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DigestCache } from "../../core/src/models/digest-cache.ts";
import { readBundle } from "../../core/src/models/read-bundle.ts";
import { verifyBundle } from "../../core/src/models/verify-bundle.ts";
import { makeBundle, sha256Of } from "./make-bundle.ts";

let home: string;
let folder: string;
let digests: DigestCache;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "genga-verify-"));
  folder = join(home, "bundle");
  digests = new DigestCache(join(home, "digests"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test("an intact bundle verifies, with progress that ends at 1 and never goes back", async () => {
  makeBundle(folder, { graphs: ["layers"] });
  const steps: number[] = [];
  await verifyBundle(await readBundle(folder), digests, { onProgress: (progress) => steps.push(progress) });
  expect(steps.at(-1)).toBe(1);
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
});

test("a changed byte is found even when size and modification time are restored", async () => {
  makeBundle(folder);
  const bundle = await readBundle(folder);
  await verifyBundle(bundle, digests);
  const file = join(folder, "add.onnx");
  const { atime, mtime } = statSync(file);
  const bytes = readFileSync(file);
  const expected = sha256Of(file);
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  utimesSync(file, atime, mtime);
  await expect(verifyBundle(bundle, digests)).rejects.toMatchObject({
    code: "BUNDLE_CORRUPT",
    message: expect.stringContaining("add.onnx"),
    data: { file: "add.onnx", expected, met: sha256Of(file) },
  });
});

test("a file that was hashed before is not read again, by another process neither", async () => {
  makeBundle(folder);
  const file = join(folder, "add.onnx");
  let bytes = 0;
  const onBytes = (count: number) => {
    bytes += count;
  };
  expect(await digests.digest(file, { onBytes })).toBe(sha256Of(file));
  expect(bytes).toBe(statSync(file).size);
  expect(await new DigestCache(join(home, "digests")).digest(file, { onBytes })).toBe(sha256Of(file));
  expect(bytes).toBe(statSync(file).size);
  await digests.digest(file, { onBytes, fresh: true });
  expect(bytes).toBe(2 * statSync(file).size);
});

test("a cache that cannot be written or is garbage costs time, not correctness", async () => {
  makeBundle(folder);
  const file = join(folder, "add.onnx");
  const blocked = join(home, "blocked");
  writeFileSync(blocked, "a file where the folder should be");
  expect(await new DigestCache(blocked).digest(file)).toBe(sha256Of(file));
});

test("an aborted check stops", async () => {
  makeBundle(folder);
  const bundle = await readBundle(folder);
  await expect(verifyBundle(bundle, digests, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: "AbortError",
  });
});
