/** A piece of a prompt and how much it counts; 1 = as it is. */
export interface WeightedText {
  readonly text: string;
  readonly weight: number;
}

const ROUND = 1.1;
const SQUARE = 1 / 1.1;
// Escaped character, bracket, `:number)` that closes a round bracket with its own weight, colon, or plain text.
const TOKEN = /\\[\\()[\]]|\\|[()[\]]|:\s*([+-]?(?:\d+(?:\.\d+)?|\.\d+))\s*\)|:|[^\\()[\]:]+/g;

/**
 * Splits a prompt by its weights.
 *
 * `(text)` weighs 1.1, `((text))` 1.21, `(text:1.3)` 1.3, `[text]` 1 / 1.1; weights multiply when brackets are nested.
 * `\(`, `\)`, `\[`, `\]` and `\\` are plain characters. A bracket that is never closed reaches to the end; one that
 * was never opened is text, so that `:)` stays a smile. Neighbours of the same weight are joined; a prompt without brackets
 * comes back as it is.
 *
 * The grammar is that of AUTOMATIC1111's web UI (modules/prompt_parser.py, parse_prompt_attention); ComfyUI reads its round
 * brackets in the same way.
 *
 * @example parsePromptWeights("a (red:1.3) cat") // [{ text: "a ", weight: 1 }, { text: "red", weight: 1.3 }, …]
 */
export function parsePromptWeights(prompt: string): WeightedText[] {
  const pieces: { text: string; weight: number }[] = [];
  // Where each open bracket began, as an index into `pieces`.
  const round: number[] = [];
  const square: number[] = [];
  const multiply = (from: number | undefined, factor: number) => {
    for (const piece of pieces.slice(from)) piece.weight *= factor;
  };

  for (const match of prompt.matchAll(TOKEN)) {
    const [token, weight] = match;
    if (token === "(") round.push(pieces.length);
    else if (token === "[") square.push(pieces.length);
    else if (weight !== undefined && round.length > 0) multiply(round.pop(), Number(weight));
    else if (token === ")" && round.length > 0) multiply(round.pop(), ROUND);
    else if (token === "]" && square.length > 0) multiply(square.pop(), SQUARE);
    else pieces.push({ text: token.length === 2 && token.startsWith("\\") ? token.slice(1) : token, weight: 1 });
  }
  for (const from of round) multiply(from, ROUND);
  for (const from of square) multiply(from, SQUARE);

  const joined: { text: string; weight: number }[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last !== undefined && last.weight === piece.weight) last.text += piece.text;
    else joined.push(piece);
  }
  return joined;
}
