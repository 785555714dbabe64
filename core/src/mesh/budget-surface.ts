import { coarsenGrid } from "./coarsen-grid.ts";
import type { DistanceGrid } from "./distance-grid.ts";
import { extractSurface } from "./extract-surface.ts";
import { makeGridSurface } from "./grid-surface.ts";
import { largestComponent } from "./largest-component.ts";
import type { Mesh } from "./mesh.ts";
import { simplify } from "./simplify.ts";
import { splitEdges } from "./split-edges.ts";

/** A surface with too many tunnels for its triangles is taken again from a grid with cells so many times as long. */
const COARSER = 1.25;

/**
 * Gives a grid's surface with `targetTriangles` or one fewer, closed and manifold: a dense one is simplified, a coarse one has its
 * longest edges halved onto the grid's surface.
 *
 * A surface cannot have fewer triangles than its tunnels need. Where that stands in the way, the grid is coarsened until they have closed.
 *
 * @param dense the largest piece of the grid's surface
 * @param targetTriangles 8 or more
 */
export function budgetSurface(dense: Mesh, grid: DistanceGrid, targetTriangles: number): Mesh {
  let [mesh, used] = [simplify(dense, targetTriangles), grid];
  while (mesh.indices.length / 3 > targetTriangles) {
    const coarser = coarsenGrid(used, COARSER);
    if (coarser.values.length >= used.values.length) return mesh;
    used = coarser;
    mesh = simplify(largestComponent(extractSurface(used)), targetTriangles);
  }
  if (mesh.indices.length / 3 >= targetTriangles - 1) return mesh;
  return splitEdges(mesh, targetTriangles, makeGridSurface(used));
}
