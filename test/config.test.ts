import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isLoopback, readConfig } from "../core/src/config.ts";
import { CoreError } from "../core/src/protocol/errors.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "genga-config-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const write = (value: unknown) =>
  writeFileSync(join(home, "config.json"), typeof value === "string" ? value : JSON.stringify(value));
const read = (env: Record<string, string> = {}, flags: Record<string, unknown> = {}) =>
  readConfig({ env: { GENGA_HOME: home, ...env }, flags });

function refusal(env: Record<string, string> = {}, flags: Record<string, unknown> = {}): CoreError {
  try {
    read(env, flags);
  } catch (error) {
    if (error instanceof CoreError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

test("without any source, the core listens on loopback and runs anything", () => {
  expect(read()).toMatchObject({ host: "127.0.0.1", port: 0, allow_remote: false, policy: "open", workers: 1 });
});

test("a later source wins: file, environment, command line", () => {
  write({ port: 1000, workers: 2, policy: "declared" });
  expect(read()).toMatchObject({ port: 1000, workers: 2, policy: "declared" });
  expect(read({ GENGA_PORT: "2000", GENGA_WORKERS: "3" })).toMatchObject({
    port: 2000,
    workers: 3,
    policy: "declared",
  });
  expect(read({ GENGA_PORT: "2000" }, { port: "3000" })).toMatchObject({ port: 3000, workers: 2 });
});

test("text from the environment becomes what the setting is", () => {
  const config = read({
    GENGA_PROMPT_PRIVACY: "yes",
    GENGA_BUNDLES: "/a:/b",
    GENGA_HOSTS: "farm,farm:80",
    GENGA_LOG_LEVEL: "debug",
  });
  expect(config).toMatchObject({ prompt_privacy: true, hosts: ["farm", "farm:80"], log_level: "debug" });
  expect(config.bundles).toEqual(process.platform === "win32" ? ["/a:/b"] : ["/a", "/b"]);
});

describe("a wrong value is CONFIG_INVALID and names setting, source and value", () => {
  test.each([
    ["file", { port: 70000 }, {}, {}, ["port", "config.json", "70000"]],
    ["type", { workers: "two" }, {}, {}, ["workers", "config.json", '"two"']],
    ["unknown", { prot: 1 }, {}, {}, ["prot", "config.json", "policy"]],
    ["environment", {}, { GENGA_POLICY: "lax" }, {}, ["policy", "GENGA_POLICY", "lax", "strict"]],
    ["option", {}, {}, { threads: "many" }, ["threads", "--threads", "many"]],
    ["host", {}, { GENGA_HOST: "0.0.0.0" }, {}, ["host", "GENGA_HOST", "0.0.0.0", "allow_remote"]],
    ["strict without list", { policy: "strict" }, {}, {}, ["policy", "allow_list"]],
    ["certificate without key", { signing_cert: "c.pem" }, {}, {}, ["signing_key"]],
    ["chunk over message", { max_chunk_bytes: 8_000_000 }, {}, {}, ["max_message_bytes"]],
  ])("%s", (_name, file, env, flags, words) => {
    write(file);
    const error = refusal(env as Record<string, string>, flags);
    expect(error.code).toBe("CONFIG_INVALID");
    for (const word of words) expect(`${error.message} ${error.remedy}`).toContain(word);
  });

  test("a token is never shown", () => {
    const error = refusal({ GENGA_TOKEN: "short-secret" });
    expect(error.message).toContain("token");
    expect(JSON.stringify(error.toBody())).not.toContain("short-secret");
  });

  test("broken JSON", () => {
    write("{");
    expect(refusal().message).toContain("config.json");
    write("[]");
    expect(refusal().message).toContain("object");
  });
});

test("another address needs allow_remote", () => {
  expect(read({ GENGA_HOST: "0.0.0.0", GENGA_ALLOW_REMOTE: "true" }).host).toBe("0.0.0.0");
});

test("variables that are no settings are told", () => {
  expect(read({ GENGA_POLCY: "strict" }).unknown_environment).toEqual(["GENGA_POLCY"]);
});

test.each([
  ["127.0.0.1", true],
  ["127.8.8.8", true],
  ["localhost", true],
  ["::1", true],
  ["0.0.0.0", false],
  ["::", false],
  ["127.0.0.1.evil.example", false],
  ["192.168.0.1", false],
])("isLoopback(%s) is %s", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
