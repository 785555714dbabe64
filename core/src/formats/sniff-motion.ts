/** Forms of motion files that are read. */
export type SniffedMotion = "bvh" | "json";

/** Gives the form of a motion file that its first word tells: HIERARCHY or a brace. Text files have no signature. */
export function sniffMotion(bytes: Uint8Array): SniffedMotion | undefined {
  const text = Buffer.from(bytes.subarray(0, 256)).toString("utf8");
  const [word] = /[^\s\ufeff]+/.exec(text) ?? [""];
  if (/^HIERARCHY$/i.test(word)) return "bvh";
  return word.startsWith("{") ? "json" : undefined;
}
