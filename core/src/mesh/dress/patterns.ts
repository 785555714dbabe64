import { fractal, type Noise } from "./noise.ts";

/** A place on a thing as its stuff sees it, metres; overwritten from point to point. */
export interface StuffPoint {
  /** Along the grain of its piece, and across it; each piece has an offset of its own, so that no two boards are alike. */
  along: number;
  across: number;
  deep: number;
  /** In the thing's space. */
  x: number;
  y: number;
  z: number;
  /** Normal in the thing's space. */
  nx: number;
  ny: number;
  nz: number;
}

/** What a pattern says of a point; overwritten from point to point. */
export interface StuffLook {
  /** Factor of the base colour: 1 = as it is. */
  shade: number;
  /** Share of the second colour, of patterns that have one. */
  second: number;
  /** Added to the roughness. */
  rough: number;
}

/** How a stuff looks from point to point. */
export interface Pattern {
  /** Size of its finest features, metres. */
  readonly grain: number;
  /** How much edges are worn bright, in [0, 1]; below 0 they are darker. */
  readonly wear: number;
  /** How much dirt gathers in corners, in [0, 1]. */
  readonly dirt: number;
  /** Linear colour that `second` mixes in. */
  readonly secondColour?: readonly [number, number, number];
  /** @param size of the finest features, metres; at least `grain`, more where texels are larger */
  draw(point: StuffPoint, size: number, noise: Noise, out: StuffLook): void;
}

type Draw = Pattern["draw"];

/** Year rings cut along the trunk, with fibres: stretched far along the grain. */
const wood =
  (contrast: number, rings: number): Draw =>
  ({ along, across, deep }, size, noise, out) => {
    const s = 1 / (size * rings);
    const bend = noise(along * s * 0.04, across * s * 0.12, deep * s * 0.12) * 3.2;
    const ring = Math.sin((Math.hypot(across * s, deep * s * 0.6 + 9) + bend) * 2.1);
    const fibre = noise((along / size) * 0.05, (across / size) * 1.3, (deep / size) * 1.3);
    out.shade = 1 + contrast * (0.65 * (ring > 0 ? ring ** 0.6 : ring) + 0.5 * fibre);
    out.rough = -0.06 * ring + 0.05 * fibre;
  };

/** Blotches of no direction. */
const mottled =
  (contrast: number, fine: number): Draw =>
  ({ x, y, z }, size, noise, out) => {
    const [broad, near] = [1 / (size * 14), 1 / (size * 1.5)];
    const blotch = fractal(noise, x * broad, y * broad, z * broad);
    const speck = noise(x * near, y * near, z * near);
    out.shade = 1 + contrast * blotch + fine * speck;
    out.rough = 0.5 * contrast * blotch + 0.6 * fine * speck;
  };

/** Fine scratches along the piece, and clouds of oxide. */
const brushed =
  (contrast: number): Draw =>
  ({ along, across, deep, x, y, z }, size, noise, out) => {
    const scratch = noise((along / size) * 0.06, (across / size) * 1.7, (deep / size) * 1.7);
    const cloud = fractal(noise, x / (size * 24), y / (size * 24), z / (size * 24));
    out.shade = 1 + contrast * (0.5 * scratch + cloud);
    out.rough = 0.12 * cloud + 0.08 * scratch;
  };

/** Threads over and under each other. */
const woven: Draw = ({ along, across, deep }, size, noise, out) => {
  const k = Math.PI / (size * 1.6);
  const [u, v] = [along * k, (across + deep) * k];
  const weave = Math.sin(u) * Math.sin(v);
  const fold = fractal(noise, along / (size * 30), across / (size * 30), deep / (size * 30));
  out.shade = 1 + 0.07 * weave + 0.1 * fold;
  out.rough = 0.03 * weave;
};

/** Courses of stones with mortar between them; each stone its own shade. */
const courses =
  (long: number, high: number, joint: number, contrast: number): Draw =>
  ({ x, y, z, nx, ny, nz }, size, noise, out) => {
    const scale = Math.max(1, size / (joint * 0.8));
    const [w, h, gap] = [long * scale, high * scale, joint * scale];
    // On walls courses lie level; on tops they run along x.
    const isTop = Math.abs(ny) > 0.8;
    const up = isTop ? z : y;
    const side = isTop ? x : sideOf(x, z, nx, nz);
    const row = Math.floor(up / h);
    const shifted = side / w + (row & 1) * 0.5 + 0.13 * noise(row * 3.7, 0.5, 0.5);
    const stone = Math.floor(shifted);
    const edge = Math.min(
      Math.min(shifted - stone, 1 - (shifted - stone)) * w,
      Math.min(up / h - row, 1 - (up / h - row)) * h,
    );
    const rim = edge + gap * 0.35 * noise(x / gap, y / gap, z / gap);
    out.second = clamp((gap * 0.75 - rim) / (gap * 0.35));
    const tone = noise(stone * 7.31 + 0.5, row * 5.17 + 0.5, 0.5);
    const speck = fractal(noise, x / (size * 3), y / (size * 3), z / (size * 3));
    out.shade = 1 + contrast * tone + 0.1 * speck;
    out.rough = 0.05 * speck;
  };

/** Way along a wall: around the axis for round ones would wind, so the axis that the wall runs along is taken. */
function sideOf(x: number, z: number, nx: number, nz: number): number {
  return Math.abs(nx) > Math.abs(nz) ? z : x;
}

/** Rough ridges along the trunk. */
const bark: Draw = ({ along, across, deep }, size, noise, out) => {
  const ridge = fractal(noise, along / (size * 14), (across / size) * 0.4, (deep / size) * 0.4);
  const crack = Math.max(0, -ridge - 0.1);
  out.shade = 1 + 0.3 * ridge - 0.7 * crack;
  out.rough = 0.03 * ridge;
};

/** Straw, or rope: strands along the piece. */
const strands: Draw = ({ along, across, deep }, size, noise, out) => {
  const strand = noise((along / size) * 0.06, across / size, deep / size);
  const tuft = fractal(noise, along / (size * 25), across / (size * 12), deep / (size * 12));
  out.shade = 1 + 0.24 * strand + 0.16 * tuft;
  out.rough = 0;
};

/** Coat of paint: faint brush strokes and clouds, hardly seen. */
const painted: Draw = ({ along, across, deep, x, y, z }, size, noise, out) => {
  const stroke = noise((along / size) * 0.05, across / size, deep / size);
  const cloud = fractal(noise, x / (size * 30), y / (size * 30), z / (size * 30));
  out.shade = 1 + 0.035 * stroke + 0.07 * cloud;
  out.rough = 0.05 * stroke + 0.08 * cloud;
};

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}

const MORTAR = [0.42, 0.39, 0.35] as const;
const GROUT = [0.1, 0.095, 0.09] as const;
const timber = (contrast: number, rings: number): Pattern => ({
  grain: 0.0012,
  wear: 0.35,
  dirt: 0.5,
  draw: wood(contrast, rings),
});
const metal = (contrast: number, wear: number): Pattern => ({
  grain: 0.0008,
  wear,
  dirt: 0.6,
  draw: brushed(contrast),
});
const PLAIN: Pattern = { grain: 0.003, wear: 0.2, dirt: 0.5, draw: mottled(0.08, 0.02) };

/** Patterns by the name of the stuff, or by the last word of a coloured one's. */
const PATTERNS: Readonly<Record<string, Pattern>> = {
  oak: timber(0.14, 9),
  walnut: timber(0.16, 8),
  pine: timber(0.13, 12),
  birch: timber(0.07, 9),
  bark: { grain: 0.004, wear: 0.1, dirt: 0.6, draw: bark },
  iron: metal(0.14, 0.7),
  steel: metal(0.07, 0.4),
  brass: metal(0.09, 0.5),
  gold: metal(0.06, 0.3),
  copper: metal(0.12, 0.5),
  stone: {
    grain: 0.01,
    wear: 0.3,
    dirt: 0.6,
    secondColour: GROUT,
    draw: courses(0.46, 0.24, 0.016, 0.13),
  },
  sandstone: {
    grain: 0.01,
    wear: 0.3,
    dirt: 0.5,
    secondColour: [0.33, 0.27, 0.18],
    draw: courses(0.5, 0.26, 0.014, 0.09),
  },
  slate: {
    grain: 0.008,
    wear: 0.25,
    dirt: 0.5,
    secondColour: [0.03, 0.034, 0.04],
    draw: courses(0.24, 0.16, 0.012, 0.16),
  },
  brick: { grain: 0.005, wear: 0.15, dirt: 0.5, secondColour: MORTAR, draw: courses(0.23, 0.075, 0.011, 0.16) },
  plaster: { grain: 0.004, wear: 0.1, dirt: 0.6, draw: mottled(0.07, 0.025) },
  thatch: { grain: 0.008, wear: 0, dirt: 0.6, draw: strands },
  tile: {
    grain: 0.006,
    wear: 0.2,
    dirt: 0.5,
    secondColour: [0.07, 0.025, 0.015],
    draw: courses(0.2, 0.16, 0.012, 0.16),
  },
  leather: { grain: 0.0015, wear: 0.5, dirt: 0.5, draw: mottled(0.1, 0.07) },
  rope: { grain: 0.003, wear: 0, dirt: 0.6, draw: strands },
  clay: { grain: 0.002, wear: 0.25, dirt: 0.4, draw: mottled(0.1, 0.04) },
  glass: { grain: 0.005, wear: 0.1, dirt: 0.1, draw: mottled(0.02, 0) },
  rubber: { grain: 0.002, wear: 0.3, dirt: 0.4, draw: mottled(0.12, 0.05) },
  soil: { grain: 0.004, wear: 0, dirt: 0.5, draw: mottled(0.25, 0.2) },
  paint: { grain: 0.0012, wear: 0.3, dirt: 0.5, draw: painted },
  lacquer: { grain: 0.0015, wear: 0.25, dirt: 0.4, draw: mottled(0.03, 0.005) },
  glaze: { grain: 0.002, wear: -0.15, dirt: 0.3, draw: mottled(0.06, 0.01) },
  fabric: { grain: 0.0016, wear: 0.1, dirt: 0.5, draw: woven },
  plastic: { grain: 0.002, wear: 0.2, dirt: 0.3, draw: mottled(0.025, 0.01) },
  leaves: { grain: 0.012, wear: 0.3, dirt: 0.8, draw: mottled(0.16, 0.14) },
};

/** Gives the pattern of a material by its name; one without a name that is known is faintly mottled. */
export function patternOf(material: string): Pattern {
  const last = material.split(" ").at(-1) ?? "";
  return (Object.hasOwn(PATTERNS, last) ? PATTERNS[last] : undefined) ?? PLAIN;
}
