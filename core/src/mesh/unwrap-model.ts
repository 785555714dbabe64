import { growCharts } from "./grow-charts.ts";
import { type Corners, indexCorners, splitCorners } from "./index-corners.ts";
import type { Model } from "./mesh.ts";
import { type PackChartsOptions, packCharts } from "./pack-charts.ts";
import { creasedNormals } from "./smooth-normals.ts";

/** A model with one texture space for all parts, and where its corners were in the old textures. */
export interface UnwrappedModel {
  readonly model: Model;
  /** Old texture coordinates of the new vertices of each part, [vertices, 2]; undefined for a part that had none. */
  readonly oldUvs: readonly (Float32Array | undefined)[];
}

/**
 * Gives all parts of a model texture coordinates that nowhere overlap, at one scale in one texture. Positions stay, and normals where
 * there are any.
 */
export function unwrapModel(model: Model, options: PackChartsOptions = {}): UnwrappedModel {
  const charts = model.parts.map(({ mesh }) => growCharts(mesh));
  const corners = charts.reduce((sum, { chartOf }) => sum + chartOf.length * 3, 0);
  const flat = new Float64Array(corners * 2);
  const chartOf = new Uint32Array(corners / 3);
  let [corner, first] = [0, 0];
  for (const one of charts) {
    flat.set(one.flat, corner * 2);
    let most = 0;
    one.chartOf.forEach((chart, triangle) => {
      chartOf[corner / 3 + triangle] = first + chart;
      most = Math.max(most, chart + 1);
    });
    corner += one.chartOf.length * 3;
    first += most;
  }
  const uvs = packCharts(flat, chartOf, options);
  let start = 0;
  const oldUvs: (Float32Array | undefined)[] = [];
  const parts = model.parts.map((part, at) => {
    const loose = splitCorners(part.mesh);
    const end = start + (charts[at]?.chartOf.length ?? 0) * 6;
    const own = uvs.slice(start, end);
    start = end;
    const normals = loose.normals ?? creasedNormals(loose.positions, 40);
    // The old coordinates travel as tangents, so that a vertex has one pair of them only.
    const carried: Corners = {
      positions: loose.positions,
      normals,
      uvs: own,
      ...(loose.uvs !== undefined && { tangents: widened(loose.uvs) }),
    };
    const { tangents, ...mesh } = indexCorners(carried);
    oldUvs.push(tangents?.filter((_, place) => place % 4 < 2));
    return { ...part, mesh };
  });
  return { model: { ...model, parts }, oldUvs };
}

function widened(uvs: Float32Array): Float32Array {
  const rows = new Float32Array(uvs.length * 2);
  for (let at = 0; at < uvs.length; at += 2) {
    rows[at * 2] = uvs[at] as number;
    rows[at * 2 + 1] = uvs[at + 1] as number;
  }
  return rows;
}
