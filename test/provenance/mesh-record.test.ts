import { describe, expect, it } from "vitest";
import type { MeshFacts, MeshOrigin, TextureFacts } from "../../core/src/protocol/mesh.ts";
import { hidePrompts } from "../../core/src/provenance/generation-metadata.ts";
import { admitLibraryModel } from "../../core/src/provenance/library-models.ts";
import { buildManifest, digitalSourceTypeOf } from "../../core/src/provenance/manifest.ts";
import { makeRecord, sha256 } from "./support.ts";

const fox = {
  id: "fox-1",
  name: "Fox",
  author: "Ann",
  licence: "CC0-1.0",
  source: "https://example.org/fox",
  sha256: sha256(Buffer.from("fox")),
  changes: ["recoloured"],
};

function mesh(origin: Partial<MeshOrigin>): MeshFacts {
  return {
    format: "glb",
    variation: 0,
    lod: 0,
    triangles: 12,
    vertices: 24,
    size_m: [1, 1, 1],
    closed: true,
    origin: { source: "parametric", reason: "It knows every word.", confidence: 1, warnings: [], ...origin },
  };
}

const meshRecord = (origin: Partial<MeshOrigin>) =>
  makeRecord({ task: "mesh", params: { prompt: "a fox of Xanadu" }, inputs: [], mesh: mesh(origin) });

function manifestOf(record: ReturnType<typeof makeRecord>, inputs: Parameters<typeof buildManifest>[0]["inputs"] = []) {
  return buildManifest({ record, inputs, credentialed: new Set(), title: "m.glb", mime: "model/gltf-binary" });
}

describe("the origin of a mesh in C2PA's words", () => {
  it.each([
    ["parametric", "algorithmicMedia"],
    ["library", "algorithmicallyEnhanced"],
    ["generated", "trainedAlgorithmicMedia"],
  ] as const)("is for %s %s", (source, type) => {
    expect(digitalSourceTypeOf(meshRecord({ source }))).toBe(`http://cv.iptc.org/newscodes/digitalsourcetype/${type}`);
  });

  it("names a library's model with author, licence and source as an ingredient of the creation", () => {
    const { manifest, ingredients } = manifestOf(meshRecord({ source: "library", model: fox }));
    const found = ingredients.find(({ definition }) => definition.label === "library_model");
    expect(found?.definition).toMatchObject({
      title: "Fox",
      relationship: "inputTo",
      instance_id: `urn:sha256:${fox.sha256}`,
      description: `library model by Ann, CC0-1.0, https://example.org/fox, SHA-256 ${fox.sha256} as declared`,
    });
    const actions = manifest.assertions.find(({ label }) => label === "c2pa.actions.v2")?.data;
    expect(actions).toMatchObject({
      actions: [
        {
          action: "c2pa.created",
          parameters: { ingredientIds: expect.arrayContaining(["library_model"]) },
        },
      ],
    });
  });

  it("opens and edits a mesh that is painted, with the mesh as the one parent", () => {
    const bytes = Buffer.from("glTF");
    const input = { role: "mesh", sha256: sha256(bytes), mime: "model/gltf-binary", name: "table.glb" };
    const texture: TextureFacts = { objects: ["Top"], views: 6, painted: 1, texture_size: 64, warnings: [] };
    const record = makeRecord({
      task: "texture",
      params: { prompt: "oak" },
      inputs: [{ ...input, credential: "unsigned" }],
      texture,
    });
    const { manifest, ingredients } = manifestOf(record, [{ ...input, bytes }]);
    expect(ingredients[0]?.definition).toMatchObject({ title: "table.glb", relationship: "parentOf" });
    const actions = manifest.assertions.find(({ label }) => label === "c2pa.actions.v2")?.data;
    expect(actions).toMatchObject({
      actions: [
        { action: "c2pa.opened", parameters: { ingredientIds: ["input_0"] } },
        {
          action: "c2pa.edited",
          digitalSourceType: "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia",
        },
      ],
    });
  });
});

it("with prompt privacy neither sentences about the words nor what was made of them stay in a mesh's record", () => {
  const warnings = ['No shape program knows "xanadu".'];
  const hidden = hidePrompts(
    meshRecord({ source: "library", model: fox, category: "fox", values: { fur: "red" }, warnings }),
  );
  expect(hidden.mesh?.origin).not.toHaveProperty("category");
  expect(hidden.mesh?.origin).not.toHaveProperty("values");
  expect(JSON.stringify(hidden).toLowerCase()).not.toContain("xanadu");
  expect(hidden.mesh?.origin).toMatchObject({
    source: "library",
    model: fox,
    reason: expect.stringMatching(/^sha256:/),
    warnings: [`sha256:${sha256(Buffer.from(warnings[0] ?? ""))}`],
  });
  // Hidden twice is hidden once: what a client reads back stays what was signed.
  expect(hidePrompts(hidden)).toEqual(hidden);
});

describe("the policy about models of a library", () => {
  const allow_list = new Set<string>();

  it("asks for author, licence and source unless it is open", () => {
    for (const mode of ["open", "declared", "strict"] as const) {
      expect(() => admitLibraryModel(fox, { mode, allow_list })).not.toThrow();
    }
    const unknown = { ...fox, licence: "unknown", author: " " };
    expect(() => admitLibraryModel(unknown, { mode: "open", allow_list })).not.toThrow();
    expect(() => admitLibraryModel(unknown, { mode: "declared", allow_list })).toThrow(
      expect.objectContaining({
        code: "POLICY_REFUSED",
        message:
          'The policy "declared" does not allow the library\'s model "Fox": its author, licence are not declared.',
        data: expect.objectContaining({ missing: ["author", "licence"] }),
      }),
    );
  });
});
