import { CoreError } from "../protocol/errors.ts";

/** A point of a path as the command line names it. */
export interface PathPoint {
  /** x and z, metres. */
  position: [number, number];
  time_s?: number;
}

const NUMBER = "[+-]?(?:\\d+\\.?\\d*|\\.\\d+)";
const POINT = new RegExp(`^(${NUMBER}),(${NUMBER})(?:@(${NUMBER}))?$`);

/** Tells a path that is written out from the name of a file. */
export function isPath(text: string): boolean {
  return POINT.test(text.trim().split(/\s+/)[0] ?? "");
}

/**
 * Reads `x,z x,z@seconds …`: metres on the ground, for instance `0,0 0,2 2,4@5`.
 *
 * @throws CoreError INVALID_REQUEST naming the point
 */
export function parsePath(text: string): PathPoint[] {
  return text
    .trim()
    .split(/\s+/)
    .map((point) => {
      const [, x, z, time] = POINT.exec(point) ?? [];
      if (x === undefined || z === undefined) {
        throw new CoreError(
          "INVALID_REQUEST",
          `Cannot read the point "${point}" of the path; expected x,z or x,z@seconds, for instance 1.5,2@3.`,
          { remedy: 'Write for instance --path "0,0 0,2 2,4@5", or name a JSON file.' },
        );
      }
      return { position: [Number(x), Number(z)], ...(time === undefined ? {} : { time_s: Number(time) }) };
    });
}
