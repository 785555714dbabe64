/** What the words of a prompt say about tempo. */
export type Tempo = "slow" | "fast" | undefined;

const SLOW = /\b(?:slow|slowly|leisurely|calmly|gently|tiredly|wearily)\b/gi;
const FAST = /\b(?:fast|quick|quickly|rapidly|briskly|swiftly|hurriedly|speedily)\b/gi;

/** Gives the tempo that a prompt asks for. */
export function tempoOf(prompt: string): Tempo {
  const slow = prompt.search(SLOW) >= 0;
  const fast = prompt.search(FAST) >= 0;
  return slow === fast ? undefined : slow ? "slow" : "fast";
}

/** Gives the prompt without its words of tempo. */
export function withoutTempo(prompt: string): string {
  return prompt.replace(SLOW, "").replace(FAST, "").replace(/\s+/g, " ").trim();
}

const LEFT = /\b(?:left|counter-?clockwise|anti-?clockwise)\b/i;
const RIGHT = /\b(?:right|(?<!counter-?|anti-?)clockwise)\b/i;
/** "turns (slowly) (around) (to the) left", "in a circle to the right": the side belongs to the turn, not to a hand or a step. */
const TURNS = /\b(?:turn|rotat|pivot|spin|circl|curv|arc|veer|swerv)\w*/i;
const CIRCLES = /\bcircl\w*|\b(?:spin|full turn|360)\w*/i;
const AROUND = /\b(?:around|about|180|back)\b/i;
/** A way round that names no side; one has to be taken. */
const ROUND =
  /\b(?:walk|run|jog|march|sneak|tiptoe|go|stroll|mov|strut)(?:s|es|ing)?\b(?! (?:the|his|her|their|an?|both)\b).*\bin (?:an? )?(?:\w+ )?circles?\b/i;
const NUMBER = /\b(\d{2,3})\s*(?:°|degrees?)/i;

/**
 * Gives how far a prompt says that the figure turns, radians, to the left positive; undefined if it does not say to which side.
 *
 * "turns left" is a quarter, "turns around to the left" half a turn, "in a circle to the left" a whole one, "turns left by 45 degrees"
 * what it says. "In a circle" without a side goes to the left.
 */
export function turnOf(prompt: string): number | undefined {
  const verb = TURNS.exec(prompt);
  if (verb === null) return undefined;
  // Words after the verb first: "with the right hand, turns left".
  const after = prompt.slice(verb.index);
  const said = [after, prompt].find((text) => LEFT.test(text) !== RIGHT.test(text));
  const open = said === undefined && ROUND.test(prompt) && !LEFT.test(prompt);
  if (said === undefined && !open) return undefined;
  const side = said === undefined || LEFT.test(said) ? 1 : -1;
  const degrees = Number(NUMBER.exec(after)?.[1] ?? (CIRCLES.test(after) ? 360 : AROUND.test(after) ? 180 : 90));
  return (side * degrees * Math.PI) / 180;
}

/** Gaits with the fastest that they still are unless said to be fast, metres a second. */
const GAITS = [
  [/\b(?:walk|stroll|tiptoe|sneak|trudg|limp)\w*/i, 2.3],
  [/\bjog\w*/i, 4],
  [/\brun\w*/i, 5],
] as const;

/** Gives the speed above which what a prompt asks for would be another gait, metres a second; undefined if it names none. */
export function fastestOf(prompt: string): number | undefined {
  const speeds = GAITS.flatMap(([words, speed]) => (words.test(prompt) ? [speed] : []));
  const free = speeds.length === 0 || tempoOf(prompt) === "fast" || /\b(?:sprint|dash)\w*/i.test(prompt);
  return free ? undefined : Math.max(...speeds);
}

const GOING =
  /\b(?:walk|run|jog|march|sneak|tiptoe|stroll|strut|creep|trudg|limp|sprint|stride|strid)(?:s|es|ing|ning|ging)?\b/i;
const IN_PLACE = /\b(?:in place|on the spot)\b/i;

/** Tells whether a prompt says of a gait that it stays where it is: "walks in place". */
export function staysInPlace(prompt: string): boolean {
  return GOING.test(prompt) && IN_PLACE.test(prompt);
}

const AHEAD = /\b(?:straight|forwards?|ahead)\b/i;
/** Ways that are not straight, and gaits that begin or end with something else. */
const WINDING =
  /\b(?:zigzag|weav\w*|wav[ey]\w*|sideways|back\w*|round|around|corner|serpentine|drunk\w*|stagger\w*|u-turn)\b/i;

/** Tells whether a prompt says of a gait that it goes straight on. */
export function goesStraight(prompt: string): boolean {
  return (
    GOING.test(prompt) && AHEAD.test(prompt) && !TURNS.test(prompt) && !WINDING.test(prompt) && !IN_PLACE.test(prompt)
  );
}

/** Gives a prompt that says "sideways" without a side with one, the left: without, the search finds ways forward. */
export function withSide(prompt: string): string {
  const open = /\bside(?:ways?|steps?)\b/i.test(prompt) && !LEFT.test(prompt) && !RIGHT.test(prompt);
  return open ? `${prompt.trim().replace(/[.!]+$/, "")} to the left` : prompt;
}
