import { MESH_FORMS } from "../formats/mesh-forms.ts";
import type { EncodedMesh } from "../pipelines/encode-mesh.ts";
import type { MeshFacts } from "../protocol/mesh.ts";
import type { TaskFile } from "./task.ts";

/**
 * Gives the files of a request's meshes: each variation, level by level, in each format. File names carry the seed, not the prompt, which
 * may have to be kept private.
 */
export function meshFiles(meshes: readonly EncodedMesh[]): TaskFile[] {
  return meshes.flatMap(({ seed, origin, files }, variation) =>
    files.map(({ bytes, ...shape }): TaskFile => {
      const { mime, ending } = MESH_FORMS[shape.format];
      const facts: MeshFacts = { ...shape, variation, origin };
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
