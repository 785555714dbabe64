import { MESH_FORMS } from "../formats/mesh-forms.ts";
import type { EncodedMesh } from "../pipelines/encode-mesh.ts";
import { type MeshFacts, MeshFactsSchema } from "../protocol/mesh.ts";
import type { TaskFile } from "./task.ts";

/**
 * Gives the files of a request's meshes: each variation, level by level, in each format. File names carry the seed, not the prompt, which
 * may have to be kept private.
 */
export function meshFiles(meshes: readonly EncodedMesh[]): TaskFile[] {
  return meshes.flatMap(({ seed, origin, files }, variation) =>
    files.map(({ bytes, ...shape }): TaskFile => {
      const { mime, ending } = MESH_FORMS[shape.format];
      const facts: MeshFacts = MeshFactsSchema.parse(rounded({ ...shape, variation, origin }));
      return {
        bytes,
        mime,
        title: `mesh-${seed}${shape.lod === 0 ? "" : `_LOD${shape.lod}`}${ending}`,
        seed,
        facts: { mesh: facts },
        record: { mesh: facts },
      };
    }),
  );
}

/**
 * Gives facts with six digits behind the point, a micrometre: longer numbers may come back from a manifest with another last bit, and the
 * record would not be the one that was signed.
 */
function rounded(value: unknown): unknown {
  if (typeof value === "number") return Math.round(value * 1e6) / 1e6;
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, rounded(field)]));
}
