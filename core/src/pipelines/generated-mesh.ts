import type { Model } from "../mesh/mesh.ts";
import type { MeshOrigin } from "../protocol/mesh.ts";

/** A finished mesh, not yet encoded or signed. */
export interface GeneratedMesh {
  /** Levels of detail, the whole model first; metres, +Y up. */
  readonly levels: readonly Model[];
  /** Seed that this mesh started from. */
  readonly seed: number;
  readonly origin: MeshOrigin;
}
