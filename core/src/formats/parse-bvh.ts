import { CoreError } from "../protocol/errors.ts";
import { MAX_MOTION_FRAMES } from "./motion-json.ts";

/** Largest BVH file that is read, bytes. */
export const MAX_BVH_BYTES = 128 * 1024 * 1024;
/** Most joints of a BVH skeleton. */
export const MAX_BVH_JOINTS = 512;
/** Most numbers of a BVH's motion: 120 s at 240 frames a second of 92 joints with six channels. */
const MAX_BVH_VALUES = 16_000_000;

const CHANNELS = ["xposition", "yposition", "zposition", "xrotation", "yrotation", "zrotation"] as const;
/** What a number of a frame says of its joint. */
export type BvhChannel = (typeof CHANNELS)[number];

/** A joint of a BVH's skeleton; lengths in the file's own unit. */
export interface BvhJoint {
  name: string;
  /** Index of the parent, which stands before; -1 for the root. */
  parent: number;
  /** Place from the parent at rest. */
  offset: readonly [number, number, number];
  /** In the order of the numbers; rotations multiply in this order. */
  channels: readonly BvhChannel[];
  /** End Site: where the bone ends, from the joint. */
  end?: readonly [number, number, number];
}

/** What a BVH file says, as it says it: degrees, the file's own unit and axes. */
export interface BvhFile {
  joints: readonly BvhJoint[];
  frames: number;
  /** Seconds from frame to frame. */
  frame_time_s: number;
  /** [frames, channels of all joints]. */
  values: Float64Array;
}

/**
 * Reads the text of a BVH file (Biovision hierarchy): one figure, channels of any number and order, free use of blanks.
 *
 * @throws CoreError ASSET_UNREADABLE, with the line, if it is no BVH, its parts contradict one another, or it is beyond the limits
 */
export function parseBvh(bytes: Uint8Array): BvhFile {
  if (bytes.length > MAX_BVH_BYTES) throw unreadableBvh(`it has ${bytes.length} bytes, more than ${MAX_BVH_BYTES}`);
  const words = new Words(new TextDecoder("utf-8").decode(bytes));
  words.expect("HIERARCHY");
  words.expect("ROOT");
  const joints: BvhJoint[] = [];
  readJoints(words, joints);
  const next = words.word();
  if (next.toUpperCase() === "ROOT") throw words.wrong("it has a second ROOT; expected one figure");
  if (next.toUpperCase() !== "MOTION") throw words.wrong(`it has "${next.slice(0, 40)}"; expected MOTION`);
  const frames = words.labelled("Frames");
  if (!Number.isInteger(frames) || frames < 1 || frames > MAX_MOTION_FRAMES) {
    throw words.wrong(`it has ${frames} frames; expected 1 to ${MAX_MOTION_FRAMES}`);
  }
  const frame_time_s = words.labelled("Frame Time");
  const width = joints.reduce((sum, { channels }) => sum + channels.length, 0);
  if (frames * width > MAX_BVH_VALUES) {
    throw words.wrong(`it has ${frames} frames of ${width} numbers; expected at most ${MAX_BVH_VALUES} numbers in all`);
  }
  const values = new Float64Array(frames * width);
  for (let i = 0; i < values.length; i++) {
    if (words.atEnd()) {
      throw words.wrong(`it ends in frame ${Math.floor(i / width)} of ${frames}, each of ${width} numbers`);
    }
    values[i] = words.number();
  }
  if (!words.atEnd()) throw words.wrong(`it goes on after ${frames} frames of ${width} numbers`);
  return { joints, frames, frame_time_s, values };
}

/** Gives the error that a BVH file cannot be read. */
export function unreadableBvh(what: string, cause?: unknown): CoreError {
  return new CoreError("ASSET_UNREADABLE", `The BVH file cannot be read: ${what}.`, {
    remedy:
      "Give a BVH of one human figure whose joints are named as this core's, CMU's, Mixamo's, Unreal's or VRM's, or a JSON motion of this core.",
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Reads the figure from its root's name on: a list with open joints, not a recursion, so that no depth is too deep. */
function readJoints(words: Words, joints: BvhJoint[]): void {
  const names = new Set<string>();
  const open: number[] = [];
  const begin = () => {
    const name = words.name();
    if (name === "") throw words.wrong("a joint has no name");
    if (names.has(name)) throw words.wrong(`two joints are called "${name}"`);
    if (joints.length === MAX_BVH_JOINTS) throw words.wrong(`it has more than ${MAX_BVH_JOINTS} joints`);
    names.add(name);
    words.expect("{");
    words.expect("OFFSET");
    const offset = words.vector();
    joints.push({ name, parent: open.at(-1) ?? -1, offset, channels: readChannels(words, name) });
    open.push(joints.length - 1);
  };
  begin();
  while (open.length > 0) {
    const word = words.word();
    switch (word.toUpperCase()) {
      case "JOINT":
        begin();
        break;
      case "END": {
        words.name();
        words.expect("{");
        words.expect("OFFSET");
        const end = words.vector();
        words.expect("}");
        const joint = joints[open.at(-1) ?? 0];
        if (joint !== undefined) joint.end ??= end;
        break;
      }
      case "}":
        open.pop();
        break;
      default:
        throw words.wrong(`it has "${word.slice(0, 40)}"; expected JOINT, End Site or }`);
    }
  }
}

function readChannels(words: Words, joint: string): BvhChannel[] {
  if (!words.next(/CHANNELS\b/iy)) return [];
  const count = words.number();
  if (!Number.isInteger(count) || count < 0 || count > 6) {
    throw words.wrong(`joint "${joint}" has ${count} channels; expected 0 to 6`);
  }
  const channels = Array.from({ length: count }, () => {
    const word = words.word();
    const channel = CHANNELS.find((one) => one === word.toLowerCase());
    if (channel === undefined) {
      throw words.wrong(
        `joint "${joint}" has a channel "${word.slice(0, 40)}"; expected one of: ${CHANNELS.join(", ")}`,
      );
    }
    return channel;
  });
  if (new Set(channels).size < count) throw words.wrong(`joint "${joint}" has a channel twice`);
  return channels;
}

/** The words of a text, one after the other. */
class Words {
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text.startsWith("\ufeff") ? text.slice(1) : text;
  }

  /** Gives the next word: up to a blank, a brace by itself. */
  word(): string {
    this.#skip();
    const start = this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code <= 32) break;
      if (code !== 123 && code !== 125) continue;
      if (this.#at === start) this.#at++;
      break;
    }
    return this.#text.slice(start, this.#at);
  }

  /** Gives the rest of the line, up to a brace: names may have blanks. */
  name(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !"\r\n{".includes(this.#text[this.#at] ?? "")) this.#at++;
    return this.#text.slice(start, this.#at).trim();
  }

  number(): number {
    const word = this.word();
    const value = word === "" ? Number.NaN : Number(word);
    if (!Number.isFinite(value)) throw this.wrong(`it has "${word.slice(0, 40)}"; expected a number`);
    return value;
  }

  vector(): [number, number, number] {
    return [this.number(), this.number(), this.number()];
  }

  /** Goes past a pattern if it comes next. */
  next(pattern: RegExp): boolean {
    this.#skip();
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  /** Gives the number after "Label:". */
  labelled(label: string): number {
    if (!this.next(new RegExp(`${label.replace(" ", "\\s+")}\\s*:`, "iy"))) throw this.wrong(`expected "${label}:"`);
    return this.number();
  }

  expect(keyword: string): void {
    const word = this.word();
    if (word.toUpperCase() !== keyword) throw this.wrong(`it has "${word.slice(0, 40)}"; expected ${keyword}`);
  }

  atEnd(): boolean {
    this.#skip();
    return this.#at >= this.#text.length;
  }

  /** Gives the error of what was just read. */
  wrong(what: string): CoreError {
    const line = this.#text.slice(0, this.#at).split("\n").length;
    return unreadableBvh(`line ${line}: ${what}`);
  }

  #skip(): void {
    while (this.#at < this.#text.length && this.#text.charCodeAt(this.#at) <= 32) this.#at++;
  }
}
