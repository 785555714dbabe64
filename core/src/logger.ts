import { renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { type DestinationStream, type Logger, multistream, pino } from "pino";
import { terminalStream } from "./log-lines.ts";
import { makeFolder } from "./make-folder.ts";

export type { Logger };

/** Options of {@link createLogger}. */
export interface LoggerOptions {
  level: string;
  /** Whether prompts are kept out of the log. */
  prompt_privacy: boolean;
  /** Folder for core.log; absent = stderr only. */
  folder?: string;
}

const MAX_LOG_BYTES = 16 * 1024 * 1024;
const SECRETS = [
  "token",
  "*.token",
  "headers.authorization",
  "headers.cookie",
  "*.headers.authorization",
  "*.headers.cookie",
];
const PROMPTS = [
  "prompt",
  "negative_prompt",
  "label",
  "params",
  "*.prompt",
  "*.negative_prompt",
  "*.label",
  "*.params",
];

/**
 * Makes the logger: JSON lines on stderr (lines for a person when that is a terminal) and in core.log (one older file is kept), tokens
 * never, prompts only without prompt privacy. stdout stays free for what commands print.
 */
export function createLogger({ level, prompt_privacy, folder }: LoggerOptions): Logger {
  const streams: { level: "trace"; stream: DestinationStream }[] = [
    {
      level: "trace",
      stream: process.stderr.isTTY ? terminalStream(process.stderr) : pino.destination({ fd: 2, sync: true }),
    },
  ];
  if (folder !== undefined) streams.push({ level: "trace", stream: logFile(folder) });
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      // An Error has no fields of its own: without this an error is logged as {}.
      serializers: { error: pino.stdSerializers.err },
      redact: { paths: prompt_privacy ? [...SECRETS, ...PROMPTS] : SECRETS, censor: "[hidden]" },
    },
    multistream(streams),
  );
}

function logFile(folder: string): DestinationStream {
  makeFolder(folder, 0o700);
  const file = join(folder, "core.log");
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_LOG_BYTES) renameSync(file, join(folder, "core.1.log"));
  return pino.destination({ dest: file, sync: true, mode: 0o600 });
}
