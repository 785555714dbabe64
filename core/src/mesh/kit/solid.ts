/** x, y, z, metres. */
export type Point = readonly [number, number, number];

/** A flat, convex side of a solid. */
export interface Face {
  /** Vertices, counter-clockwise seen from outside. */
  readonly corners: readonly number[];
  /** Place of each corner in its chart's plane, metres, seen from outside with v up. */
  readonly uvs: readonly (readonly [number, number])[];
  /** Charts of a solid are numbered from 0; the faces of one lie side by side without overlap. */
  readonly chart: number;
}

/** A closed body of the parts kit: faces over shared vertices, with charts for its texture. */
export interface Solid {
  readonly points: readonly Point[];
  readonly faces: readonly Face[];
  /** Makes the same body with up to so many times as many faces around and along what is round; absent = nothing is. */
  readonly finer?: (times: number) => Solid;
}

/** Gives a solid with every point moved by a function that keeps neighbours neighbours; charts stay as they were. */
export function warp(solid: Solid, move: (x: number, y: number, z: number) => Point): Solid {
  return changed(solid, ({ points, faces }) => ({ points: points.map(([x, y, z]) => move(x, y, z)), faces }));
}

/** Gives a solid made of another, now and whenever a finer one is asked for. */
export function changed(solid: Solid, change: (solid: Solid) => Solid): Solid {
  const { finer } = solid;
  return { ...change(solid), ...(finer !== undefined && { finer: (times) => changed(finer(times), change) }) };
}

/** Moves a solid. */
export function move(solid: Solid, x: number, y: number, z: number): Solid {
  return warp(solid, (px, py, pz) => [px + x, py + y, pz + z]);
}

/** Turns a solid about an axis through the origin, counter-clockwise seen from the axis' tip. */
export function turn(solid: Solid, axis: "x" | "y" | "z", degrees: number): Solid {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return warp(solid, (x, y, z) => {
    if (axis === "x") return [x, y * cos - z * sin, y * sin + z * cos];
    if (axis === "y") return [x * cos + z * sin, y, -x * sin + z * cos];
    return [x * cos - y * sin, x * sin + y * cos, z];
  });
}

/** Stretches a solid; all factors above 0. */
export function stretch(solid: Solid, x: number, y: number, z: number): Solid {
  return warp(solid, (px, py, pz) => [px * x, py * y, pz * z]);
}

/** Narrows a solid that stands on y = 0 towards its top: there its width and depth are these parts of what they were. */
export function taper(solid: Solid, width: number, depth: number): Solid {
  const height = Math.max(...solid.points.map(([, y]) => y));
  return warp(solid, (x, y, z) => [x * (1 + (width - 1) * (y / height)), y, z * (1 + (depth - 1) * (y / height))]);
}

/** Puts copies of a solid at the four corners ±x, ±z, each mirrored into its quarter so that outsides stay outside. */
export function atCorners(solid: Solid, x: number, z: number): Solid[] {
  return [
    move(solid, x, 0, z),
    move(mirrorX(solid), -x, 0, z),
    move(mirrorX(turn(solid, "y", 180)), x, 0, -z),
    move(turn(solid, "y", 180), -x, 0, -z),
  ];
}

/** Mirrors a solid at x = 0. */
export function mirrorX(solid: Solid): Solid {
  return changed(solid, ({ points, faces }) => ({
    points: points.map(([x, y, z]) => [-x, y, z]),
    faces: faces.map(({ corners, uvs, chart }) => ({
      corners: corners.toReversed(),
      uvs: uvs.toReversed().map(([u, v]) => [-u, v] as const),
      chart,
    })),
  }));
}

/** Gives a solid and its mirror image at x = 0. */
export function bothSides(solid: Solid): Solid[] {
  return [solid, mirrorX(solid)];
}
