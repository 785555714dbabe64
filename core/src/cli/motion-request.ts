import { basename, dirname, join } from "node:path";
import { MOTION_FORMS } from "../formats/motion-forms.ts";
import { CoreError } from "../protocol/errors.ts";
import { type MotionFormat, MotionFormatSchema } from "../protocol/motion.ts";
import { definedOnly } from "./defined-only.ts";
import { isFolderName } from "./is-folder-name.ts";
import { parseJson } from "./parse-json.ts";
import { isPath, parsePath } from "./parse-path.ts";
import { readInput } from "./read-input.ts";

/** Options of `genga generate motion`, as commander gives them. */
export interface GenerateMotionOptions {
  prompt: string[];
  duration: number[];
  bundle?: string;
  source?: string;
  mode?: string;
  seed?: number;
  variations?: number;
  variation?: number;
  steps?: number;
  guidance?: number;
  speed?: number;
  style?: string;
  path?: string;
  facing?: string;
  heading?: string;
  keyPoses?: string;
  loop: boolean;
  inPlace: boolean;
  footLock: boolean;
  rig?: string;
  fps?: number;
  format?: string;
  keyframes?: string;
  keyError?: number;
  camera?: string;
  out: string;
}

/** Where motions are saved: `<base><ending>`, or in a folder by the names that the core gives. */
export type MotionPlace = { folder: string } | { base: string };

/** Gives the parameters that the options name, with a file name where the protocol has a hash. @throws CoreError INVALID_REQUEST */
export async function motionParams(
  options: GenerateMotionOptions,
  default_duration_s: number,
): Promise<Record<string, unknown>> {
  const { fps, keyframes, keyError, camera } = options;
  const params: Record<string, unknown> = {
    bundle: options.bundle,
    segments: segmentsOf(options, default_duration_s),
    source: options.source,
    mode: options.mode,
    seed: options.seed,
    num_motions_per_prompt: options.variations,
    variation: options.variation,
    num_inference_steps: options.steps,
    guidance_scale: options.guidance,
    speed: options.speed,
    style: options.style,
    path: options.path === undefined ? undefined : await readPath(options.path, options.facing),
    heading: options.heading === undefined ? undefined : parseHeading(options.heading),
    key_poses: options.keyPoses === undefined ? undefined : await readJson(options.keyPoses),
    loop: options.loop,
    in_place: options.inPlace,
    foot_lock: options.footLock,
    rig: options.rig === undefined ? undefined : await readJson(options.rig),
    output: definedOnly({
      formats: formatsOf(options),
      fps,
      keyframes,
      key_error_degrees: keyError,
      camera: camera === undefined ? undefined : await readJson(camera),
    }),
  };
  return definedOnly(params);
}

/** Gives the place that `--out` names: a file if it ends like one, else a folder. */
export function placeOf(out: string): MotionPlace {
  const ending = isFolderName(out) ? undefined : endingOf(out);
  if (ending === undefined) return { folder: out };
  return { base: join(dirname(out), basename(out).slice(0, -ending.length)) };
}

/** Gives the file of an output; of the name that a core gives only the last part counts, since a core may be another machine's. */
export function fileOf(
  place: MotionPlace,
  { format, variation, name }: { format: MotionFormat; variation: number; name: string },
  variations: number,
): string {
  if ("folder" in place)
    return join(place.folder, basename(name.replaceAll("\\", "/")) || `motion${MOTION_FORMS[format].ending}`);
  return `${place.base}${variations === 1 ? "" : `-${variation + 1}`}${MOTION_FORMS[format].ending}`;
}

/** Gives the formats that the options ask for: those named, else that of the file's ending; undefined = the protocol's default. */
function formatsOf({ format, out }: GenerateMotionOptions): MotionFormat[] | undefined {
  if (format !== undefined) {
    return format.split(",").map((name) => {
      const parsed = MotionFormatSchema.safeParse(name.trim());
      if (parsed.success) return parsed.data;
      throw new CoreError(
        "INVALID_REQUEST",
        `Cannot write the format "${name.trim()}"; expected some of: ${MotionFormatSchema.options.join(", ")}.`,
        { remedy: "Write for instance --format bvh,glb" },
      );
    });
  }
  const place = placeOf(out);
  if ("folder" in place) return undefined;
  const ending = endingOf(out);
  return MotionFormatSchema.options.filter((name) => MOTION_FORMS[name].ending === ending);
}

/** The longest ending of a form of motion that a name has; `.openpose.json` comes before `.json`. */
function endingOf(file: string): string | undefined {
  return Object.values(MOTION_FORMS)
    .map(({ ending }) => ending)
    .sort((a, b) => b.length - a.length)
    .find((ending) => basename(file).toLowerCase().endsWith(ending) && basename(file).length > ending.length);
}

/** A duration for each prompt, one for all, or none. */
function segmentsOf({ prompt, duration }: GenerateMotionOptions, default_duration_s: number) {
  if (duration.length > 1 && duration.length !== prompt.length) {
    throw new CoreError(
      "INVALID_REQUEST",
      `There are ${prompt.length} prompts and ${duration.length} durations; expected one duration for each, or one for all.`,
      { remedy: "Write for instance --prompt walks --duration 4 --prompt waves --duration 2" },
    );
  }
  return prompt.map((text, i) => ({
    prompt: text,
    duration_s: (duration.length === 1 ? duration[0] : duration[i]) ?? default_duration_s,
  }));
}

async function readPath(text: string, facing: string | undefined): Promise<unknown> {
  const path = isPath(text) ? { points: parsePath(text) } : await readJson(text);
  const whole = Array.isArray(path) ? { points: path } : path;
  return facing === undefined || typeof whole !== "object" ? whole : { ...whole, facing };
}

/** Reads `t:degrees`, separated by spaces, for instance `0:0 2:90`. */
function parseHeading(text: string) {
  return text
    .trim()
    .split(/\s+/)
    .map((part) => {
      const [, time, angle] = /^(\d*\.?\d+):([+-]?\d*\.?\d+)$/.exec(part) ?? [];
      if (time === undefined || angle === undefined) {
        throw new CoreError(
          "INVALID_REQUEST",
          `Cannot read the heading "${part}"; expected seconds:degrees, for instance 2:90.`,
        );
      }
      return { time_s: Number(time), angle_degrees: Number(angle) };
    });
}

async function readJson(file: string): Promise<unknown> {
  const { bytes } = await readInput(file);
  return parseJson(file, Buffer.from(bytes).toString("utf8"));
}
