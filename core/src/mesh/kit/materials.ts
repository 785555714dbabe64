import type { Material } from "../mesh.ts";
import { colourOfHex } from "../srgb.ts";

/** Colours of the vocabulary, sRGB: what people mean by the word, a little muted so that they sit well beside each other. */
export const COLOURS = {
  red: "b8312f",
  orange: "d9772b",
  yellow: "e3b835",
  green: "4d8a3c",
  teal: "2b8a84",
  blue: "2f62ad",
  purple: "70468f",
  pink: "d987a0",
  brown: "6f4a2f",
  white: "e9e6df",
  grey: "85888c",
  black: "26272b",
} as const;

/** Name of a colour. */
export type ColourName = keyof typeof COLOURS;

const SURFACES = {
  oak: ["b58a57", 0.65, 0],
  walnut: ["6a4630", 0.6, 0],
  pine: ["d2ac72", 0.7, 0],
  birch: ["e0cda6", 0.6, 0],
  bark: ["5e4632", 0.95, 0],
  iron: ["50545a", 0.55, 1],
  steel: ["b4b9be", 0.3, 1],
  brass: ["c39a4a", 0.35, 1],
  gold: ["e5bd52", 0.25, 1],
  copper: ["bd7350", 0.35, 1],
  stone: ["8f8d86", 0.95, 0],
  sandstone: ["c9b48c", 0.95, 0],
  slate: ["545c66", 0.85, 0],
  brick: ["9c4f3a", 0.9, 0],
  plaster: ["e6dfcd", 0.95, 0],
  thatch: ["b7954f", 1, 0],
  tile: ["a9512f", 0.8, 0],
  leather: ["6b4128", 0.6, 0],
  rope: ["b09a6b", 1, 0],
  clay: ["b5694a", 0.85, 0],
  glass: ["a9cdd0", 0.08, 0],
  rubber: ["232427", 0.9, 0],
  soil: ["5b4433", 1, 0],
} as const;

/** Name of a surface: a stuff with a colour of its own. */
export type SurfaceName = keyof typeof SURFACES;

/** Woods that things are made of. */
export const WOODS = ["oak", "walnut", "pine", "birch"] as const;

/** Gives the material of a stuff. */
export function surface(name: SurfaceName): Material {
  const [hex, roughness, metallic] = SURFACES[name];
  return { name, baseColour: colourOfHex(hex), roughness, metallic };
}

/** How coloured stuffs shine. */
const FINISHES = { paint: 0.5, fabric: 0.95, glaze: 0.15, plastic: 0.35, leaves: 0.85, lacquer: 0.25 } as const;

/** Gives the material of a coloured stuff. */
export function coloured(name: ColourName, finish: keyof typeof FINISHES): Material {
  return {
    name: `${name} ${finish}`,
    baseColour: colourOfHex(COLOURS[name]),
    roughness: FINISHES[finish],
    metallic: 0,
  };
}

/** Gives the material of a word: a coloured stuff for a colour, else the stuff itself. */
export function stuffOf(word: ColourName | SurfaceName, finish: keyof typeof FINISHES): Material {
  return word in COLOURS ? coloured(word as ColourName, finish) : surface(word as SurfaceName);
}

/** Gives a matt material of a colour, six hexadecimal digits, sRGB. */
export function tinted(name: string, hex: string, roughness = 0.85): Material {
  return { name, baseColour: colourOfHex(hex), roughness, metallic: 0 };
}

/** Gives a material that gives off light of its colour. */
export function glowing(name: string, hex: string): Material {
  const [red, green, blue] = colourOfHex(hex);
  return {
    name,
    baseColour: colourOfHex(hex),
    roughness: 0.9,
    metallic: 0,
    emissive: [red * 0.6, green * 0.6, blue * 0.6],
  };
}
