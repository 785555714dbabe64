/** Gives the prompts in the parameters of any task: of a picture its one, of a motion those of its segments. */
export function promptsOf({ prompt, segments }: Record<string, unknown>): string[] {
  if (typeof prompt === "string") return [prompt];
  if (!Array.isArray(segments)) return [];
  return segments.flatMap((segment: unknown) => {
    if (typeof segment !== "object" || segment === null || !("prompt" in segment)) return [];
    return typeof segment.prompt === "string" ? [segment.prompt] : [];
  });
}
