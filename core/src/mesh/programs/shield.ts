import { extrude, type PlanePoint } from "../kit/extrude.ts";
import { lathe } from "../kit/lathe.ts";
import { COLOURS, coloured, surface } from "../kit/materials.ts";
import { move, type Solid, turn, warp } from "../kit/solid.ts";
import { defineProgram, metres, oneOf } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Shield, upright, its front to +Z: round, heater or kite, with rim, boss and a painted charge. */
export const shield = defineProgram({
  category: "shield",
  size: [0.45, 1.2],
  parameters: {
    height: metres(0.5, 1.1),
    shape: oneOf("round", "heater", "kite"),
    colour: oneOf(...COLOUR_NAMES),
    charge: oneOf("none", "cross", "stripe", "halves"),
    second: oneOf(...COLOUR_NAMES),
    metal: oneOf("iron", "steel", "brass", "gold"),
    boss: oneOf("yes", "no"),
  },
  build(p, builder) {
    const h = p.height;
    const outline = outlineOf(p.shape, h);
    const wide = Math.max(...outline.map(([x]) => x));
    const curve = (solid: Solid): Solid => warp(solid, (x, y, z) => [x, y, z - (x * x) / (wide * 3.2)]);
    const inner = scaled(outline, 0.93);
    // Strips across let the plate bend: it is cut into columns.
    const plate = columns(inner, wide, 0.022);
    builder.add("plate", coloured(p.colour, "paint"), curve(plate), 30);
    builder.add("rim", surface(p.metal), curve(rimOf(outline, inner, 0.036)), 30);
    const second = coloured(p.second, "paint");
    const charge = (shape: PlanePoint[]) => columns(clip(shape, scaled(outline, 0.9)), wide, 0.027);
    const middle = p.shape === "round" ? h / 2 : h * 0.56;
    const bar = wide * 0.17;
    if (p.charge === "cross")
      builder.add(
        "cross",
        second,
        [
          curve(
            charge([
              [-bar, 0],
              [bar, 0],
              [bar, h],
              [-bar, h],
            ]),
          ),
          curve(
            warp(
              charge([
                [-wide, middle - bar],
                [wide, middle - bar],
                [wide, middle + bar],
                [-wide, middle + bar],
              ]),
              (x, y, z) => [x, y, z * 1.02],
            ),
          ),
        ],
        30,
      );
    if (p.charge === "stripe")
      builder.add(
        "stripe",
        second,
        curve(
          charge([
            [-wide * 1.1, h * 0.2 - bar],
            [-wide * 1.1 + 0, h * 0.2 - bar * 1.01],
            [wide * 1.1, h * 0.82 - bar],
            [wide * 1.1, h * 0.82 + bar],
            [-wide * 1.1, h * 0.2 + bar],
          ]),
        ),
        30,
      );
    if (p.charge === "halves")
      builder.add(
        "half",
        second,
        curve(
          charge([
            [0, 0],
            [wide * 1.2, 0],
            [wide * 1.2, h],
            [0, h],
          ]),
        ),
        30,
      );
    if (p.boss === "yes") {
      const r = h * 0.085;
      const ringed = lathe(
        [
          [0, 0],
          [r * 1.45, 0],
          [r * 1.45, 0.012],
          [r * 1.08, 0.014],
          [r * 0.95, r * 0.42],
          [r * 0.6, r * 0.72],
          [0, r * 0.84],
        ],
        { segments: 28 },
      );
      builder.add("boss", surface(p.metal), move(turn(ringed, "x", 90), 0, middle, 0.006), 35);
    }
  },
});

function outlineOf(shape: "round" | "heater" | "kite", h: number): PlanePoint[] {
  if (shape === "round") {
    return Array.from({ length: 40 }, (_, k): PlanePoint => {
      const angle = (k * 2 * Math.PI) / 40 + Math.PI / 40;
      return [(h / 2) * Math.cos(angle), h / 2 + (h / 2) * Math.sin(angle)];
    });
  }
  const half = h * (shape === "heater" ? 0.42 : 0.29);
  const shoulder = h * (shape === "heater" ? 0.62 : 0.74);
  const right: PlanePoint[] = [];
  for (let k = 0; k <= 10; k += 1) {
    const angle = (k / 10) * (Math.PI / 2);
    right.push([half * Math.sin(angle) ** 0.9, shoulder * (1 - Math.cos(angle))]);
  }
  if (shape === "heater") right.push([half, h * 0.97], [half * 0.5, h * 0.985]);
  else
    for (let k = 1; k <= 5; k += 1)
      right.push([
        half * Math.cos((k / 6) * (Math.PI / 2)),
        shoulder + (h - shoulder) * Math.sin((k / 6) * (Math.PI / 2)),
      ]);
  const left = right
    .slice(1)
    .toReversed()
    .map(([x, y]): PlanePoint => [-x, y]);
  return [...right, [0, h], ...left];
}

/** An outline drawn in towards its middle. */
function scaled(outline: readonly PlanePoint[], share: number): PlanePoint[] {
  const ys = outline.map(([, y]) => y);
  const middle = (Math.min(...ys) + Math.max(...ys)) / 2;
  return outline.map(([x, y]) => [x * share, middle + (y - middle) * share]);
}

/** The part of a convex outline that lies within another (Sutherland and Hodgman). */
function clip(subject: readonly PlanePoint[], within: readonly PlanePoint[]): PlanePoint[] {
  let kept = [...subject];
  within.forEach((a, k) => {
    const b = within[(k + 1) % within.length] as PlanePoint;
    const side = ([x, y]: PlanePoint) => (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]);
    const next: PlanePoint[] = [];
    kept.forEach((p, at) => {
      const q = kept[(at + 1) % kept.length] as PlanePoint;
      const [sp, sq] = [side(p), side(q)];
      if (sp >= 0) next.push(p);
      if (sp >= 0 !== sq >= 0)
        next.push([p[0] + ((q[0] - p[0]) * sp) / (sp - sq), p[1] + ((q[1] - p[1]) * sp) / (sp - sq)]);
    });
    kept = next;
  });
  return kept.filter(([x, y], at) => {
    const [nx, ny] = kept[(at + 1) % kept.length] as PlanePoint;
    return Math.hypot(nx - x, ny - y) > 1e-4;
  });
}

/** A plate of a convex outline, cut into upright columns so that it can be bent. */
function columns(outline: readonly PlanePoint[], wide: number, depth: number): Solid {
  const xs = outline.map(([x]) => x);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const count = Math.max(2, Math.ceil(((right - left) / wide) * 7));
  const cuts = Array.from({ length: count + 1 }, (_, k) => left + ((right - left) * k) / count);
  const spans = cuts.map((x) => spanAt(outline, x));
  const lower: PlanePoint[] = [];
  const upper: PlanePoint[] = [];
  cuts.forEach((x, k) => {
    const [low, high] = spans[k] as [number, number];
    if (high - low < 1e-4) lower.push([x, (low + high) / 2]);
    else {
      lower.push([x, low]);
      upper.push([x, high]);
    }
  });
  return gridPlate(lower, upper, depth);
}

/** Lowest and highest y of a convex outline at x. */
function spanAt(outline: readonly PlanePoint[], x: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  outline.forEach((p, k) => {
    const q = outline[(k + 1) % outline.length] as PlanePoint;
    if (x < Math.min(p[0], q[0]) - 1e-9 || x > Math.max(p[0], q[0]) + 1e-9) return;
    const ys = Math.abs(q[0] - p[0]) < 1e-9 ? [p[1], q[1]] : [p[1] + ((q[1] - p[1]) * (x - p[0])) / (q[0] - p[0])];
    low = Math.min(low, ...ys);
    high = Math.max(high, ...ys);
  });
  return [low, high];
}

/** A plate between a lower and an upper line whose points stand above each other; the ends may meet in one point. */
function gridPlate(lower: readonly PlanePoint[], upper: readonly PlanePoint[], depth: number): Solid {
  const outline = [...lower, ...upper.toReversed()];
  const flat = extrude(outline, depth);
  const at = (x: number, list: readonly PlanePoint[]) => list.findIndex(([px]) => Math.abs(px - x) < 1e-9);
  const n = outline.length;
  const upperIndex = (k: number) => n - 1 - k;
  const quads: number[][] = [];
  for (let k = 0; k < lower.length - 1; k += 1) {
    const [a, b] = [lower[k] as PlanePoint, lower[k + 1] as PlanePoint];
    const [ua, ub] = [at(a[0], upper), at(b[0], upper)];
    const ring = [k, k + 1];
    if (ub >= 0) ring.push(upperIndex(ub));
    if (ua >= 0) ring.push(upperIndex(ua));
    if (ring.length > 2) quads.push(ring);
  }
  const point = (k: number) => outline[k] as PlanePoint;
  const caps = quads.flatMap((ring) => [
    { corners: ring, uvs: ring.map((k) => point(k)), chart: 0 },
    {
      corners: ring.toReversed().map((k) => n + k),
      uvs: ring.toReversed().map((k): PlanePoint => [-point(k)[0], point(k)[1]]),
      chart: 1,
    },
  ]);
  return { points: flat.points, faces: [...caps, ...flat.faces.filter(({ chart }) => chart === 2)] };
}

/** A frame between two outlines with the same number of points. */
function rimOf(outer: readonly PlanePoint[], inner: readonly PlanePoint[], depth: number): Solid {
  const n = outer.length;
  const layers = [outer, inner].flatMap((line) => [depth / 2, -depth / 2].map((z) => ({ line, z })));
  const points = layers.flatMap(({ line, z }) => line.map(([x, y]) => [x, y, z] as const));
  // Layers: 0 outer front, 1 outer back, 2 inner front, 3 inner back.
  const index = (layer: number, k: number) => layer * n + (k % n);
  const faces: Solid["faces"][number][] = [];
  let around = 0;
  for (let k = 0; k < n; k += 1) {
    const length = Math.hypot(
      (outer[(k + 1) % n] as PlanePoint)[0] - (outer[k] as PlanePoint)[0],
      (outer[(k + 1) % n] as PlanePoint)[1] - (outer[k] as PlanePoint)[1],
    );
    const width =
      Math.hypot(
        (outer[k] as PlanePoint)[0] - (inner[k] as PlanePoint)[0],
        (outer[k] as PlanePoint)[1] - (inner[k] as PlanePoint)[1],
      ) + 0.004;
    const strip = (from: number, to: number, chart: number, height: number) =>
      faces.push({
        corners: [index(from, k), index(to, k), index(to, k + 1), index(from, k + 1)],
        uvs: [
          [around, 0],
          [around, -height],
          [around + length, -height],
          [around + length, 0],
        ],
        chart,
      });
    strip(0, 1, 0, depth);
    strip(1, 3, 1, width);
    strip(3, 2, 2, depth);
    strip(2, 0, 3, width);
    around += length;
  }
  return { points, faces };
}
