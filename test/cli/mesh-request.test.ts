import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeMeshOrigin, describeMeshShape, describeTexture } from "../../core/src/cli/describe-mesh.ts";
import { defaultPattern, filesOf } from "../../core/src/cli/frame-files.ts";
import { type GenerateMeshOptions, meshFile, meshParams, meshPlace } from "../../core/src/cli/mesh-request.ts";
import { type TextureOptions, textureParams } from "../../core/src/cli/texture-request.ts";
import { MeshParamsSchema, TextureParamsSchema } from "../../core/src/protocol/mesh.ts";

describe("meshParams", () => {
  const nothing: GenerateMeshOptions = { out: "out/" };

  it("gives every option to the protocol, and leaves the rest to the core", () => {
    expect(meshParams("a chair", nothing)).toEqual({ prompt: "a chair", output: {} });
    const options: GenerateMeshOptions = {
      bundle: "b",
      source: "library",
      seed: 3,
      count: 2,
      steps: 10,
      guidance: 2,
      grid: 64,
      triangles: 500,
      lods: "0.5, 0.25",
      textureSize: 512,
      textureFormat: "webp",
      symmetry: "x",
      upAxis: "z",
      size: 1.5,
      format: "glb, PLY",
      out: "out/",
    };
    const params = meshParams("a chair", options);
    expect(MeshParamsSchema.parse(params)).toEqual({
      bundle: "b",
      prompt: "a chair",
      source: "library",
      seed: 3,
      num_meshes_per_prompt: 2,
      num_inference_steps: 10,
      guidance_scale: 2,
      grid_resolution: 64,
      target_triangles: 500,
      lods: [0.5, 0.25],
      texture_size: 512,
      symmetry: "x",
      up_axis: "Z",
      size_m: 1.5,
      output: { formats: ["glb", "ply"], texture_mime: "image/webp" },
      preview: MeshParamsSchema.shape.preview.parse(undefined),
    });
    // Whatever the protocol can say of a mesh, an option says it; previews are for windows.
    const said = new Set([...Object.keys(params), "image", "preview"]);
    expect(Object.keys(MeshParamsSchema.shape).filter((field) => !said.has(field))).toEqual([]);
  });

  it("takes the format from the ending of the file, and the prompt from either place", () => {
    expect(meshParams(undefined, { prompt: "a chair", out: "x/chair.OBJ" })).toEqual({
      prompt: "a chair",
      output: { formats: ["obj"] },
    });
  });

  it.each<[string, string | undefined, Partial<GenerateMeshOptions>, RegExp]>([
    ["a format nobody knows", "a", { format: "fbx" }, /Cannot write the format "fbx"; expected some of: glb, obj, ply/],
    ["two prompts", "a", { prompt: "b" }, /two prompts, "a" and "b"; expected one/],
    ["levels that are no numbers", "a", { lods: "half" }, /level of detail "half"; expected shares/],
  ])("refuses %s before a core is asked", (_, words, options, message) => {
    expect(() => meshParams(words, { ...nothing, ...options })).toThrow(message);
  });
});

describe("meshFile", () => {
  const one = { name: "mesh-7.glb", format: "glb" as const, variation: 0, lod: 0 };

  it("numbers variations and names levels of detail", () => {
    const place = meshPlace("models/chair.glb");
    expect(meshFile(place, one, 1)).toBe(join("models", "chair.glb"));
    expect(meshFile(place, { ...one, lod: 2 }, 1)).toBe(join("models", "chair_LOD2.glb"));
    expect(meshFile(place, { ...one, variation: 1, lod: 1, format: "obj" }, 3)).toBe(
      join("models", "chair-2_LOD1.obj"),
    );
  });

  it.each([
    ["mesh-1.glb", "mesh-1.glb"],
    ["../../.bashrc", ".bashrc"],
    ["..\\..\\mesh.glb", "mesh.glb"],
    ["", "mesh.glb"],
  ])("saves what a core names %j in the folder that was chosen", (name, saved) => {
    expect(meshFile(meshPlace("models/"), { ...one, name }, 1)).toBe(join("models", saved));
  });
});

describe("textureParams", () => {
  const nothing: TextureOptions = { object: [], out: "painted.glb" };

  it("gives every option to the protocol", () => {
    const params = textureParams("car.glb", "rust", {
      negativePrompt: "new",
      bundle: "b",
      object: ["Body", "Door"],
      seed: 1,
      steps: 5,
      guidance: 2,
      strength: 0.5,
      depth: 1,
      normal: 0.5,
      lineart: 0.25,
      views: 6,
      viewSize: 256,
      textureSize: 2048,
      textureFormat: "webp",
      unwrap: "missing",
      roughness: 0.9,
      metallic: 0,
      out: "painted.glb",
    });
    expect(params).toMatchObject({ mesh: "car.glb", conditioning_scale: { depth: 1, normal: 0.5, lineart: 0.25 } });
    const said = new Set([...Object.keys(params), "preview"]);
    expect(Object.keys(TextureParamsSchema.shape).filter((field) => !said.has(field))).toEqual([]);
    expect(TextureParamsSchema.parse({ ...params, mesh: "0".repeat(64) })).toMatchObject({
      max_views: 6,
      unwrap: "missing",
    });
  });

  it.each<[string, string | undefined, Partial<TextureOptions>, RegExp]>([
    ["no prompt", undefined, {}, /There is no prompt; expected what the model looks like/],
    ["another kind of file", "rust", { out: "painted.obj" }, /Cannot write "painted.obj"; a painted mesh is a \.glb/],
  ])("refuses %s before a core is asked", (_, words, options, message) => {
    expect(() => textureParams("car.glb", words, { ...nothing, ...options })).toThrow(message);
  });
});

describe("files of a batch", () => {
  it("are one for each level of detail in each format, in the order of the job's outputs", () => {
    const params = { prompt: "a chair", lods: [0.5], output: { formats: ["glb", "ply"] } };
    expect(defaultPattern({ task: "mesh", params })).toBe("frame.####");
    expect(filesOf({ task: "mesh", params }, "f.0001")).toEqual([
      "f.0001.glb",
      "f.0001.ply",
      "f.0001_LOD1.glb",
      "f.0001_LOD1.ply",
    ]);
    expect(filesOf({ task: "mesh", params: {} }, "f.0001")).toEqual(["f.0001.glb"]);
    expect(defaultPattern({ task: "texture", params: {} })).toBe("frame.####.glb");
    expect(filesOf({ task: "texture", params: {} }, "f.0001.glb")).toEqual(["f.0001.glb"]);
  });
});

describe("what is told of a mesh", () => {
  const facts = {
    format: "glb" as const,
    variation: 0,
    lod: 0,
    triangles: 1284,
    vertices: 2000,
    size_m: [0.4512, 0.9, 0.5] as [number, number, number],
    closed: true,
    origin: { source: "parametric" as const, reason: "", confidence: 1, category: "chair", warnings: [] },
  };
  const model = {
    id: "fox-1",
    name: "Fox",
    author: "Ann",
    licence: "CC0-1.0",
    source: "https://example.org/fox",
    changes: ["recoloured"],
  };

  it("names the source, and of a library's model its author, licence and what was changed", () => {
    expect(describeMeshOrigin(facts)).toBe("parametric: chair");
    expect(describeMeshOrigin({ ...facts, origin: { ...facts.origin, source: "library", model } })).toBe(
      'library: "Fox" by Ann (CC0-1.0, https://example.org/fox), recoloured',
    );
    expect(describeMeshShape({ ...facts, lod: 1, closed: false })).toBe(
      "level of detail 1, 1284 triangles, 0.451 × 0.9 × 0.5 m, open",
    );
  });

  it("never calls a texture whole that is not", () => {
    const painted = { objects: ["Body"], views: 1, painted: 0.99996, texture_size: 512, warnings: [] };
    expect(describeTexture(painted)).toBe("Body: 99.9 % of what shows, 1 view, 512 × 512 pixels");
  });
});
