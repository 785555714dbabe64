import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { bundleFile, type MotionBundle } from "../models/bundle.ts";
import type { HashedFile } from "../models/component.ts";
import { unwrap } from "../motion/angles.ts";
import { type ClipLibrary, readClipLibrary } from "../motion/clip-library.ts";
import { fitClip } from "../motion/fit-clip.ts";
import { followPath, type PathCourse } from "../motion/follow-path.ts";
import { mirrorMotion } from "../motion/mirror-motion.ts";
import { frameCount, type Motion } from "../motion/motion.ts";
import { fastestOf, type Tempo, tempoOf, turnOf } from "../motion/motion-words.ts";
import { type ClipMatch, nearestClips, unseenWords } from "../motion/nearest-clip.ts";
import { yawOf } from "../motion/quaternion.ts";
import { resampleMotion } from "../motion/resample-motion.ts";
import { JOINT_COUNT } from "../motion/skeleton.ts";
import { unbroken } from "../motion/unbroken.ts";
import { CoreError } from "../protocol/errors.ts";

/**
 * Clips farther from the prompt than this are of something else, the cosine of the retriever; and those of a prompt with words that no
 * caption has. Of 37 prompts in the captions' words all are at .75 and more, of 33 in other words 31 at .65, but so are 27 of 40 of things
 * that the library has not at all ("yawns" .79): pieces of unknown words mean little. With both, 38 of those 40 are told, and 5 of the 33.
 */
const NEAR = 0.6;
const NEAR_UNSEEN = 0.75;
/** Variations of a request draw from clips whose score lies within this of the best. */
const TIE = 0.03;

/** A recorded clip for a part of the timeline. */
export interface PartReference {
  readonly clip: string;
  readonly motion: Motion;
}

/** What a library has for a part of the timeline. */
export interface FoundReference {
  /** Absent = no clip comes near, or none is wanted. */
  readonly reference?: PartReference;
  /** What is nearest to words that the library does not know; absent = it knows them. */
  readonly unknown?: string;
}

/**
 * Reads the clip library of a bundle; undefined if it has none.
 *
 * @throws CoreError BUNDLE_INVALID, BUNDLE_CORRUPT
 */
export async function loadClipLibrary(bundle: MotionBundle): Promise<ClipLibrary | undefined> {
  const { library } = bundle.manifest.motion_diffusion;
  if (library === undefined) return undefined;
  const key = `${library.index.sha256} ${library.data.sha256}`;
  if (loaded?.key === key) return loaded.library;
  const [json, data] = [await readHashed(bundle, library.index), await readHashed(bundle, library.data)];
  loaded = { key, library: readClipLibrary(json.toString("utf8"), data) };
  return loaded.library;
}

/** The library that was read last, by the digests of its files: reading 20 MB takes longer than a motion of 8 s. */
let loaded: { key: string; library: ClipLibrary } | undefined;

async function readHashed(bundle: MotionBundle, { file, sha256 }: HashedFile): Promise<Buffer> {
  const bytes = await readFile(bundleFile(bundle, file)).catch((cause: unknown) => {
    throw new CoreError("BUNDLE_INVALID", `Bundle "${bundle.manifest.id}": ${file} cannot be read.`, {
      remedy: "Install the bundle again.",
      cause,
    });
  });
  const met = createHash("sha256").update(bytes).digest("hex");
  if (met === sha256) return bytes;
  throw new CoreError(
    "BUNDLE_CORRUPT",
    `Bundle "${bundle.manifest.id}": ${file} has the SHA-256 ${met}; expected ${sha256}.`,
    { remedy: "Install the bundle again." },
  );
}

/** What a part looks for. */
export interface ReferenceQuery {
  readonly prompt: string;
  readonly embedding: Float32Array;
  /** The prompt without its words of tempo, and its vector; absent = it has none. */
  readonly plain?: { readonly prompt: string; readonly embedding: Float32Array } | undefined;
  /** Frames wanted, at the library's frame rate. */
  readonly frames: number;
  /** Way that the figure is to go meanwhile. */
  readonly course?: PathCourse | undefined;
  /** Which of the clips that come equally near is taken. */
  readonly choice: number;
  /** Whether a clip is taken: where one comes near, however far it is, or never. */
  readonly take: "near" | "always" | "never";
}

/** Gives the clip that comes nearest to what is said, at the tempo that is said, fitted to the frames; and whether it is what was said. */
export function findReference(library: ClipLibrary, query: ReferenceQuery): FoundReference {
  const { prompt, embedding, frames, take } = query;
  const matches = nearestClips(library, { prompt, embedding, duration_s: frames / library.fps }, CANDIDATES);
  const [best] = matches;
  if (best === undefined) return {};
  const nearest = matches.reduce((near, match) => (match.similarity > near.similarity ? match : near));
  const { words, unseen } = unseenWords(library, prompt);
  const known = nearest.similarity >= NEAR && (unseen === 0 || (unseen < words && nearest.similarity >= NEAR_UNSEEN));
  const unknown = known ? {} : { unknown: nearest.caption };
  if (take === "never" || (take === "near" && !known)) return unknown;
  const reference = fittedReference(library, query, matches, best);
  return reference === undefined ? unknown : { reference, ...unknown };
}

function fittedReference(
  library: ClipLibrary,
  query: ReferenceQuery,
  matches: readonly ClipMatch[],
  best: ClipMatch,
): PartReference | undefined {
  const { prompt, plain, frames, course, choice } = query;
  const duration_s = frames / library.fps;
  const usual = usualSpeed(
    library,
    plain === undefined ? matches : nearestClips(library, { ...plain, duration_s }, CANDIDATES),
  );
  const wanted = course === undefined ? usual * TEMPOS[tempoOf(prompt) ?? "usual"] : courseSpeed(course, library.fps);
  const kind = usualKind(library, matches);
  const angle = course === undefined ? turnOf(prompt) : undefined;
  const fastest = course === undefined ? fastestOf(prompt) : undefined;
  const ranked = matches
    .map((match) => {
      const speed = library.speed(match.clip);
      const strange = library.clips[match.clip]?.action === kind ? 0 : OTHER_KIND;
      const other = fastest !== undefined && speed > fastest ? OTHER_GAIT : 0;
      const aside = angle === undefined ? 0 : TURN * Math.min(Math.PI, Math.abs(turnedBy(library, match) - angle));
      return { match, rank: match.score - unlike(speed, wanted) - strange - other - aside };
    })
    .sort((a, b) => b.rank - a.rank);
  const top = ranked[0]?.rank ?? 0;
  const equals = ranked.filter(({ rank }) => rank >= top - TIE);
  const chosen: ClipMatch = equals[choice % equals.length]?.match ?? best;
  const clip = library.clips[chosen.clip];
  if (clip === undefined) return undefined;
  const recorded = library.motion(chosen.clip);
  const whole = unbroken(recorded);
  const motion = chosen.mirror ? mirrorMotion(whole) : whole;
  const loop = clip.loop && whole === recorded;
  if (course !== undefined) return { clip: clip.id, motion: followPath(motion, course, loop) };
  const tempo = rateOf(library.speed(chosen.clip), usual, tempoOf(prompt));
  const paced = tempo === 1 ? motion : resampleMotion(motion, motion.fps, tempo);
  return { clip: clip.id, motion: fitClip(paced, { frames, loop }) };
}

/** Clips that are looked at for how fast they go. */
const CANDIDATES = 12;
/** Clips with a score this far below the best still say how fast such a motion usually is. */
const ALIKE = 0.15;
/** A way slower than this is no going: its tempo is not in the way, metres a second. */
const GOING = 0.3;
/** How fast slow and fast are against usual. */
const TEMPOS = { slow: 0.7, usual: 1, fast: 1.4 } as const;
/** Clips are played at most this much slower or faster for the sake of a word. */
const RATES = [0.55, 1.7] as const;

/** What a clip of another kind of action than most near ones takes off its score: jumping jacks for "jumps". */
const OTHER_KIND = 0.06;
/** What a speed takes off that would be another gait: a "jog" of 5.5 m/s. */
const OTHER_GAIT = 0.6;
/** What each radian takes off by which a clip turns more or less than the words say. */
const TURN = 0.05;

/** Gives the kind of action that most of what comes near is of; of equally many, the nearest's. */
function usualKind(library: ClipLibrary, matches: readonly ClipMatch[]): string | undefined {
  const counts = new Map<string | undefined, number>();
  for (const { clip, score } of matches) {
    if (score < (matches[0]?.score ?? 0) - ALIKE) continue;
    const { action } = library.clips[clip] ?? {};
    counts.set(action, (counts.get(action) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** Gives by how much a clip turns from its start to its end, radians, to the left positive. */
function turnedBy(library: ClipLibrary, { clip, mirror }: ClipMatch): number {
  const motion = library.motion(clip);
  const yaw = unwrap(
    Array.from({ length: frameCount(motion) }, (_, frame) => yawOf(motion.rotations, frame * JOINT_COUNT * 4)),
  );
  return ((yaw.at(-1) ?? 0) - (yaw[0] ?? 0)) * (mirror ? -1 : 1);
}

/** Gives the middle of the speeds of what comes near. */
function usualSpeed(library: ClipLibrary, matches: readonly ClipMatch[]): number {
  const best = matches[0]?.score ?? 0;
  const action = library.clips[matches[0]?.clip ?? 0]?.action;
  const speeds = matches
    .filter(({ score, clip }) => score >= best - ALIKE && library.clips[clip]?.action === action)
    .map(({ clip }) => library.speed(clip))
    .sort((a, b) => a - b);
  return speeds[Math.floor((speeds.length - 1) / 2)] ?? 0;
}

function courseSpeed({ path }: PathCourse, fps: number): number {
  let way = 0;
  for (let i = 2; i < path.length; i += 2) {
    way += Math.hypot((path[i] ?? 0) - (path[i - 2] ?? 0), (path[i + 1] ?? 0) - (path[i - 1] ?? 0));
  }
  return (way * fps) / Math.max(1, path.length / 2 - 1);
}

/** Gives what a wrong speed takes off a clip's score. */
function unlike(speed: number, wanted: number): number {
  if (wanted < GOING) return 0;
  return 0.12 * Math.abs(Math.log(Math.max(0.05, speed) / wanted));
}

/** Gives how much faster a clip is to be played so that a word of tempo holds against how fast such a motion usually is. */
function rateOf(speed: number, usual: number, tempo: Tempo): number {
  if (tempo === undefined || usual < GOING || speed < GOING) return 1;
  const ratio = speed / usual;
  if (tempo === "slow" ? ratio <= 0.8 : ratio >= 1.25) return 1;
  return Math.min(RATES[1], Math.max(RATES[0], TEMPOS[tempo] / ratio));
}
