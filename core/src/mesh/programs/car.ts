import { box } from "../kit/box.ts";
import { extrude, type PlanePoint } from "../kit/extrude.ts";
import { cylinder, ring } from "../kit/lathe.ts";
import { COLOURS, coloured, glowing, surface, tinted } from "../kit/materials.ts";
import { bothSides, move, type Solid, turn, warp } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf, share } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Car, its front to +Z: saloon, hatchback, van or pickup, stylised. */
export const car = defineProgram({
  category: "car",
  size: [3, 5.3],
  parameters: {
    length: metres(3.2, 5),
    width: share(0.4, 0.46),
    height: share(0.3, 0.4),
    kind: oneOf("saloon", "hatchback", "van", "pickup"),
    wheel: share(0.2, 0.25),
    spokes: count(5, 8),
    colour: oneOf(...COLOUR_NAMES),
    rack: oneOf("no", "yes"),
  },
  build(p, builder) {
    const l = p.length;
    const w = l * Math.min(p.width, 1.95 / l);
    const h = l * p.height * (p.kind === "van" ? 1.12 : 1);
    const r = h * p.wheel;
    const paint = coloured(p.colour, "lacquer");
    const sill = r * 0.62;
    const belt = sill + (h - sill) * 0.5;
    // Side view: x runs from the tail (-) to the nose (+).
    const [tail, nose] = [-l / 2, l / 2];
    const lower: PlanePoint[] = [
      [tail + 0.06, sill],
      [nose - 0.1, sill],
      [nose, sill + 0.12],
      [nose - 0.02, belt * 0.86],
      [nose - l * 0.06, belt * 0.95],
      [l * 0.18, belt + 0.015],
      [tail + l * 0.06, belt + 0.015],
      [tail, belt * 0.92],
      [tail, sill + 0.1],
    ];
    const along = (outline: PlanePoint[], wide: number, bevel: number) => turn(extrude(outline, wide, bevel), "y", -90);
    builder.add("body", paint, along(lower, w, 0.07), 30);
    const glassEnd: Record<typeof p.kind, [number, number]> = {
      saloon: [-0.36, -0.22],
      hatchback: [-0.46, -0.4],
      van: [-0.485, -0.475],
      pickup: [-0.08, -0.06],
    };
    const [back, roofBack] = glassEnd[p.kind];
    const [front, roofFront] = p.kind === "van" ? [0.34, 0.24] : [0.23, 0.08];
    const narrow = (solid: Solid) =>
      warp(solid, (x, y, z) => [x * (1 - 0.2 * Math.max(0, (y - belt) / (h - belt))), y, z]);
    const cabin: PlanePoint[] = [
      [back * l, belt - 0.03],
      [front * l, belt - 0.03],
      [roofFront * l, h - 0.05],
      [roofBack * l, h - 0.05],
    ];
    const glass = { ...tinted("window glass", "26323d"), roughness: 0.06 };
    builder.add("glass", glass, narrow(along(cabin, w * 0.93, 0.03)), 30);
    const roof: PlanePoint[] = [
      [roofBack * l - 0.03, h - 0.07],
      [roofFront * l + 0.03, h - 0.07],
      [roofFront * l - 0.04, h],
      [roofBack * l + 0.06, h],
    ];
    builder.add("roof", paint, narrow(along(roof, w * 0.955, 0.025)), 30);
    // Pillars: at the windscreen, between the doors, at the tail.
    const pillar = (low: number, high: number, thick: number) => {
      const outline: PlanePoint[] = [
        [low - thick, belt - 0.02],
        [low + thick, belt - 0.02],
        [high + thick * 0.8, h - 0.06],
        [high - thick * 0.8, h - 0.06],
      ];
      return bothSides(narrow(move(along(outline, 0.05, 0.006), w * 0.465 - 0.006, 0, 0)));
    };
    const middle = ((back + front) / 2) * l;
    const pillars = [
      ...pillar(front * l - 0.05, roofFront * l - 0.03, 0.045),
      ...pillar(back * l + 0.09, roofBack * l + 0.07, 0.07),
    ];
    if (p.kind !== "pickup") pillars.push(...pillar(middle, middle - 0.02, 0.045));
    if (p.kind === "van") pillars.push(...pillar(back * 0.55 * l, back * 0.55 * l, 0.22));
    builder.add("pillars", paint, pillars, 30);
    const [axleFront, axleBack] = [l * 0.31, -l * 0.3];
    const tyre = turn(move(ring(r, r * 0.62, r * 0.62, { segments: 28, bevel: r * 0.1 }), 0, -r * 0.31, 0), "z", -90);
    const disc = turn(move(cylinder(r * 0.63, r * 0.5, { segments: 28, bevel: 0.01 }), 0, -r * 0.25, 0), "z", -90);
    const spoke = box(r * 0.56, r * 0.5, r * 0.15, 0.008);
    const at = (solid: Solid) => [axleFront, axleBack].flatMap((z) => bothSides(move(solid, w / 2 - r * 0.2, r, z)));
    builder.add("tyres", surface("rubber"), at(tyre));
    builder.add(
      "wheel wells",
      tinted("dark", "17181b"),
      at(turn(move(cylinder(r * 1.16, r * 0.5, { segments: 28 }), 0, -r * 0.3, 0), "z", -90)),
    );
    builder.add("discs", surface("iron"), at(disc));
    builder.add(
      "spokes",
      surface("steel"),
      Array.from({ length: p.spokes }, (_, k) => turn(move(spoke, 0, r * 0.05, 0), "x", (k * 360) / p.spokes)).flatMap(
        at,
      ),
    );
    const trim = tinted("trim", "2a2c30", 0.6);
    builder.add("bumpers", trim, [
      move(box(w * 0.97, 0.15, 0.16, 0.04), 0, sill + 0.02, nose - 0.06),
      move(box(w * 0.97, 0.15, 0.16, 0.04), 0, sill + 0.02, tail + 0.05),
    ]);
    builder.add("grille", trim, move(box(w * 0.44, 0.13, 0.05, 0.015), 0, belt * 0.86 - 0.2, nose - 0.012));
    const light = turn(cylinder(0.095, 0.06, { segments: 18, bevel: 0.012 }), "x", 90);
    builder.add(
      "headlights",
      glowing("headlight", "fff3d0"),
      bothSides(move(light, w * 0.36, belt * 0.86 - 0.13, nose - 0.045)),
    );
    builder.add(
      "tail lights",
      glowing("tail light", "c02020"),
      bothSides(move(box(0.2, 0.1, 0.05, 0.012), w * 0.37, belt * 0.74, tail + 0.005)),
    );
    builder.add(
      "handles",
      surface("steel"),
      bothSides(move(box(0.03, 0.025, 0.16, 0.006), w / 2 + 0.006, belt - 0.12, middle - 0.1)),
    );
    builder.add(
      "mirrors",
      paint,
      bothSides(move(box(0.13, 0.11, 0.08, 0.025), w / 2 + 0.02, belt + 0.02, front * l - 0.18)),
    );
    if (p.kind === "pickup") {
      builder.add("bed", trim, move(box(w * 0.86, 0.03, l * 0.36, 0), 0, belt + 0.006, -l * 0.285));
      builder.add("bed rails", paint, [
        ...bothSides(move(box(0.07, 0.14, l * 0.38, 0.02), w * 0.455, belt + 0.002, -l * 0.29)),
        move(box(w * 0.84, 0.14, 0.07, 0.02), 0, belt + 0.002, tail + 0.06),
      ]);
    }
    if (p.rack === "yes" && p.kind !== "pickup") {
      const run = (roofFront - roofBack) * l * 0.8;
      const z = ((roofFront + roofBack) / 2) * l;
      builder.add("rack", trim, [
        ...bothSides(move(box(0.035, 0.035, run, 0.01), w * 0.33, h + 0.03, z)),
        ...[-0.4, 0, 0.4].map((k) => move(box(w * 0.68, 0.05, 0.03, 0.008), 0, h - 0.008, z + k * run)),
      ]);
    }
  },
});
