import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type ModelLibrary, openLibrary } from "../../../core/src/mesh/library/open-library.ts";
import { measureTopology } from "../../../core/src/mesh/measure-topology.ts";
import type { Mesh, Model } from "../../../core/src/mesh/mesh.ts";
import { CoreError } from "../../../core/src/protocol/errors.ts";
import { TINY_DATA, TINY_INDEX, tinyLibrary } from "./tiny-library.ts";

interface Golden {
  models: {
    id: string;
    closed: boolean;
    parts: {
      area: number;
      low: number[];
      high: number[];
      first_normal: number[];
      uv_sum: number | null;
      base_colour: number[];
    }[];
  }[];
}
const golden: Golden = JSON.parse(readFileSync("test/golden/mesh/library.json", "utf8"));
const library = tinyLibrary();

function whole({ parts }: Model): Mesh {
  const positions = parts.flatMap(({ mesh }) => [...mesh.positions]);
  let base = 0;
  const indices = parts.flatMap(({ mesh }) => {
    const moved = Array.from(mesh.indices, (vertex) => vertex + base);
    base += mesh.positions.length / 3;
    return moved;
  });
  return { positions: Float32Array.from(positions), indices: Uint32Array.from(indices) };
}

describe("a library of models", () => {
  test.each(golden.models)("$id has the geometry that the writer's own reader finds", async ({ id, parts }) => {
    const entry = library.entries.find((one) => one.id === id);
    if (entry === undefined) throw new Error(`${id} is missing`);
    const model = await library.load(entry);
    expect(model.parts).toHaveLength(parts.length);
    model.parts.forEach(({ mesh, material }, at) => {
      const wanted = parts[at] as Golden["models"][number]["parts"][number];
      expect(measureTopology(mesh).area).toBeCloseTo(wanted.area, 4);
      for (let axis = 0; axis < 3; axis += 1) {
        const values = mesh.positions.filter((_, k) => k % 3 === axis);
        expect(Math.min(...values)).toBeCloseTo(wanted.low[axis] as number, 5);
        expect(Math.max(...values)).toBeCloseTo(wanted.high[axis] as number, 5);
        const first = (mesh.indices[0] as number) * 3;
        expect(mesh.normals?.[first + axis]).toBeCloseTo(wanted.first_normal[axis] as number, 5);
      }
      expect(model.materials[material]?.baseColour).toEqual(wanted.base_colour);
      if (wanted.uv_sum === null) expect(mesh.uvs).toBeUndefined();
      else expect(mesh.uvs?.reduce((sum, value) => sum + value, 0)).toBeCloseTo(wanted.uv_sum, 2);
    });
  });

  test("says of each model rightly whether it is closed, and gives it the size that it says", async () => {
    for (const entry of library.entries) {
      const mesh = whole(await library.load(entry));
      const { boundaryEdges, triangles } = measureTopology(mesh);
      expect(boundaryEdges, entry.id).toBe(entry.open_edges);
      expect(entry.closed).toBe(boundaryEdges === 0);
      expect(triangles).toBe(entry.triangles);
      const sides = [0, 1, 2].map((axis) => {
        const values = mesh.positions.filter((_, k) => k % 3 === axis);
        return Math.max(...values) - Math.min(...values);
      });
      expect(Math.max(...sides)).toBeCloseTo(entry.size_m, 3);
      const lowest = Math.min(...mesh.positions.filter((_, k) => k % 3 === 1));
      expect(lowest).toBeCloseTo(0, 4);
      const { size_m: usual } = library.nouns[entry.noun] as ModelLibrary["nouns"][string];
      expect(entry.size_m).toBeGreaterThanOrEqual(usual[0] - 1e-3);
      expect(entry.size_m).toBeLessThanOrEqual(usual[1] + 1e-3);
    }
  });

  test("decodes a texture once and names author, licence and source of each model", async () => {
    const chair = library.entries.find(({ id }) => id === "kaykit-furniture-bits/chair_A");
    if (chair === undefined) throw new Error("the chair is missing");
    const [first, second] = [await library.load(chair), await library.load(chair)];
    const texture = first.materials[0]?.baseColourTexture;
    expect(texture?.channels).toBe(3);
    expect(second.materials[0]?.baseColourTexture).toBe(texture);
    expect(second.parts[0]?.mesh.positions).not.toBe(first.parts[0]?.mesh.positions);
    expect(library.sourceOf(chair)).toEqual({
      author: "Kay Lousberg (KayKit)",
      licence: "CC0-1.0",
      source: expect.stringMatching(/^https:\/\/github\.com\/KayKit-Game-Assets\/.* at [0-9a-f]{40}, .*chair_A/),
    });
    expect(chair.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    ["another format", TINY_INDEX.replace("genga.models.v1", "genga.models.v9"), TINY_DATA],
    ["no JSON", "{", TINY_DATA],
    ["data that is cut off", TINY_INDEX, TINY_DATA.subarray(0, 1000)],
    ["a material that is not there", TINY_INDEX.replace(/"material":\d+/, '"material":999'), TINY_DATA],
  ])("refuses %s", (_, json, data) => {
    const open = () => openLibrary(json, data, () => Promise.reject(new Error("no textures here")));
    expect(open).toThrow(CoreError);
    expect(open).toThrow(/library of models cannot be read/);
  });
});
