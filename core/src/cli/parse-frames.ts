import { CoreError } from "../protocol/errors.ts";

/**
 * Reads a frame range as farms write it: `7`, `1-240`, `1-240x2`, or several of them with commas.
 *
 * @returns frames in the order named, each once
 * @throws CoreError INVALID_REQUEST
 */
export function parseFrames(range: string): number[] {
  const frames = new Set<number>();
  for (const part of range.split(",")) {
    const [, first, last = first, step = "1"] = /^(-?\d+)(?:-(-?\d+)(?:x(\d+))?)?$/.exec(part.trim()) ?? [];
    const [from, to, by] = [Number(first), Number(last), Number(step)];
    if (first === undefined || to < from || by < 1 || (to - from) / by > 1_000_000) {
      throw new CoreError(
        "INVALID_REQUEST",
        `Cannot read the frame range "${range}"; expected for instance 1-240, 1-240x2 or 1,5,9-12.`,
      );
    }
    for (let frame = from; frame <= to; frame += by) frames.add(frame);
  }
  return [...frames];
}

/**
 * Puts a frame number into a file name: each run of `#` becomes the number with at least so many digits (`depth.####.png`).
 */
export function frameName(pattern: string, frame: number): string {
  return pattern.replace(
    /#+/g,
    (hashes) => (frame < 0 ? "-" : "") + String(Math.abs(frame)).padStart(hashes.length, "0"),
  );
}
