import { growCharts } from "./grow-charts.ts";
import { indexCorners, splitCorners } from "./index-corners.ts";
import type { Mesh } from "./mesh.ts";
import { type PackChartsOptions, packCharts } from "./pack-charts.ts";

/**
 * Gives a mesh texture coordinates that nowhere overlap: it is cut into charts that are nearly flat, each is laid flat along its
 * mean normal, and all are packed at one scale. Vertices on the cuts are split; positions and normals stay.
 *
 * The npm builds of xatlas (the usual library) were weighed: xatlas-web stands still since 2024, xatlas-three is made for three.js' own
 * geometries, and none promises the same charts from one release to the next.
 */
export function unwrap(mesh: Mesh, options: PackChartsOptions = {}): Mesh {
  const { flat, chartOf } = growCharts(mesh);
  const { tangents: _, ...corners } = splitCorners(mesh);
  return indexCorners({ ...corners, uvs: packCharts(flat, chartOf, options) });
}
