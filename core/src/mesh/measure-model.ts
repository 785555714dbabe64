import { measureTopology } from "./measure-topology.ts";
import type { Model } from "./mesh.ts";

/** Size and kind of a whole model. */
export interface ModelMeasures {
  readonly triangles: number;
  readonly vertices: number;
  /** Lowest and highest corner of its box, metres. */
  readonly low: readonly [number, number, number];
  readonly high: readonly [number, number, number];
  /** Extent along x, y, z, metres. */
  readonly size: readonly [number, number, number];
}

/** Measures a model; one without vertices has no size. */
export function measureModel({ parts }: Model): ModelMeasures {
  const low: [number, number, number] = [Infinity, Infinity, Infinity];
  const high: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  let triangles = 0;
  let vertices = 0;
  for (const { mesh } of parts) {
    triangles += mesh.indices.length / 3;
    vertices += mesh.positions.length / 3;
    for (let at = 0; at < mesh.positions.length; at += 3) {
      for (let k = 0; k < 3; k += 1) {
        const value = mesh.positions[at + k] as number;
        if (value < (low[k] as number)) low[k] = value;
        if (value > (high[k] as number)) high[k] = value;
      }
    }
  }
  if (vertices === 0) return { triangles, vertices, low: [0, 0, 0], high: [0, 0, 0], size: [0, 0, 0] };
  return { triangles, vertices, low, high, size: [high[0] - low[0], high[1] - low[1], high[2] - low[2]] };
}

/**
 * Counts the edges of a model that have one triangle only, 0 = watertight. Vertices at one place are one, whatever part they belong to: a
 * cup whose inside has another material than its outside is closed, though neither part is.
 */
export function countOpenEdges({ parts }: Model): number {
  const positions = new Float32Array(parts.reduce((sum, { mesh }) => sum + mesh.positions.length, 0));
  const indices = new Uint32Array(parts.reduce((sum, { mesh }) => sum + mesh.indices.length, 0));
  let [place, corner] = [0, 0];
  for (const { mesh } of parts) {
    positions.set(mesh.positions, place);
    indices.set(
      mesh.indices.map((vertex) => vertex + place / 3),
      corner,
    );
    place += mesh.positions.length;
    corner += mesh.indices.length;
  }
  return measureTopology({ positions, indices }).boundaryEdges;
}
