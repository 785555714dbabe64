import { indexCorners } from "../index-corners.ts";
import type { Material, Model } from "../mesh.ts";
import { type PackChartsOptions, packCharts } from "../pack-charts.ts";
import { CREASE_DEGREES, creasedNormals } from "../smooth-normals.ts";
import type { Face, Solid } from "./solid.ts";

interface BuiltPart {
  name: string;
  material: number;
  solids: readonly Solid[];
  creaseDegrees: number;
}

/** Parts with creases of fewer degrees are faceted on purpose: stones, staves, clumps of leaves. */
const FACETED = 25;

/** Options of {@link ModelBuilder.finish}. */
export interface FinishOptions extends PackChartsOptions {
  /** How many times as many faces what is round may have around and along; 1 = as built. */
  finer?: number;
}

/** Collects named parts of solids and makes a model of them. */
export class ModelBuilder {
  readonly #materials: Material[] = [];
  readonly #parts: BuiltPart[] = [];

  /** Adds a part; edges that turn by more than `creaseDegrees` stay sharp. */
  add(
    name: string,
    material: Material,
    solids: Solid | readonly Solid[],
    creaseDegrees: number = CREASE_DEGREES,
  ): void {
    let index = this.#materials.findIndex((known) => known.name === material.name);
    if (index < 0) index = this.#materials.push(material) - 1;
    const list = "faces" in solids ? [solids] : solids;
    if (list.length > 0) this.#parts.push({ name, material: index, solids: list, creaseDegrees });
  }

  /** Counts the triangles that the model has when its round parts have up to so many times as many faces. */
  countTriangles(finer = 1): number {
    let triangles = 0;
    for (const part of this.#parts)
      for (const { faces } of finerSolids(part, finer))
        for (const { corners } of faces) triangles += corners.length - 2;
    return triangles;
  }

  /** Makes the model: set down on y = 0, centred in x and z, all charts packed into one texture. */
  finish(name: string, { finer = 1, ...options }: FinishOptions = {}): Model {
    const flats: number[] = [];
    const charts: number[] = [];
    const parts = this.#parts.map((part) => {
      const positions: number[] = [];
      const firstCorner = flats.length / 2;
      for (const solid of finerSolids(part, finer)) {
        const base = (charts.at(-1) ?? -1) + 1;
        const numbers = new Map(
          [...new Set(solid.faces.map(({ chart }) => chart))].map((chart, at) => [chart, base + at]),
        );
        const byChart = solid.faces.toSorted(
          (a, b) => (numbers.get(a.chart) as number) - (numbers.get(b.chart) as number),
        );
        for (const face of byChart) {
          for (const corner of triangles(face)) {
            positions.push(...(solid.points[face.corners[corner] as number] as Solid["points"][number]));
            flats.push(...(face.uvs[corner] as Face["uvs"][number]));
          }
          for (let t = 0; t < face.corners.length - 2; t += 1) charts.push(numbers.get(face.chart) as number);
        }
      }
      return { positions: Float32Array.from(positions), firstCorner };
    });
    const uvs = packCharts(Float64Array.from(flats), Uint32Array.from(charts), options);
    setDown(parts.map(({ positions }) => positions));
    return {
      name,
      materials: this.#materials,
      parts: parts.map(({ positions, firstCorner }, at) => {
        const { name: partName, material, creaseDegrees } = this.#parts[at] as BuiltPart;
        const normals = creasedNormals(positions, creaseDegrees);
        const own = uvs.slice(firstCorner * 2, firstCorner * 2 + (positions.length / 3) * 2);
        return { name: partName, material, mesh: indexCorners({ positions, normals, uvs: own }) };
      }),
    };
  }
}

function finerSolids({ solids, creaseDegrees }: BuiltPart, times: number): readonly Solid[] {
  if (times === 1 || creaseDegrees < FACETED) return solids;
  return solids.map((solid) => solid.finer?.(times) ?? solid);
}

/** Corners of a face's triangles: a fan, for a quad along its shorter diagonal in the chart. */
function triangles({ corners, uvs }: Face): number[] {
  if (corners.length === 4) {
    const across = (a: number, b: number) =>
      Math.hypot((uvs[a]?.[0] as number) - (uvs[b]?.[0] as number), (uvs[a]?.[1] as number) - (uvs[b]?.[1] as number));
    return across(0, 2) <= across(1, 3) ? [0, 1, 2, 0, 2, 3] : [0, 1, 3, 1, 2, 3];
  }
  return Array.from({ length: corners.length - 2 }, (_, k) => [0, k + 1, k + 2]).flat();
}

function setDown(parts: readonly Float32Array[]): void {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const positions of parts) {
    positions.forEach((value, at) => {
      low[at % 3] = Math.min(low[at % 3] as number, value);
      high[at % 3] = Math.max(high[at % 3] as number, value);
    });
  }
  const shift = [0, 1, 2].map((k) => (k === 1 ? (low[1] as number) : ((low[k] as number) + (high[k] as number)) / 2));
  for (const positions of parts) {
    for (let at = 0; at < positions.length; at += 1)
      positions[at] = (positions[at] as number) - (shift[at % 3] as number);
  }
}
