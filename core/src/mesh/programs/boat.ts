import { box } from "../kit/box.ts";
import { cutCharts } from "../kit/cut-charts.ts";
import { cylinder } from "../kit/lathe.ts";
import { COLOURS, coloured, surface, WOODS } from "../kit/materials.ts";
import { bothSides, move, type Point, type Solid, turn, warp } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf, share } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Rowing or sailing boat, its bow to +Z. */
export const boat = defineProgram({
  category: "boat",
  size: [2.2, 7.5],
  parameters: {
    length: metres(2.4, 5),
    width: share(0.3, 0.42),
    depth: share(0.12, 0.18),
    seats: count(1, 3),
    rig: oneOf("oars", "sail"),
    wood: oneOf(...WOODS),
    hull: oneOf("none", ...COLOUR_NAMES),
    sail: oneOf(...COLOUR_NAMES),
  },
  build(p, builder) {
    const wood = surface(p.wood);
    const l = p.length;
    const d = l * p.depth;
    const half = (at: number) =>
      ((l * p.width) / 2) *
      (at < 0.35
        ? 0.72 + 0.28 * Math.sin((at / 0.35) * (Math.PI / 2))
        : Math.cos((((at - 0.35) / 0.65) * Math.PI) / 2) ** 0.62);
    const sheer = (at: number) => d * (1 + 0.45 * Math.max(0, at - 0.4) ** 2 * 2.4 + 0.08 * (1 - at));
    builder.add(
      "hull",
      p.hull === "none" ? wood : coloured(p.hull, "paint"),
      cutCharts(hullOf(l, half, sheer, d, 0.035)),
      30,
    );
    const rail = (side: number): Solid => {
      const strip = box(0.055, 0.045, l * 0.97, 0.012);
      return warp(subdivided(strip, l), (x, y, z) => {
        const at = Math.min(Math.max(z / l + 0.5, 0), 0.985);
        return [x + side * Math.max(half(at) - 0.012, 0.02), y + sheer(at) - 0.02, z];
      });
    };
    builder.add("rails", wood, [cutCharts(rail(1)), cutCharts(rail(-1))], 40);
    const seat = (at: number): Solid => move(box(half(at) * 1.86, 0.035, 0.2, 0.008), 0, d * 0.68, (at - 0.5) * l);
    builder.add(
      "seats",
      wood,
      Array.from({ length: p.seats }, (_, k) => seat(0.2 + (0.5 * k) / Math.max(p.seats - 1, 1))),
    );
    builder.add("stern", wood, move(box(half(0) * 1.96, d * 0.3, 0.05, 0.01), 0, d * 0.82, -l / 2 + 0.02));
    if (p.rig === "oars") {
      const oar = [cylinder(0.02, l * 0.56, { segments: 10 }), move(box(0.14, l * 0.14, 0.022, 0.008), 0, l * 0.53, 0)];
      const place = (solid: Solid) =>
        bothSides(
          move(
            turn(turn(move(solid, 0, -l * 0.18, 0), "z", -78), "y", 18),
            half(0.45) * 0.98,
            sheer(0.45) + 0.05,
            -l * 0.05,
          ),
        );
      builder.add("oars", wood, oar.flatMap(place));
      return;
    }
    const mast = l * 1.05;
    builder.add("mast", wood, move(cylinder(l * 0.013, mast, { segments: 14, top: l * 0.008 }), 0, d * 0.16, l * 0.1));
    builder.add(
      "boom",
      wood,
      move(turn(cylinder(l * 0.009, l * 0.5, { segments: 12 }), "x", -90), 0, d * 1.75, l * 0.1),
    );
    builder.add("sail", coloured(p.sail, "fabric"), sailOf(l, d, mast), 60);
  },
});

/** A hull with a hollow: outer skin, rim and inner skin, from the stern (0) to the bow (1). */
function hullOf(
  l: number,
  half: (at: number) => number,
  sheer: (at: number) => number,
  depth: number,
  wall: number,
): Solid {
  const stations = 14;
  const ribs = 8;
  const points: Point[] = [];
  const row = (at: number, inner: boolean): number[] => {
    const keel = depth * (0.12 + 0.85 * Math.max(0, at - 0.62) ** 2 * 2.2);
    const wide = Math.max(half(at) - (inner ? wall : 0), 0.012);
    const top = sheer(at) - 0.01;
    const low = inner ? Math.min(keel + wall, top - 0.03) : keel - 0.1 * depth;
    const z = (at - 0.5) * l + (inner ? (at < 0.5 ? wall : -wall * 1.5) : 0);
    return Array.from({ length: ribs + 1 }, (_, k) => {
      const angle = (k / ribs) * Math.PI;
      const x = -Math.cos(angle);
      const round = Math.sign(x) * Math.abs(x) ** 0.75;
      return points.push([round * wide, top - (top - low) * Math.sin(angle) ** 0.8, z]) - 1;
    });
  };
  const at = Array.from({ length: stations + 1 }, (_, k) => (k / stations) * 0.99);
  const outer = at.map((share) => row(share, false));
  const inner = at.map((share) => row(share, true));
  const faces: Solid["faces"][number][] = [];
  // The charts are cut by shape afterwards.
  const add = (corners: number[]) => faces.push({ corners, uvs: corners.map(() => [0, 0] as const), chart: 0 });
  for (let s = 0; s < stations; s += 1) {
    for (let k = 0; k < ribs; k += 1) {
      const [a, b, c, e] = [outer[s]?.[k], outer[s]?.[k + 1], outer[s + 1]?.[k + 1], outer[s + 1]?.[k]] as [
        number,
        number,
        number,
        number,
      ];
      add([b, c, e, a]);
      const [f, g, i, j] = [inner[s]?.[k], inner[s]?.[k + 1], inner[s + 1]?.[k + 1], inner[s + 1]?.[k]] as [
        number,
        number,
        number,
        number,
      ];
      add([f, j, i, g]);
    }
  }
  const strip = (line: [number, number][]) => {
    for (let k = 0; k < line.length - 1; k += 1) {
      const [[a, b], [c, e]] = [line[k], line[k + 1]] as [[number, number], [number, number]];
      add([a, c, e, b]);
    }
  };
  const pair = (s: number, k: number): [number, number] => [outer[s]?.[k] as number, inner[s]?.[k] as number];
  const stationsUp = Array.from({ length: stations + 1 }, (_, s) => s);
  const ribsUp = Array.from({ length: ribs + 1 }, (_, k) => k);
  strip(stationsUp.toReversed().map((s) => pair(s, ribs)));
  strip(stationsUp.map((s) => pair(s, 0)));
  strip(ribsUp.toReversed().map((k) => pair(0, k)));
  strip(ribsUp.map((k) => pair(stations, k)));
  return { points, faces: orient(points, faces) };
}

/** Turns all faces over if they enclose a negative volume. */
function orient(points: readonly Point[], faces: readonly Solid["faces"][number][]): Solid["faces"] {
  let volume = 0;
  for (const { corners } of faces) {
    for (let k = 1; k < corners.length - 1; k += 1) {
      const [a, b, c] = [
        points[corners[0] as number],
        points[corners[k] as number],
        points[corners[k + 1] as number],
      ] as [Point, Point, Point];
      volume +=
        a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
    }
  }
  if (volume > 0) return faces;
  return faces.map(({ corners, uvs, chart }) => ({
    corners: corners.toReversed(),
    uvs: uvs.toReversed().map(([u, v]) => [-u, v] as const),
    chart,
  }));
}

/** A strip along z cut into pieces so that it can follow a curve: the box's long faces are divided. */
function subdivided(strip: Solid, length: number): Solid {
  const [xs, ys] = [strip.points.map(([x]) => x), strip.points.map(([, y]) => y)];
  const [w, h, half] = [Math.max(...xs), Math.max(...ys), (length * 0.97) / 2];
  const ring: [number, number][] = [
    [-w, 0],
    [w, 0],
    [w, h],
    [-w, h],
  ];
  const pieces = 16;
  const points: Point[] = [];
  for (let s = 0; s <= pieces; s += 1) for (const [x, y] of ring) points.push([x, y, -half + (2 * half * s) / pieces]);
  const faces: Solid["faces"][number][] = [];
  for (let k = 0; k < 4; k += 1) {
    const next = (k + 1) % 4;
    const wide = k % 2 === 0 ? 2 * w : h;
    for (let s = 0; s < pieces; s += 1) {
      const [low, high] = [(2 * half * s) / pieces, (2 * half * (s + 1)) / pieces];
      faces.push({
        corners: [s * 4 + k, s * 4 + next, s * 4 + 4 + next, s * 4 + 4 + k].toReversed(),
        uvs: [
          [0, low],
          [wide, low],
          [wide, high],
          [0, high],
        ]
          .map(([u, v]) => [-(u as number), v as number] as const)
          .toReversed(),
        chart: k,
      });
    }
  }
  const cap = (base: number, order: number[], chart: number) =>
    faces.push({ corners: order.map((k) => base + k), uvs: order.map((k) => ring[k] as [number, number]), chart });
  cap(0, [0, 1, 2, 3], 4);
  cap(pieces * 4, [3, 2, 1, 0], 5);
  return { points, faces: orient(points, faces) };
}

/** A bellied triangle of cloth between mast and boom. */
function sailOf(l: number, d: number, mast: number): Solid {
  const rows = 7;
  const columns = 6;
  const thick = 0.012;
  const grid = (side: number): Point[] =>
    Array.from({ length: (rows + 1) * (columns + 1) }, (_, at) => {
      const [row, column] = [Math.floor(at / (columns + 1)), at % (columns + 1)];
      const up = (row / rows) * 0.96;
      const back = (column / columns) * (1 - up);
      const belly = l * 0.09 * Math.sin(Math.PI * (column / columns)) * Math.sin(Math.PI * (0.12 + up * 0.8));
      return [belly + side * thick, d * 1.9 + up * (mast - d * 2), l * 0.085 - back * l * 0.47];
    });
  const points = [...grid(0.5), ...grid(-0.5)];
  const n = (rows + 1) * (columns + 1);
  const index = (row: number, column: number) => row * (columns + 1) + column;
  const faces: Solid["faces"][number][] = [];
  const uv = (k: number, flip: number) => [flip * -(points[k] as Point)[2], (points[k] as Point)[1]] as const;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const quad = [index(row, column), index(row, column + 1), index(row + 1, column + 1), index(row + 1, column)];
      faces.push({ corners: quad, uvs: quad.map((k) => uv(k, 1)), chart: 0 });
      const back = quad.toReversed().map((k) => n + k);
      faces.push({ corners: back, uvs: back.map((k) => uv(k, -1)), chart: 1 });
    }
  }
  const rim = [
    ...Array.from({ length: columns }, (_, k) => index(0, k)),
    ...Array.from({ length: rows }, (_, k) => index(k, columns)),
    ...Array.from({ length: columns }, (_, k) => index(rows, columns - k)),
    ...Array.from({ length: rows }, (_, k) => index(rows - k, 0)),
  ];
  let along = 0;
  rim.forEach((k, at) => {
    const next = rim[(at + 1) % rim.length] as number;
    const [a, b] = [points[k] as Point, points[next] as Point];
    const length = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
    faces.push({
      corners: [next, k, n + k, n + next],
      uvs: [
        [along + length, 0],
        [along, 0],
        [along, -thick],
        [along + length, -thick],
      ],
      chart: 2,
    });
    along += length;
  });
  return { points, faces: orient(points, faces) };
}
