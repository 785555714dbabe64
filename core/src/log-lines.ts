import { Writable } from "node:stream";

const NAMES: Record<number, string> = { 20: "debug", 30: "info", 40: "warning", 50: "error", 60: "fatal" };
const RED = 31;
const YELLOW = 33;
const DIM = 2;

/**
 * Gives one JSON log line as a line for a person: time, severity unless it is news, message, simple facts, and an error's words. Stacks and what has
 * many parts are in core.log. What is no log line comes back as it is.
 *
 * @param colour whether to mark severity with terminal colours
 */
export function formatLogLine(line: string, colour: boolean): string {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return line;
  }
  if (typeof record !== "object" || record === null || !("level" in record)) return line;
  const fields: Record<string, unknown> = { time: "", msg: "", ...record };
  const { level, time, pid: _pid, host_pid: _host_pid, msg, ...facts } = fields;
  const severity = Number(level);
  const paint = (text: string, code: number) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const name = severity === 30 ? undefined : (NAMES[severity] ?? "trace");
  const shown = Object.entries(facts).flatMap(([key, value]) => {
    const text = textOf(value);
    return text === undefined ? [] : [`${key}=${text}`];
  });
  return [
    paint(clockOf(String(time)), DIM),
    name === undefined ? undefined : paint(name, severity >= 50 ? RED : severity >= 40 ? YELLOW : DIM),
    String(msg),
    shown.length === 0 ? undefined : paint(shown.join(" "), DIM),
  ]
    .filter((part) => part !== undefined)
    .join("  ");
}

/** Makes the stream that shows log lines to a person who sits at a terminal. */
export function terminalStream(terminal: NodeJS.WriteStream): Writable {
  const colour = terminal.hasColors();
  return new Writable({
    decodeStrings: false,
    write(lines, _encoding, done) {
      const text = String(lines).trimEnd().split("\n");
      terminal.write(`${text.map((line) => formatLogLine(line, colour)).join("\n")}\n`, () => done());
    },
  });
}

/** The time of day on this machine's clock. */
function clockOf(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleTimeString("en-GB");
}

/** Gives a fact in short; undefined for one of many parts, which is for core.log. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return value.every((part) => typeof part !== "object") ? value.join(",") : undefined;
  if (!("message" in value)) return undefined;
  const code = "code" in value ? `${String(value.code)}: ` : "";
  return JSON.stringify(`${code}${String(value.message)}`);
}
