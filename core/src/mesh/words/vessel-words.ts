import type { CategoryWords } from "./category-words.ts";

const GLAZED = { colour: { stuff: ["glaze"] } } as const;
const UNPAINTED = { wood: { paint: ["none"] } } as const;

/** Words of vessels and containers. */
export const VESSEL_WORDS: Readonly<Record<string, CategoryWords>> = {
  cup: {
    nouns: {
      cup: [1],
      mug: [1],
      teacup: [0.95],
      "coffee cup": [1],
      "coffee mug": [1],
      tankard: [0.7],
      goblet: [0.5],
      beaker: [0.6],
    },
    stuff: ["colour", "stuff"],
    size: ["radius", "height"],
    sides: { tall: "height", wide: "radius" },
    parts: [],
    choices: {
      stuff: { glaze: ["glazed", "ceramic", "porcelain"] },
      handle: { round: ["with a round handle"], square: ["with a square handle"], none: ["without a handle"] },
      full: { coffee: ["with coffee", "of coffee", "full of coffee", "filled with coffee"], empty: ["empty"] },
    },
    needs: GLAZED,
  },
  bowl: {
    nouns: { bowl: [1], "fruit bowl": [1, { fruit: ["!none"] }], dish: [0.7], basin: [0.6], plate: [0.4] },
    stuff: ["colour", "stuff"],
    size: ["radius"],
    sides: { wide: "radius", deep: "depth" },
    parts: [
      { names: ["fruit", "apple", "ball"], stuff: ["fruit"], needs: { fruit: ["!none"] }, absent: { fruit: "none" } },
    ],
    choices: { stuff: { glaze: ["glazed", "ceramic", "porcelain"] }, fruit: { none: ["empty"] } },
    needs: GLAZED,
  },
  vase: {
    nouns: { vase: [1], urn: [0.8], amphora: [0.75], jar: [0.6], pot: [0.6], pitcher: [0.5] },
    stuff: ["colour", "stuff"],
    size: ["height"],
    sides: { tall: "height", wide: "belly" },
    parts: [
      { names: ["band", "stripe", "ring"], stuff: ["band"], needs: { band: ["!none"] }, absent: { band: "none" } },
    ],
    choices: { stuff: { glaze: ["glazed", "ceramic", "porcelain"] } },
    needs: GLAZED,
  },
  bottle: {
    nouns: {
      bottle: [1],
      flask: [0.95],
      potion: [0.9, { shape: ["round"] }],
      vial: [0.8],
      "wine bottle": [1, { shape: ["straight"], stopper: ["cork"] }],
      "potion bottle": [1, { shape: ["round"] }],
    },
    stuff: ["colour"],
    size: ["height"],
    sides: { tall: "height", wide: "body" },
    parts: [{ names: ["label", "tag"], stuff: ["label"], needs: { label: ["!none"] }, absent: { label: "none" } }],
    choices: {
      shape: { straight: ["straight", "cylindrical"], round: ["round", "bulbous"] },
      stopper: { cork: ["with a cork", "corked", "with a stopper"], cap: ["with a cap", "with a metal cap", "capped"] },
    },
  },
  barrel: {
    nouns: { barrel: [1], cask: [0.98], keg: [0.95], drum: [0.5], tun: [0.7] },
    stuff: ["paint", "wood", "metal"],
    size: ["height"],
    sides: { tall: "height", wide: "width" },
    parts: [
      { names: ["hoop", "band", "ring"], stuff: ["metal"], count: "hoops", many: true },
      { names: ["stave"], count: "staves", many: true },
    ],
    choices: {},
    needs: UNPAINTED,
  },
  crate: {
    nouns: { crate: [1], box: [0.8], "wooden box": [0.95], "packing case": [0.8], container: [0.5] },
    stuff: ["paint", "wood"],
    size: ["width", "height", "depth"],
    sides: { tall: "height", wide: "width", deep: "depth" },
    parts: [
      { names: ["board"], count: "boards", many: true },
      { names: ["corner", "frame"], stuff: ["corners"], many: true, needs: { corners: ["iron"] } },
    ],
    choices: {
      brace: {
        diagonal: ["with diagonal braces", "with a diagonal brace"],
        cross: ["with crossed braces", "with cross braces"],
        none: ["without braces"],
      },
    },
    needs: UNPAINTED,
  },
  chest: {
    nouns: { chest: [1], "treasure chest": [1], coffer: [0.9], trunk: [0.7], strongbox: [0.8] },
    stuff: ["paint", "wood", "metal"],
    size: ["width", "height"],
    sides: { tall: "height", wide: "width", deep: "depth" },
    parts: [{ names: ["strap", "band", "lock", "fitting", "corner"], stuff: ["metal"], count: "straps", many: true }],
    choices: {
      lid: {
        vaulted: ["with a vaulted lid", "with a domed lid", "with a rounded lid", "with a curved lid"],
        flat: ["with a flat lid", "flat lidded"],
      },
    },
    usual: { lid: ["vaulted", "vaulted", "vaulted", "flat"] },
    needs: UNPAINTED,
  },
};
