import type { ColourName } from "../kit/materials.ts";
import type { LinearColour } from "../mesh.ts";

/** Upper ends of hue, degrees in OKLab; purple up to 326, then pink. */
const SECTORS: readonly (readonly [number, ColourName])[] = [
  [14, "pink"],
  [41, "red"],
  [67, "orange"],
  [113, "yellow"],
  [174, "green"],
  [222, "teal"],
  [286, "blue"],
  [326, "purple"],
];

/** Names a linear colour with a word of the vocabulary; the same rules stand in models/training/mesh/colours.py. */
export function nameColour(colour: LinearColour): ColourName {
  const [lightness, a, b] = oklabOf(colour);
  const chroma = Math.hypot(a, b);
  const hue = ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;
  if (chroma < 0.03 || (chroma < 0.062 && lightness > 0.84) || (chroma < 0.05 && lightness < 0.3)) {
    if (lightness > 0.82) return "white";
    return lightness < 0.36 ? "black" : "grey";
  }
  const name = SECTORS.find(([end]) => hue < end)?.[1] ?? "pink";
  if (name === "pink" && lightness < 0.5) {
    if (hue > 180) return "purple";
    return chroma < 0.09 ? "brown" : "red";
  }
  if (name === "red" && lightness > 0.7 && chroma < 0.15) return "pink";
  if (name === "red" && lightness < 0.5 && chroma < 0.09) return "brown";
  if (name === "orange" && (lightness < 0.61 || chroma < 0.115)) return "brown";
  if (name === "yellow" && hue < 96 && (lightness < 0.62 || (chroma < 0.1 && lightness < 0.82))) return "brown";
  return name;
}

/** Gives a linear colour in OKLab (Ottosson, 2020): lightness in [0, 1], green to red, blue to yellow. */
export function oklabOf([red, green, blue]: LinearColour): readonly [number, number, number] {
  const l = Math.cbrt(Math.max(0, 0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue));
  const m = Math.cbrt(Math.max(0, 0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue));
  const s = Math.cbrt(Math.max(0, 0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue));
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** Gives the linear colour of OKLab, cut off at 0 and 1. */
export function linearOfOklab([lightness, a, b]: readonly [number, number, number]): LinearColour {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const cut = (value: number) => Math.min(1, Math.max(0, value));
  return [
    cut(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    cut(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    cut(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}
