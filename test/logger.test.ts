import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatLogLine } from "../core/src/log-lines.ts";
import { createLogger } from "../core/src/logger.ts";
import { CoreError } from "../core/src/protocol/errors.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "genga-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = () =>
  readFileSync(join(folder, "core.log"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("createLogger", () => {
  it("writes errors with their words under either name, and tokens never", () => {
    const logger = createLogger({ level: "fatal", prompt_privacy: false, folder });
    logger.fatal({ error: new CoreError("STORAGE_FULL", "The disk is full."), token: "secret-token" }, "stopped");
    logger.fatal({ err: new Error("no such device") }, "again");
    const [first, second] = lines();
    expect(first).toMatchObject({ msg: "stopped", error: { message: "The disk is full." }, token: "[hidden]" });
    expect(second).toMatchObject({ msg: "again", err: { message: "no such device" } });
  });

  it("hides prompts with prompt privacy", () => {
    createLogger({ level: "fatal", prompt_privacy: true, folder }).fatal({ label: "a secret village" }, "job");
    expect(lines()[0]).toMatchObject({ label: "[hidden]" });
  });
});

describe("formatLogLine", () => {
  const time = "2026-03-01T10:20:30.000Z";
  const clock = new Date(time).toLocaleTimeString("en-GB");

  it.each([
    [{ level: 30, time, pid: 1, msg: "the core listens", port: 7801 }, `${clock}  the core listens  port=7801`],
    [{ level: 40, time, pid: 1, msg: "odd", line: "two words" }, `${clock}  warning  odd  line="two words"`],
    [
      {
        level: 30,
        time,
        msg: "chosen",
        provider: "cpu",
        variables: ["A", "B"],
        trials: [{ usable: true }],
        o: { a: 1 },
      },
      `${clock}  chosen  provider=cpu variables=A,B`,
    ],
    [
      { level: 50, time, pid: 1, msg: "failed", err: { message: "boom", stack: "Error: boom\n at x", code: "IO" } },
      `${clock}  error  failed  err="IO: boom"`,
    ],
  ])("shows %j in one line", (record, expected) => {
    expect(formatLogLine(JSON.stringify(record), false)).toBe(expected);
  });

  it("leaves alone what is no log line", () => {
    expect(formatLogLine("plain words", false)).toBe("plain words");
    expect(formatLogLine("[1,2]", false)).toBe("[1,2]");
  });
});
