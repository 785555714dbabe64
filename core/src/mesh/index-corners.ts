import { gather } from "./gather.ts";
import type { Mesh } from "./mesh.ts";
import { weldVertices } from "./weld.ts";

/** Attributes of each corner of each triangle. */
export interface Corners {
  /** [triangles × 3, 3] */
  readonly positions: Float32Array;
  /** [triangles × 3, 3] */
  readonly normals?: Float32Array;
  /** [triangles × 3, 2] */
  readonly uvs?: Float32Array;
  /** [triangles × 3, 4] */
  readonly tangents?: Float32Array;
}

const WIDTHS = { positions: 3, normals: 3, uvs: 2, tangents: 4 } as const;

/** Gives each corner of each triangle its own attributes. */
export function splitCorners(mesh: Mesh): Corners {
  return mapAttributes(mesh, (data, width) => gather(data, mesh.indices, width));
}

/** Makes an indexed mesh of loose corners: corners that are equal in everything become one vertex. */
export function indexCorners(corners: Corners): Mesh {
  const attributes = (Object.keys(WIDTHS) as (keyof typeof WIDTHS)[]).flatMap((name) => {
    const data = corners[name];
    return data === undefined ? [] : [{ data, width: WIDTHS[name] }];
  });
  const { remap, first } = weldVertices(corners.positions.length / 3, attributes);
  return { ...mapAttributes(corners, (data, width) => gather(data, first, width)), indices: remap };
}

/** Gives the same attributes with other rows. */
export function mapAttributes(from: Corners, rows: (data: Float32Array, width: number) => Float32Array): Corners {
  const made: { -readonly [name in keyof Corners]: Corners[name] } = { positions: rows(from.positions, 3) };
  if (from.normals !== undefined) made.normals = rows(from.normals, 3);
  if (from.uvs !== undefined) made.uvs = rows(from.uvs, 2);
  if (from.tangents !== undefined) made.tangents = rows(from.tangents, 4);
  return made;
}
