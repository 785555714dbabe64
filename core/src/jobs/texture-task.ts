import type { InferenceHost } from "../host/host-api.ts";
import type { ImageBackend } from "../host/image-backend.ts";
import type { ImageBundle } from "../models/bundle.ts";
import { checkTextureMesh } from "../pipelines/check-texture-mesh.ts";
import { estimateTextureMemory, type ResolvedTextureParams } from "../pipelines/texture-params.ts";
import type { TexturedMesh } from "../pipelines/textured-mesh.ts";
import { CoreError } from "../protocol/errors.ts";
import { atField } from "./at-field.ts";
import type { Task, TaskFile } from "./task.ts";

/** What the task needs of the core. */
export interface TextureTaskParts {
  host: InferenceHost;
  /** Other programs that make pictures, which cannot be asked for the views; absent = none. */
  backend?: Pick<ImageBackend, "backendOf"> | undefined;
  /** Checks parameters and fills in every default. @throws CoreError */
  resolve(params: Record<string, unknown>): { params: ResolvedTextureParams; bundle: ImageBundle };
}

/** The task `texture`: a mesh painted by an image bundle of the core's own. The mesh is the parent of what comes out. */
export function createTextureTask({ host, backend, resolve }: TextureTaskParts): Task {
  return {
    resolve(raw) {
      refuseRemote(raw.bundle, backend);
      const { params, bundle } = resolve(raw);
      return {
        params: { ...params },
        bundle,
        memory_bytes: estimateTextureMemory(params, bundle),
        assets: [{ field: "mesh", role: "mesh", sha256: params.mesh }],
        preview_max_size: params.preview.max_size,
        checkAssets: async (read) => {
          const bytes = await read(params.mesh);
          await atField("params.mesh", () => checkTextureMesh(bytes, params));
        },
        run: async ({ job_id, inputs, prompt_privacy }, options) => {
          const result = await host.run({ job_id, task: "texture", params, bundle, inputs, prompt_privacy }, options);
          if (result.task !== "texture")
            throw new CoreError("INTERNAL", `A texture job gave a result of "${result.task}".`);
          const { execution, generated } = result;
          return { execution, files: generated.map((made) => async () => fileOf(made)) };
        },
      };
    },
  };
}

/** Each view is fitted to what the ones before left of the mesh, inside the process that has both. */
function refuseRemote(id: unknown, backend: TextureTaskParts["backend"]): void {
  const server = typeof id === "string" ? backend?.backendOf(id) : undefined;
  if (server === undefined) return;
  throw new CoreError(
    "INVALID_REQUEST",
    `params.bundle: "${id}" runs on ${server}; expected a bundle of the core's own.`,
    {
      remedy: "Name no bundle, or one that `genga models list` shows without a server.",
      data: { bundle: id, backend: server },
    },
  );
}

function fileOf({ bytes, seed, facts }: TexturedMesh): TaskFile {
  return {
    bytes,
    mime: "model/gltf-binary",
    title: `texture-${seed}.glb`,
    seed,
    facts: { texture: facts },
    record: { texture: facts },
  };
}
