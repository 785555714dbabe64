import { growCharts } from "./grow-charts.ts";
import { indexCorners, splitCorners } from "./index-corners.ts";
import type { Mesh } from "./mesh.ts";
import { type PackChartsOptions, packCharts } from "./pack-charts.ts";

/**
 * Gives a mesh texture coordinates that nowhere overlap: it is cut into charts that are nearly flat, each is laid flat along its
 * mean normal, and all are packed at one scale. Vertices on the cuts are split; positions and normals stay.
 *
 * The npm builds of xatlas (the usual library) were weighed: the one that is kept up needs three.js, the others stand still since
 * 2024 or before.
 */
export function unwrap(mesh: Mesh, options: PackChartsOptions = {}): Mesh {
  const { flat, chartOf } = growCharts(mesh);
  const { tangents: _, ...corners } = splitCorners(mesh);
  return indexCorners({ ...corners, uvs: packCharts(flat, chartOf, options) });
}
