/**
 * How the surface passes through one cell of a grid, for each of the 256 ways its corners can be inside or outside.
 *
 * Corner c stands at (c & 1, c >> 1 & 1, c >> 2 & 1). Edges 0-3 run along x at (y, z) = (0,0) (1,0) (0,1) (1,1), 4-7 along y at
 * (x, z), 8-11 along z at (x, y), each in the same order.
 */
export interface CellPatches {
  /** Number of separate patches of surface in the cell. */
  readonly count: number;
  /** Patch that crosses each edge, -1 = the surface does not cross it, [12]. */
  readonly patchOfEdge: Int8Array;
  /** Edge that the surface leads to from each edge over each face, -1 = none, [12, 3 axes of the face's normal]. */
  readonly partner: Int8Array;
  /** Whether all four edges of a face are crossed: bit = 2 × axis + (1 for the upper face). */
  readonly ambiguousFaces: number;
}

/** Corners at the ends of each edge, lower first, [12][2]. */
export const EDGE_CORNERS: readonly (readonly [number, number])[] = [0, 1, 2].flatMap((axis) =>
  [0, 1, 2, 3].map((place): [number, number] => {
    const low = (1 << axis) ^ 7;
    const bits = [1, 2, 4].filter((bit) => (low & bit) !== 0);
    const corner = (place & 1 ? (bits[0] as number) : 0) | (place & 2 ? (bits[1] as number) : 0);
    return [corner, corner | (1 << axis)];
  }),
);

function edgeBetween(a: number, b: number): number {
  return EDGE_CORNERS.findIndex(([low, high]) => low === Math.min(a, b) && high === Math.max(a, b));
}

function patchesOf(inside: number): CellPatches {
  const isInside = (corner: number) => ((inside >> corner) & 1) === 1;
  const partner = new Int8Array(36).fill(-1);
  let ambiguousFaces = 0;
  for (let axis = 0; axis < 3; axis += 1) {
    for (let side = 0; side < 2; side += 1) {
      const [u, v] = [1 << ((axis + 1) % 3), 1 << ((axis + 2) % 3)];
      const base = side << axis;
      const ring = [base, base | u, base | u | v, base | v];
      const edges = ring.map((corner, at) => edgeBetween(corner, ring[(at + 1) % 4] as number));
      const crossed = [0, 1, 2, 3].filter(
        (at) => isInside(ring[at] as number) !== isInside(ring[(at + 1) % 4] as number),
      );
      const pair = (a: number, b: number) => {
        partner[(edges[a] as number) * 3 + axis] = edges[b] as number;
        partner[(edges[b] as number) * 3 + axis] = edges[a] as number;
      };
      if (crossed.length === 2) pair(crossed[0] as number, crossed[1] as number);
      if (crossed.length === 4) {
        ambiguousFaces |= 1 << (2 * axis + side);
        // Corners inside are kept apart: a rule that only looks at the face, so that both cells at it agree.
        for (let at = 0; at < 4; at += 1) if (isInside(ring[at] as number)) pair((at + 3) % 4, at);
      }
    }
  }
  const patchOfEdge = new Int8Array(12).fill(-1);
  let count = 0;
  for (let edge = 0; edge < 12; edge += 1) {
    const [low, high] = EDGE_CORNERS[edge] as readonly [number, number];
    if (isInside(low) === isInside(high) || patchOfEdge[edge] !== -1) continue;
    const open = [edge];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      patchOfEdge[at] = count;
      for (let axis = 0; axis < 3; axis += 1) {
        const next = partner[at * 3 + axis] as number;
        if (next >= 0 && patchOfEdge[next] === -1) open.push(next);
      }
    }
    count += 1;
  }
  return { count, patchOfEdge, partner, ambiguousFaces };
}

/** Patches by the set of corners inside (bit c = corner c). */
export const CELL_PATCHES: readonly CellPatches[] = Array.from({ length: 256 }, (_, inside) => patchesOf(inside));
