import type { CategoryWords } from "./category-words.ts";

const LEGS = { names: ["leg", "legged", "feet", "foot"], stuff: ["legStuff"], many: true } as const;
const UNPAINTED = { wood: { paint: ["none"] } } as const;

/** Words of the furniture. */
export const FURNITURE_WORDS: Readonly<Record<string, CategoryWords>> = {
  chair: {
    nouns: {
      chair: [1],
      "dining chair": [1],
      seat: [0.7],
      armchair: [0.9, { arms: ["yes"] }],
      throne: [0.6],
      recliner: [0.5],
    },
    stuff: ["paint", "wood"],
    size: ["width", "depth"],
    sides: { tall: "backHeight", wide: "width", deep: "depth" },
    parts: [
      LEGS,
      {
        names: ["cushion", "seat", "pad", "upholstery"],
        stuff: ["cushion"],
        needs: { cushion: ["!none"] },
        absent: { cushion: "none" },
      },
      { names: ["slat"], count: "backParts", many: true, needs: { back: ["slats"] } },
      { names: ["bar", "spindle"], count: "backParts", many: true, needs: { back: ["bars"] } },
    ],
    choices: {
      arms: { yes: ["with arms", "with armrests"], no: ["without arms", "without armrests"] },
      back: {
        panel: ["with a panel back", "with a solid back", "with a panel"],
        slats: ["with a slatted back"],
        bars: ["with a barred back"],
      },
    },
    needs: { ...UNPAINTED, backParts: { back: ["slats", "bars"] } },
  },
  stool: {
    nouns: {
      stool: [1],
      "bar stool": [1, { height: [0.66, 0.78] }],
      barstool: [0.98, { height: [0.66, 0.78] }],
      footstool: [0.8, { height: [0.42, 0.5] }],
      ottoman: [0.5],
      pouf: [0.4],
    },
    stuff: ["wood", "top"],
    size: ["radius"],
    sides: { tall: "height", wide: "radius" },
    parts: [
      { ...LEGS, count: "legs" },
      { names: ["seat", "top", "cushion"], stuff: ["top"], needs: { top: ["!wood"] } },
    ],
    choices: { seat: { round: ["round"], square: ["square"] } },
  },
  table: {
    nouns: {
      table: [1],
      desk: [0.8],
      "coffee table": [1, { height: [0.45, 0.52] }],
      "dining table": [1],
      workbench: [0.6],
      counter: [0.4],
      altar: [0.4],
    },
    stuff: ["paint", "wood", "top"],
    size: ["length", "width"],
    sides: { tall: "height", wide: "width", long: "length", thick: "thickness" },
    parts: [
      { ...LEGS, needs: { base: ["legs"] } },
      { names: ["trestle"], stuff: ["legStuff"], many: true, needs: { base: ["trestle"] } },
      { names: ["column", "pedestal", "pillar"], stuff: ["legStuff"], needs: { base: ["column"] } },
      { names: ["top", "tabletop", "surface"], stuff: ["top"], needs: { top: ["stone", "slate"] } },
    ],
    choices: {
      base: { column: ["round", "circular", "pedestal"], trestle: ["trestle"], legs: ["rectangular", "four legged"] },
    },
    needs: UNPAINTED,
  },
  bench: {
    nouns: {
      bench: [1],
      "park bench": [1],
      "garden bench": [1],
      pew: [0.7],
      couch: [0.4],
      sofa: [0.4],
      settee: [0.45],
    },
    stuff: ["paint", "wood", "frame"],
    size: ["length", "depth"],
    sides: { long: "length", tall: "height", deep: "depth" },
    parts: [
      { names: ["frame", "leg", "base", "side", "support"], stuff: ["frame"] },
      { names: ["seat", "board", "slat"], stuff: ["paint", "wood"], silent: true },
      { names: ["plank"], count: "planks", many: true },
    ],
    choices: {
      back: { yes: ["with a back", "with a backrest"], no: ["without a back", "backless", "without a backrest"] },
    },
    usual: { back: ["yes", "yes", "yes", "no"] },
    needs: UNPAINTED,
  },
  bed: {
    nouns: {
      bed: [1],
      "single bed": [1, { width: [0.9, 1.1] }],
      "double bed": [1, { width: [1.4, 1.8] }],
      "king size bed": [1, { width: [1.65, 1.8] }],
      cot: [0.6],
      bunk: [0.5],
      mattress: [0.5],
    },
    stuff: ["paint", "wood"],
    size: ["width", "length"],
    sides: { wide: "width", long: "length", tall: "height" },
    parts: [
      { names: ["blanket", "cover", "duvet", "quilt", "sheet", "bedspread", "bedding"], stuff: ["blanket"] },
      { names: ["board"], count: "boards", many: true },
      { names: ["frame", "headboard", "footboard"], stuff: ["paint", "wood"], silent: true },
    ],
    choices: { posts: { knobs: ["with knobs", "with knobs on its posts"], plain: ["with plain posts"] } },
    needs: UNPAINTED,
  },
  shelf: {
    nouns: { shelf: [1], bookshelf: [1], bookcase: [1], shelving: [0.9], rack: [0.5], "book shelf": [1] },
    stuff: ["paint", "wood"],
    size: ["width", "height"],
    sides: { tall: "height", wide: "width", deep: "depth" },
    parts: [{ names: ["board", "shelf", "level", "tier", "row"], count: "boards", many: true }],
    choices: {
      back: {
        yes: ["with a back panel", "with a closed back", "with a back"],
        no: ["with an open back", "without a back"],
      },
      books: {
        none: ["empty", "without books"],
        some: ["with some books", "with books", "with a few books"],
        full: ["full", "full of books", "filled with books"],
      },
    },
    needs: UNPAINTED,
  },
  cabinet: {
    nouns: {
      cabinet: [1],
      cupboard: [1],
      dresser: [0.85],
      wardrobe: [0.85, { front: ["doors"] }],
      closet: [0.75],
      sideboard: [0.8],
      nightstand: [0.7],
      locker: [0.7],
      armoire: [0.85],
      "chest of drawers": [1, { front: ["drawers"] }],
      drawer: [0.6],
    },
    stuff: ["paint", "wood"],
    size: ["width", "height"],
    sides: { tall: "height", wide: "width", deep: "depth" },
    parts: [
      { names: ["knob", "handle"], stuff: ["knobs"], many: true },
      { names: ["top", "leg"], stuff: ["wood"], needs: { paint: ["!none"] } },
      { names: ["row of drawer", "drawer"], count: "drawers", many: true, needs: { front: ["drawers"] } },
      { names: ["column"], count: "columns", many: true },
    ],
    choices: {
      front: {
        doors: ["with doors", "with a door"],
        drawers: ["with drawers"],
        both: ["with doors and drawers", "with drawers and doors"],
      },
    },
    needs: { drawers: { front: ["drawers"] } },
  },
  lamp: {
    nouns: {
      lamp: [1],
      "table lamp": [1, { height: [0.4, 0.65] }],
      "floor lamp": [1, { height: [1.3, 1.7] }],
      "desk lamp": [1, { height: [0.4, 0.6] }],
      lantern: [0.5],
      light: [0.6],
      "standing lamp": [1, { height: [1.3, 1.7] }],
    },
    stuff: ["colour", "metal"],
    size: ["height", "shadeSize"],
    sides: { tall: "height", wide: "shadeSize" },
    parts: [
      { names: ["shade", "lampshade"], stuff: ["colour"], needs: { stem: ["rod"] } },
      { names: ["belly", "body"], stuff: ["colour"], needs: { stem: ["belly"], height: [0.4, 0.8] } },
      { names: ["foot", "stand", "base", "stem", "rod"], stuff: ["metal"] },
    ],
    choices: {
      shade: {
        cone: ["with a cone shade", "conical"],
        drum: ["with a drum shade"],
        dome: ["with a dome shade", "domed"],
      },
    },
  },
};
