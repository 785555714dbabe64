import { CoreError } from "../protocol/errors.ts";

/** A region as the command line names it: by id colour of the segmentation map, or by a mask file. */
export interface RegionArgument {
  color?: string;
  maskFile?: string;
  prompt: string;
  weight: number;
}

const PATTERN = /^(.+?)=(.+?)(?::(\d*\.?\d+))?$/s;
const COLOR = /^#[0-9a-f]{6}$/i;

/**
 * Reads `ID_OR_MASK=PHRASE[:weight]`: `#ff26df=a red church:1.5`, or `mask.png=a red church`.
 *
 * @throws CoreError INVALID_REQUEST
 */
export function parseRegion(argument: string): RegionArgument {
  const [, place, prompt, weight] = PATTERN.exec(argument) ?? [];
  if (place === undefined || prompt === undefined) {
    throw new CoreError(
      "INVALID_REQUEST",
      `Cannot read the region "${argument}"; expected ID_OR_MASK=PHRASE[:weight].`,
      {
        remedy: 'Write for instance --region "#ff26df=a red church:1.5" or --region "mask.png=a red church"',
      },
    );
  }
  const region = { prompt, weight: weight === undefined ? 1 : Number(weight) };
  return COLOR.test(place) ? { ...region, color: place.toLowerCase() } : { ...region, maskFile: place };
}
