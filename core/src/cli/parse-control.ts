import { CoreError } from "../protocol/errors.ts";
import { type ControlKind, ControlKindSchema } from "../protocol/image.ts";

/** A control map as the command line names it. */
export interface ControlArgument {
  kind: ControlKind;
  file: string;
  conditioning_scale: number;
  control_guidance_start: number;
  control_guidance_end: number;
}

// The file may hold colons (C:\maps\depth.png), so scale and range are looked for at the end.
const PATTERN = /^([a-z]+)=(.+?)(?::(\d*\.?\d+)(?::(\d*\.?\d+)-(\d*\.?\d+))?)?$/;

/**
 * Reads `KIND=FILE[:scale[:start-end]]`, for instance `depth=maps/depth.png:0.8:0-0.6`.
 *
 * @throws CoreError INVALID_REQUEST
 */
export function parseControl(argument: string): ControlArgument {
  const [, kind, file, scale, start, end] = PATTERN.exec(argument) ?? [];
  const parsedKind = ControlKindSchema.safeParse(kind);
  if (file === undefined || !parsedKind.success) {
    throw new CoreError(
      "INVALID_REQUEST",
      `Cannot read the control "${argument}"; expected KIND=FILE[:scale[:start-end]] with KIND one of: ${ControlKindSchema.options.join(", ")}.`,
      { remedy: "Write for instance --control depth=depth.png:0.8:0-0.6" },
    );
  }
  return {
    kind: parsedKind.data,
    file,
    conditioning_scale: scale === undefined ? 1 : Number(scale),
    control_guidance_start: start === undefined ? 0 : Number(start),
    control_guidance_end: end === undefined ? 1 : Number(end),
  };
}
