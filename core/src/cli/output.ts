import { MultiBar, Presets, type SingleBar } from "cli-progress";
import type { JobEvent } from "../protocol/core-messages.ts";
import { toCoreError } from "../protocol/errors.ts";

/**
 * What a command tells: lines for a person on the terminal, or one JSON object a line on standard output with `--json`.
 * Progress and errors for a person go to standard error, so that standard output stays clean.
 */
export class Output {
  private bars: MultiBar | undefined;
  private readonly barByJob = new Map<string, SingleBar>();

  constructor(readonly json: boolean) {}

  /** Tells a fact: the object with `--json`, else the sentence. */
  tell(event: Record<string, unknown> & { event: string }, sentence: string): void {
    if (this.json) process.stdout.write(`${JSON.stringify(event)}\n`);
    else this.line(sentence);
  }

  /** Tells what was done otherwise than asked, on standard error for a person. */
  warn(warning: string): void {
    this.end();
    if (this.json) process.stdout.write(`${JSON.stringify({ event: "warning", warning })}\n`);
    else process.stderr.write(`Warning: ${warning}\n`);
  }

  /** Shows a job's event: a progress bar with time left on a terminal, a JSON line with `--json`. */
  showJob(event: JobEvent, label: string): void {
    if (this.json) {
      process.stdout.write(`${JSON.stringify(jsonOfEvent(event))}\n`);
      return;
    }
    if (!process.stderr.isTTY) return;
    if (event.type === "progress") {
      const eta = event.eta_ms === undefined ? "" : `${Math.ceil(event.eta_ms / 1000)} s left`;
      this.bar(event.job_id, label).update(event.progress, { stage: event.stage, eta_text: eta });
    } else if (event.type === "result") {
      this.bar(event.job_id, label).update(1, { stage: "done", eta_text: "" });
    }
  }

  /** Tells an error: code, message and remedy. */
  fail(thrown: unknown): void {
    const error = toCoreError(thrown);
    const body = error.toBody();
    this.end();
    // A fault of our own: whoever reports it needs the place, and no log has it.
    if (error.code === "INTERNAL" && error.cause instanceof Error) process.stderr.write(`${error.cause.stack}\n`);
    if (this.json) process.stdout.write(`${JSON.stringify({ event: "error", ...body })}\n`);
    else
      process.stderr.write(
        `Error ${body.code}: ${body.message}\n${body.remedy === undefined ? "" : `${body.remedy}\n`}`,
      );
  }

  /** Ends the progress bars, so that later lines stand below them. */
  end(): void {
    this.bars?.stop();
    this.bars = undefined;
    this.barByJob.clear();
  }

  private line(text: string): void {
    this.end();
    process.stdout.write(`${text}\n`);
  }

  private bar(job_id: string, label: string): SingleBar {
    this.bars ??= new MultiBar(
      {
        format: "{label} [{bar}] {percentage}% {stage} {eta_text}",
        hideCursor: true,
        barsize: 30,
        stream: process.stderr,
      },
      Presets.shades_classic,
    );
    let bar = this.barByJob.get(job_id);
    if (bar === undefined) {
      bar = this.bars.create(1, 0, { label: label.slice(0, 32), stage: "waiting", eta_text: "" });
      this.barByJob.set(job_id, bar);
    }
    return bar;
  }
}

function jsonOfEvent(event: JobEvent): Record<string, unknown> {
  if (event.type === "preview") {
    // A preview's bytes are for windows, not for lines of text.
    const { type, bytes, ...rest } = event;
    return { event: type, ...rest, bytes: bytes.byteLength };
  }
  const { type, ...rest } = event;
  return { event: type, ...rest };
}
