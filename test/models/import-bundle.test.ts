import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ImportPlan, importBundle } from "../../core/src/models/import-bundle.ts";
import { makeBundle } from "./make-bundle.ts";

let home: string;
let user: string;
let source: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "genga-import-"));
  user = join(home, "bundles");
  source = join(home, "source");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const bring = (from: string, options: Partial<Parameters<typeof importBundle>[1]> = {}) =>
  importBundle(from, { folder: user, cache_folder: join(home, "cache"), ...options });

/** Writes a .zip with Python's zipfile, which takes any name, also wicked ones. */
function zip(file: string, entries: Record<string, string>): string {
  const script =
    "import json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1],'w',zipfile.ZIP_DEFLATED)\n[z.writestr(n,open(p,'rb').read()) for n,p in json.load(sys.stdin).items()]\nz.close()";
  execFileSync("python3", ["-c", script, file], { input: JSON.stringify(entries) });
  return file;
}

function entriesOf(folder: string, prefix = ""): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [prefix + name, join(folder, name)]));
}

test("a folder is imported under its id, with its papers and nothing else", async () => {
  makeBundle(source, { id: "brought", graphs: ["layers"] });
  writeFileSync(join(source, "MODEL_CARD.md"), "# Card");
  writeFileSync(join(source, "notes.txt"), "private");
  const plans: ImportPlan[] = [];
  const bundle = await bring(source, { onPlan: (plan) => void plans.push(plan) });
  expect(bundle.manifest.id).toBe("brought");
  expect(readdirSync(user)).toEqual(["brought"]);
  expect(readdirSync(join(user, "brought")).sort()).toEqual(
    ["MODEL_CARD.md", "add.onnx", "bundle.json", "layers.onnx", "tokenizer.json", "tokenizer_config.json"].sort(),
  );
  const bytes = readdirSync(join(user, "brought")).reduce(
    (sum, name) => sum + statSync(join(user, "brought", name)).size,
    0,
  );
  expect(plans).toEqual([{ source: "source", files: 6, bytes }]);
});

test.each(["", "some-folder/"])("a .zip with bundle.json under %j is imported", async (prefix) => {
  makeBundle(source, { id: "zipped" });
  const bundle = await bring(zip(join(home, "b.zip"), entriesOf(source, prefix)));
  expect(bundle.manifest.id).toBe("zipped");
  expect(readFileSync(join(user, "zipped", "add.onnx"))).toEqual(readFileSync(join(source, "add.onnx")));
  expect(readdirSync(user)).toEqual(["zipped"]);
});

test.each(["../evil.txt", "/etc/evil", "a\\..\\evil"])(
  "a .zip that holds %j is refused and writes nothing",
  async (name) => {
    makeBundle(source, { id: "evil" });
    const file = zip(join(home, "evil.zip"), { ...entriesOf(source), [name]: join(source, "tokenizer.json") });
    await expect(bring(file)).rejects.toMatchObject({ code: "BUNDLE_INVALID" });
    expect(readdirSync(user)).toEqual([]);
    expect(existsSync(join(home, "evil.txt"))).toBe(false);
  },
);

test("a .zip that is none is refused", async () => {
  writeFileSync(join(home, "text.zip"), "hello");
  await expect(bring(join(home, "text.zip"))).rejects.toMatchObject({ code: "BUNDLE_INVALID" });
});

test("a bundle whose weights do not match their hash is refused and leaves nothing behind", async () => {
  makeBundle(source, { id: "damaged" });
  const file = join(source, "add.onnx");
  const bytes = readFileSync(file);
  bytes[30] = (bytes[30] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  await expect(bring(source)).rejects.toMatchObject({ code: "BUNDLE_CORRUPT", data: { file: "add.onnx" } });
  await expect(bring(zip(join(home, "d.zip"), entriesOf(source)))).rejects.toMatchObject({ code: "BUNDLE_CORRUPT" });
  expect(readdirSync(user)).toEqual([]);
});

test("a bundle larger than the free disk is refused before anything is copied", async () => {
  makeBundle(source, {
    id: "huge",
    change: ({ components }, folder) => {
      const file = openSync(join(folder, "weights.bin"), "w");
      // Sparse: takes no room here.
      ftruncateSync(file, 8e12);
      closeSync(file);
      const unet = components.unet;
      if (unet !== undefined) {
        components.unet = { ...unet, external_data: [{ file: "weights.bin", sha256: "0".repeat(64), size: 8e12 }] };
      }
    },
  });
  await expect(bring(source)).rejects.toMatchObject({ code: "STORAGE_FULL", data: { bytes: expect.any(Number) } });
  expect(readdirSync(user)).toEqual([]);
});

test("the same bundle again is no fault; another of the same id needs replace", async () => {
  makeBundle(source, { id: "twice", version: "1" });
  await bring(source);
  await bring(source);
  makeBundle(source, { id: "twice", version: "2" });
  await expect(bring(source)).rejects.toMatchObject({
    code: "BUNDLE_INVALID",
    remedy: expect.stringContaining("--replace"),
  });
  expect((await bring(source, { replace: true })).manifest.version).toBe("2");
  expect(readdirSync(user)).toEqual(["twice"]);
});

test("a declined or cancelled import leaves nothing behind", async () => {
  makeBundle(source, { id: "declined" });
  const decline = () => {
    throw new Error("no");
  };
  await expect(bring(source, { onPlan: decline })).rejects.toThrow();
  await expect(bring(source, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "CANCELLED" });
  expect(readdirSync(user)).toEqual([]);
});

test("what is not there cannot be imported", async () => {
  mkdirSync(user);
  await expect(bring(join(home, "nothing"))).rejects.toMatchObject({ code: "BUNDLE_NOT_FOUND" });
});
