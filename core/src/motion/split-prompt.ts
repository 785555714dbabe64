/** Words between two things that are done one after the other. */
const JOINERS = /\s*(?:,\s*|;\s*|\.\s+)?\b(?:and then|and after that|after that|afterwards|then)\b,?\s*/i;

/**
 * Gives the parts of a sentence that says several things one after the other: "walks forward, then sits down" → two parts.
 *
 * Each keeps the sentence's subject, since captions have one: "a person walks, then sits" → "a person walks", "a person sits".
 */
export function splitPrompt(prompt: string): string[] {
  const parts = prompt
    .trim()
    .replace(/^first,?\s+/i, "")
    .split(JOINERS)
    .map((part) => part.trim().replace(/[,.;]+$/, ""))
    .filter((part) => part !== "");
  const [first] = parts;
  if (first === undefined || parts.length === 1) return [prompt.trim()];
  const subject = SUBJECT.exec(first)?.[0];
  if (subject === undefined) return parts;
  return parts.map((part) => (SUBJECT.test(part) ? part : `${subject}${part.replace(/^(?:he|she|they|it)\s+/i, "")}`));
}

const SUBJECT =
  /^(?:(?:a|an|the)\s+(?:\w+\s+)?(?:person|man|woman|human|figure|character|girl|boy|guy)|someone|somebody)\s+/i;
