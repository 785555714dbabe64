import { z } from "zod";
import { CoreError } from "../../protocol/errors.ts";

const Count = z.int().min(0);
const Three = z.tuple([z.number(), z.number(), z.number()]);
const BlockSchema = z.object({
  offset_bytes: Count,
  dtype: z.enum(["uint16", "int8"]),
  shape: z.array(Count).length(2),
});

const IndexSchema = z.object({
  format: z.literal("genga.models.v1"),
  blocks: z.object({ positions: BlockSchema, normals: BlockSchema, uvs: BlockSchema, indices: BlockSchema }),
  nouns: z.record(
    z.string(),
    z.object({ size_m: z.tuple([z.number().gt(0), z.number().gt(0)]), synonyms: z.array(z.string()) }),
  ),
  textures: z.array(
    z.object({
      offset_bytes: Count,
      size: z.int().min(1),
      mime: z.enum(["image/png", "image/jpeg", "image/webp"]),
      sha256: z.string(),
    }),
  ),
  materials: z.array(
    z.object({
      name: z.string(),
      base_colour: Three,
      roughness: z.number(),
      metallic: z.number(),
      emissive: Three.optional(),
      texture: Count.optional(),
    }),
  ),
  sources: z.array(
    z.object({
      repository: z.string(),
      commit: z.string(),
      pack: z.string(),
      author: z.string(),
      licence: z.string(),
    }),
  ),
  models: z.array(
    z.object({
      id: z.string().min(1),
      name: z.string().min(1),
      noun: z.string().min(1),
      group: z.string(),
      captions: z.array(z.string()),
      colours: z.record(z.string(), z.number()),
      source: Count,
      path: z.string(),
      sha256: z.string(),
      size_m: z.number().gt(0),
      min: Three,
      extent: Three,
      triangles: z.int().min(1),
      closed: z.boolean(),
      open_edges: Count,
      changes: z.array(z.string()),
      parts: z
        .array(
          z.object({
            name: z.string(),
            material: Count,
            first_vertex: Count,
            vertices: z.int().min(3),
            first_triangle: Count,
            triangles: z.int().min(1),
            first_uv: Count.optional(),
          }),
        )
        .min(1),
    }),
  ),
});

/** library.json; models/training/mesh/README.md tells the layout. */
export type LibraryIndex = z.infer<typeof IndexSchema>;
/** A model of a library. */
export type LibraryEntry = LibraryIndex["models"][number];

/**
 * Reads library.json.
 *
 * @throws CoreError BUNDLE_INVALID if it is no such file or names what it does not have
 */
export function parseLibraryIndex(json: string): LibraryIndex {
  let index: LibraryIndex;
  try {
    index = IndexSchema.parse(JSON.parse(json));
  } catch (cause) {
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
    const where = issue === undefined ? "it is no JSON" : `${issue.path.join(".")}: ${issue.message}`;
    throw invalidLibrary(where, cause);
  }
  for (const model of index.models) {
    if (index.sources[model.source] === undefined) throw invalidLibrary(`${model.id} names source ${model.source}`);
    if (index.nouns[model.noun] === undefined) throw invalidLibrary(`${model.id} is a "${model.noun}" without a size`);
    for (const { material } of model.parts) {
      const known = index.materials[material];
      if (known === undefined) throw invalidLibrary(`${model.id} names material ${material}`);
      if (known.texture !== undefined && index.textures[known.texture] === undefined)
        throw invalidLibrary(`material ${material} names texture ${known.texture}`);
    }
  }
  return index;
}

/** Gives the error of a library whose files are wrong. */
export function invalidLibrary(reason: string, cause?: unknown): CoreError {
  return new CoreError("BUNDLE_INVALID", `The bundle's library of models cannot be read: ${reason}.`, {
    remedy: "Install the bundle again; `genga models verify` names the files that differ.",
    cause,
  });
}
