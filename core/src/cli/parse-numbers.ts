import { InvalidArgumentError } from "commander";

/** Reads a number option. Ranges are the protocol's business; here only what is no number is refused. */
export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("Expected a number.");
  return value;
}

/** Reads a whole-number option. */
export function parseWhole(text: string): number {
  const value = parseNumber(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError("Expected a whole number.");
  return value;
}

/** Reads `WxH`, for instance `768x512`. */
export function parseSize(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d+)[x×](\d+)$/.exec(text) ?? [];
  if (width === undefined || height === undefined)
    throw new InvalidArgumentError("Expected WIDTHxHEIGHT, for instance 768x512.");
  return { width: Number(width), height: Number(height) };
}

/** Collects an option that may be given several times. */
export function collect(text: string, earlier: string[]): string[] {
  return [...earlier, text];
}

/** Collects a number option that may be given several times. */
export function collectNumber(text: string, earlier: number[]): number[] {
  return [...earlier, parseNumber(text)];
}
