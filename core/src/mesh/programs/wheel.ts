import { box } from "../kit/box.ts";
import { cylinder, ring } from "../kit/lathe.ts";
import { move, type Solid, turn } from "../kit/solid.ts";

/** Solids of a spoked wheel, its axle along X through the origin. */
export interface SpokedWheel {
  readonly rim: Solid;
  readonly tyre: Solid;
  readonly hub: Solid;
  readonly spokes: readonly Solid[];
}

/** Makes a cart wheel: rim, tyre, hub and spokes. */
export function spokedWheel(radius: number, width: number, spokes: number): SpokedWheel {
  const across = (solid: Solid, wide: number) => turn(move(solid, 0, -wide / 2, 0), "z", -90);
  const spoke = box(width * 0.5, radius * 0.9, radius * 0.085, 0.004);
  return {
    rim: across(ring(radius * 0.97, radius * 0.82, width, { segments: 32, bevel: width * 0.12 }), width),
    tyre: across(ring(radius, radius * 0.955, width * 0.9, { segments: 32 }), width * 0.9),
    hub: across(cylinder(radius * 0.16, width * 1.8, { segments: 18, bevel: width * 0.2 }), width * 1.8),
    spokes: Array.from({ length: spokes }, (_, at) => turn(move(spoke, 0, 0.001, 0), "x", (at * 360) / spokes)),
  };
}
