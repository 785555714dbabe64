import { ARMS_WORDS } from "./arms-words.ts";
import type { CategoryWords } from "./category-words.ts";
import { FURNITURE_WORDS } from "./furniture-words.ts";
import { OUTDOOR_WORDS } from "./outdoor-words.ts";
import { VESSEL_WORDS } from "./vessel-words.ts";

/** Words of every category that has a shape program. */
export const CATEGORY_WORDS: Readonly<Record<string, CategoryWords>> = {
  ...FURNITURE_WORDS,
  ...VESSEL_WORDS,
  ...ARMS_WORDS,
  ...OUTDOOR_WORDS,
};
