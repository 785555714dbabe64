import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRegistry } from "../../core/src/models/registry.ts";
import { makeBundle } from "./make-bundle.ts";

let home: string;
let lines: string[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "genga-registry-"));
  lines = [];
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function open(defaults: { image?: string } = {}) {
  return openRegistry({
    folders: [join(home, "user"), join(home, "shipped"), join(home, "absent")],
    cache_folder: join(home, "cache"),
    logger: pino({ level: "info" }, { write: (line) => lines.push(line) }),
    defaults,
  });
}

test("the user's bundle hides a shipped one with the same id, and the log says so", async () => {
  makeBundle(join(home, "user", "mine"), { id: "same", version: "2" });
  makeBundle(join(home, "shipped", "same"), { id: "same", version: "1" });
  const registry = await open();
  expect(registry.get("same").manifest.version).toBe("2");
  expect(registry.list()).toHaveLength(1);
  expect(lines.join("")).toContain("hides one with the same id");
});

test("a broken bundle is listed with its error and hides no other", async () => {
  makeBundle(join(home, "user", "good"));
  mkdirSync(join(home, "user", "broken"));
  writeFileSync(join(home, "user", "broken", "bundle.json"), "[]");
  mkdirSync(join(home, "user", "notes"));
  const registry = await open();
  expect(registry.list().map((entry) => [entry.id, "error" in entry ? entry.error.code : "ok"])).toEqual([
    ["broken", "BUNDLE_INVALID"],
    ["good", "ok"],
  ]);
  expect(() => registry.get("broken")).toThrow(expect.objectContaining({ code: "BUNDLE_INVALID" }));
  expect(registry.get("good").manifest.id).toBe("good");
});

test("an unknown id is refused with what there is and what helps", async () => {
  makeBundle(join(home, "user", "one"));
  makeBundle(join(home, "shipped", "two"));
  const registry = await open();
  expect(() => registry.get("three")).toThrow(
    expect.objectContaining({
      code: "BUNDLE_NOT_FOUND",
      message: 'No bundle is called "three"; there are: one, two.',
      remedy: expect.stringContaining("genga models"),
    }),
  );
});

test("the default is the configured one, else starter before production before test", async () => {
  makeBundle(join(home, "user", "a-test"));
  const registry = await open();
  expect(registry.defaultBundle("image").manifest.id).toBe("a-test");
  makeBundle(join(home, "user", "b-production"), { purpose: "production" });
  makeBundle(join(home, "shipped", "c-starter"), { purpose: "starter" });
  await registry.refresh();
  expect(registry.defaultBundle("image").manifest.id).toBe("c-starter");
  expect(registry.defaultBundle("image", ({ manifest }) => manifest.purpose !== "starter").manifest.id).toBe(
    "b-production",
  );
  expect(() => registry.defaultBundle("motion")).toThrow(expect.objectContaining({ code: "BUNDLE_NOT_FOUND" }));
  const configured = await open({ image: "a-test" });
  expect(configured.defaultBundle("image").manifest.id).toBe("a-test");
});
