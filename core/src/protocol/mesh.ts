import { z } from "zod";
import { SeedSchema, Sha256Schema } from "./fields.ts";
import { PreviewOptionsSchema } from "./image.ts";

/** Where a mesh comes from. */
export const MeshSourceSchema = z.enum(["parametric", "library", "generated"]).meta({
  id: "MeshSource",
  description:
    "parametric: a shape program of the core with parts, proportions and materials read from the words. library: the nearest model of the bundle's library, recoloured. generated: a network's field, from noise and the words or a picture.",
});
export type MeshSource = z.infer<typeof MeshSourceSchema>;

/** File forms of a mesh. */
export const MeshFormatSchema = z.enum(["glb", "obj", "ply"]).meta({
  id: "MeshFormat",
  description:
    "glb: glTF 2.0 binary with materials and textures. obj: Wavefront with normals, texture coordinates and vertex colours, no textures. ply: Stanford polygons with vertex colours.",
});
export type MeshFormat = z.infer<typeof MeshFormatSchema>;

/** Media type of the textures inside a file. */
export const TextureMimeSchema = z.enum(["image/png", "image/webp"]).meta({
  id: "TextureMime",
  description: "Media type of textures. image/webp wants the extension EXT_texture_webp of whoever reads the file.",
});
export type TextureMime = z.infer<typeof TextureMimeSchema>;

/** Files of a mesh. */
export const MeshOutputSchema = z
  .strictObject({
    formats: z.array(MeshFormatSchema).min(1).max(3).default(["glb"]).describe("One file each."),
    texture_mime: TextureMimeSchema.default("image/png"),
  })
  .meta({ id: "MeshOutput", description: "Files of a mesh." });

/** Parameters of the task `mesh`. */
export const MeshParamsSchema = z
  .strictObject({
    bundle: z.string().max(200).optional().describe("Bundle id; absent = the core's default mesh bundle."),
    prompt: z.string().max(2000).default("").describe("What to make: a thing with its colours, parts, materials."),
    image: Sha256Schema.optional().describe(
      "Reference picture, for bundles that take one; transparent where the background is, or on a plain ground.",
    ),
    source: z
      .enum(["auto", ...MeshSourceSchema.options])
      .optional()
      .describe("auto takes the one that knows the words best, and says which. Absent = the bundle's default."),
    seed: SeedSchema.optional().describe("Absent = drawn by the core and recorded. Variation i starts from seed + i."),
    num_meshes_per_prompt: z.int().min(1).max(16).default(1).describe("Variations, each with its own seed."),
    num_inference_steps: z.int().min(1).max(1000).optional().describe("generated: absent = the bundle's default."),
    guidance_scale: z.number().min(0).max(50).optional().describe("generated: absent = the bundle's default."),
    grid_resolution: z
      .int()
      .min(16)
      .max(512)
      .optional()
      .describe(
        "generated: cells along a side of the cube that the surface is found in. Absent = the bundle's default.",
      ),
    target_triangles: z
      .int()
      .min(50)
      .max(2_000_000)
      .default(20_000)
      .describe("Most triangles; a model that needs fewer has fewer."),
    lods: z
      .array(z.number().gt(0).lt(1))
      .max(6)
      .default([])
      .describe("Further levels of detail as shares of the triangles, falling; one file each: [0.5, 0.25]."),
    texture_size: z.int().min(64).max(4096).default(1024).describe("Side of the textures, pixels."),
    symmetry: z
      .enum(["none", "x"])
      .default("none")
      .describe("generated: x makes the left side the mirror image of the right one."),
    up_axis: z.enum(["Y", "Z"]).default("Y").describe("Axis that points up in obj and ply; glb is always +Y up."),
    size_m: z.number().gt(0).max(1000).optional().describe("Longest side, metres. Absent = as things of its kind are."),
    output: MeshOutputSchema.prefault({}),
    preview: PreviewOptionsSchema.prefault({}),
  })
  .meta({ id: "MeshParams", description: "Parameters of the task `mesh`." });
export type MeshParams = z.infer<typeof MeshParamsSchema>;

const Scale = z.number().min(0).max(10);

/** How strongly a mesh's own maps guide its texture. */
export const TextureGuidanceSchema = z
  .strictObject({
    depth: Scale.default(1).describe("Of the depth map."),
    normal: Scale.default(1).describe("Of the normal map."),
    lineart: Scale.default(0).describe("Of the line map."),
  })
  .meta({
    id: "TextureGuidance",
    description: "How strongly a mesh's own maps guide its texture; kinds that the bundle does not take are left out.",
  });

/** File of a painted mesh, always glb. */
export const TextureOutputSchema = z
  .strictObject({ texture_mime: TextureMimeSchema.default("image/png") })
  .meta({ id: "TextureOutput", description: "File of a painted mesh, always glb." });

/** Parameters of the task `texture`. */
export const TextureParamsSchema = z
  .strictObject({
    bundle: z.string().max(200).optional().describe("Image bundle; absent = the core's default image bundle."),
    mesh: Sha256Schema.describe("glTF 2.0 binary to paint, not compressed."),
    prompt: z.string().min(1).max(2000).describe("What it looks like."),
    negative_prompt: z.string().max(2000).default("").describe("What it must not look like."),
    objects: z
      .array(z.string().min(1).max(500))
      .max(1000)
      .default([])
      .describe("Names of the nodes to paint; empty = all. Everything else in the file stays as it is."),
    seed: SeedSchema.optional().describe("Absent = drawn by the core and recorded."),
    num_inference_steps: z.int().min(1).max(1000).optional().describe("Absent = the bundle's default."),
    guidance_scale: z.number().min(0).max(50).optional().describe("Absent = the bundle's default."),
    strength: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .describe("Below 1 the present look is kept that much: share of the steps that run."),
    conditioning_scale: TextureGuidanceSchema.prefault({}),
    max_views: z
      .int()
      .min(1)
      .max(32)
      .default(10)
      .describe("Most views; fewer are taken when all that can be seen is painted."),
    view_size: z
      .int()
      .min(64)
      .max(2048)
      .multipleOf(8)
      .optional()
      .describe("Side of each view, pixels. Absent = the bundle's default."),
    texture_size: z.int().min(64).max(4096).default(1024).describe("Side of the texture, pixels."),
    unwrap: z
      .enum(["never", "missing", "all"])
      .default("never")
      .describe("Which meshes get new texture coordinates; never keeps all and refuses a mesh without."),
    roughness: z.number().min(0).max(1).optional().describe("Roughness of the painted material. Absent = as it is."),
    metallic: z.number().min(0).max(1).optional().describe("Metalness of the painted material. Absent = as it is."),
    output: TextureOutputSchema.prefault({}),
    preview: PreviewOptionsSchema.prefault({}),
  })
  .meta({ id: "TextureParams", description: "Parameters of the task `texture`." });
export type TextureParams = z.infer<typeof TextureParamsSchema>;

/** A library's model that a mesh was made from. */
export const LibraryModelSchema = z
  .strictObject({
    id: z.string().describe("Id in the bundle's library."),
    name: z.string().describe("What it is, in words."),
    author: z.string().describe("Who made it, as the library declares it."),
    licence: z.string().describe("Licence as the library declares it."),
    source: z.string().describe("Where it comes from, as the library declares it."),
    sha256: Sha256Schema.optional().describe("Hash of the original file, as the library declares it."),
    changes: z.array(z.string()).describe("What was done to it: recoloured, simplified, repaired."),
  })
  .meta({ id: "LibraryModel", description: "A library's model that a mesh was made from." });
export type LibraryModel = z.infer<typeof LibraryModelSchema>;

/** What a mesh was made of. */
export const MeshOriginSchema = z
  .strictObject({
    source: MeshSourceSchema,
    reason: z.string().describe("Why this source answered, in words."),
    confidence: z.number().min(0).max(1).describe("How sure the source was of the words."),
    category: z.string().optional().describe("Kind of thing, where the source knows it."),
    values: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("parametric: values of the shape program's parameters, numbers and words."),
    model: LibraryModelSchema.optional().describe("library: the model that it was made from."),
    warnings: z.array(z.string()).describe("What was asked for and could not be done, in words."),
  })
  .meta({ id: "MeshOrigin", description: "What a mesh was made of." });
export type MeshOrigin = z.infer<typeof MeshOriginSchema>;

/** What is known of one file of a mesh. */
export const MeshFactsSchema = z
  .strictObject({
    format: MeshFormatSchema,
    variation: z.int().min(0).describe("Which of the variations, from 0."),
    lod: z.int().min(0).describe("Level of detail, 0 = all triangles."),
    triangles: z.int().min(0).describe("Number of triangles."),
    vertices: z.int().min(0).describe("Number of vertices."),
    size_m: z.tuple([z.number(), z.number(), z.number()]).describe("Extent along x, y, z as in the file, metres."),
    closed: z.boolean().describe("Whether the whole is watertight: no edge with one triangle only."),
    open_edges: z.int().min(0).optional().describe("Edges with one triangle only; files of older cores say nothing."),
    origin: MeshOriginSchema,
  })
  .meta({ id: "MeshFacts", description: "What is known of one file of a mesh." });
export type MeshFacts = z.infer<typeof MeshFactsSchema>;

/** What is known of a painted mesh. */
export const TextureFactsSchema = z
  .strictObject({
    objects: z.array(z.string()).describe("Names of the nodes that were painted."),
    views: z.int().min(1).describe("Views that were made."),
    painted: z
      .number()
      .min(0)
      .max(1)
      .describe("Share of the texels that can be seen from outside that a view painted."),
    texture_size: z.int().describe("Side of the texture, pixels."),
    warnings: z.array(z.string()).describe("What the artist should know, in words."),
  })
  .meta({ id: "TextureFacts", description: "What is known of a painted mesh." });
export type TextureFacts = z.infer<typeof TextureFactsSchema>;

/** A kind of thing that a mesh bundle knows. */
export const MeshCategorySchema = z
  .strictObject({
    name: z.string().min(1).max(100).describe("One English noun."),
    prompts: z.array(z.string().min(1).max(200)).min(1).max(20).describe("Examples of what to write."),
    size_m: z
      .tuple([z.number().gt(0), z.number().gt(0)])
      .describe("Least and greatest usual length of the longest side, metres."),
  })
  .meta({ id: "MeshCategory", description: "A kind of thing that a mesh bundle knows." });
export type MeshCategory = z.infer<typeof MeshCategorySchema>;
