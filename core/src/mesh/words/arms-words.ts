import type { CategoryWords } from "./category-words.ts";

/** Words of tools and weapons. */
export const ARMS_WORDS: Readonly<Record<string, CategoryWords>> = {
  sword: {
    nouns: {
      sword: [1],
      blade: [0.8],
      longsword: [0.98, { blade: [0.85, 1.05] }],
      sabre: [0.95, { shape: ["curved"] }],
      saber: [0.95, { shape: ["curved"] }],
      katana: [0.8, { shape: ["curved"] }],
      scimitar: [0.85, { shape: ["curved"] }],
      dagger: [0.7, { blade: [0.5, 0.55] }],
      knife: [0.5, { blade: [0.5, 0.55] }],
      rapier: [0.75],
    },
    stuff: ["metal"],
    size: ["blade", "width"],
    sides: { long: "blade", tall: "blade", wide: "width" },
    parts: [
      { names: ["grip", "handle", "wrap"], stuff: ["wrap"] },
      { names: ["hilt", "fitting", "pommel"], stuff: ["fittings", "wrap"] },
      { names: ["guard", "crossguard"], stuff: ["fittings"], silent: true },
      { names: ["blade"], stuff: ["metal"], silent: true },
    ],
    choices: {
      shape: {
        straight: ["straight"],
        leaf: ["leaf shaped", "with a leaf shaped blade"],
        curved: ["curved", "with a curved blade"],
      },
      guard: {
        bar: ["with a bar guard", "with a straight guard"],
        horns: ["with a horned guard", "with a curved guard"],
        disc: ["with a disc guard", "with a round guard"],
      },
    },
  },
  axe: {
    nouns: {
      axe: [1],
      ax: [1],
      hatchet: [0.95, { length: [0.45, 0.6] }],
      battleaxe: [0.95, { heads: ["double"] }],
      "battle axe": [1],
      tomahawk: [0.7],
      halberd: [0.5],
    },
    stuff: ["metal", "wood"],
    size: ["length"],
    sides: { long: "length", tall: "length" },
    parts: [
      { names: ["shaft", "handle", "haft"], stuff: ["wood"] },
      { names: ["head", "blade"], stuff: ["metal"] },
    ],
    choices: {
      heads: {
        single: ["single headed", "single bladed", "single"],
        double: ["double headed", "double bladed", "double", "two headed", "twin bladed"],
      },
      grip: { leather: ["with a leather grip", "with a leather wrap"], none: ["without a grip"] },
    },
  },
  hammer: {
    nouns: {
      hammer: [1],
      mallet: [0.98, { kind: ["mallet"] }],
      sledgehammer: [0.98, { kind: ["sledge"] }],
      "sledge hammer": [1, { kind: ["sledge"] }],
      "claw hammer": [1, { kind: ["claw"] }],
      warhammer: [0.8, { kind: ["sledge"] }],
      maul: [0.7],
    },
    stuff: ["metal", "wood"],
    size: ["length"],
    sides: { long: "length", tall: "length" },
    parts: [
      { names: ["shaft", "handle", "haft"], stuff: ["wood"] },
      { names: ["head"], stuff: ["metal"], needs: { kind: ["claw", "sledge"] } },
      { names: ["band"], stuff: ["metal"], many: true, needs: { kind: ["mallet"] } },
      { names: ["grip"], stuff: ["grip"], needs: { grip: ["!none"] }, absent: { grip: "none" } },
    ],
    choices: { kind: { claw: ["claw"], sledge: ["sledge"], mallet: ["mallet"] } },
  },
  shield: {
    nouns: { shield: [1], buckler: [0.85, { shape: ["round"] }] },
    stuff: ["colour", "metal"],
    size: ["height"],
    sides: { tall: "height" },
    parts: [
      { names: ["rim", "edge", "border"], stuff: ["metal"] },
      { names: ["cross"], stuff: ["second"], needs: { charge: ["cross"] }, absent: { charge: "none" } },
      { names: ["stripe"], stuff: ["second"], needs: { charge: ["stripe"] }, absent: { charge: "none" } },
      { names: ["half"], stuff: ["second"], needs: { charge: ["halves"] }, absent: { charge: "none" } },
    ],
    choices: {
      shape: { round: ["round", "circular"], heater: ["heater", "triangular"], kite: ["kite", "kite shaped"] },
      boss: { yes: ["with a boss"], no: ["without a boss"] },
    },
    needs: { second: { charge: ["!none"] } },
  },
};
