import { describe, expect, it } from "vitest";
import { box } from "../../core/src/mesh/kit/box.ts";
import { ModelBuilder } from "../../core/src/mesh/kit/model-builder.ts";
import { move } from "../../core/src/mesh/kit/solid.ts";
import { makeLevels } from "../../core/src/mesh/make-levels.ts";
import { countOpenEdges, measureModel } from "../../core/src/mesh/measure-model.ts";
import { measureUvs } from "../../core/src/mesh/measure-uvs.ts";
import { drawValues, findProgram, makeModel } from "../../core/src/mesh/programs/make-model.ts";
import { simplifyModel } from "../../core/src/mesh/simplify-model.ts";
import { standModel } from "../../core/src/mesh/stand-model.ts";
import { stretchModel } from "../../core/src/mesh/stretch-model.ts";
import { turnUp } from "../../core/src/mesh/turn-up.ts";
import { unwrapModel } from "../../core/src/mesh/unwrap-model.ts";

const make = (category: string) =>
  makeModel(
    category,
    drawValues(findProgram(category), () => 0.4),
  );
const barrel = make("barrel");
const chair = make("chair");

describe("simplifyModel", () => {
  it("keeps the largest pieces of a thing of many that could not all be kept, rather than nothing", () => {
    // Sixty loose boxes, twelve triangles each: pruning and clustering leave none of the smaller ones, or none.
    const builder = new ModelBuilder();
    const plain = { name: "plain", baseColour: [1, 1, 1], roughness: 1, metallic: 0 } as const;
    const boxes = Array.from({ length: 60 }, (_, k) => {
      const side = k === 7 ? 0.5 : 0.05;
      return move(box(side, side, side), (k % 10) - 5, Math.floor(k / 10), 0);
    });
    builder.add("pile", plain, boxes);
    const small = simplifyModel(builder.finish("pile"), 13);
    expect(measureModel(small).triangles).toBeGreaterThan(6);
    expect(measureModel(small).triangles).toBeLessThanOrEqual(13);
    expect(Math.max(...measureModel(small).size)).toBeGreaterThanOrEqual(0.5 - 1e-6);
  });

  it.each([0.5, 0.2, 0.05])("never goes above %f of the triangles and moves no vertex", (share) => {
    const target = Math.floor(measureModel(barrel).triangles * share);
    const simple = simplifyModel(barrel, target);
    expect(measureModel(simple).triangles).toBeLessThanOrEqual(target);
    expect(measureModel(simple).triangles).toBeGreaterThan(0);
    for (const part of simple.parts) {
      const old = barrel.parts.find(({ name }) => name === part.name)?.mesh;
      const rowsOf = (mesh: typeof old) =>
        Array.from({ length: (mesh?.positions.length ?? 0) / 3 }, (_, vertex) =>
          [
            ...(mesh?.positions.slice(vertex * 3, vertex * 3 + 3) ?? []),
            ...(mesh?.uvs?.slice(vertex * 2, vertex * 2 + 2) ?? []),
          ].join(),
        );
      const known = new Set(rowsOf(old));
      expect(rowsOf(part.mesh).every((row) => known.has(row))).toBe(true);
    }
  });

  it("leaves a model alone that is within the budget", () => {
    expect(simplifyModel(chair, 100_000)).toBe(chair);
  });
});

it("makes levels with names of their own, each on its share of the triangles and on the same materials", () => {
  const levels = makeLevels(barrel, [0.5, 0.25]);
  const counts = levels.map((level) => measureModel(level).triangles);
  expect(counts[1]).toBeLessThanOrEqual((counts[0] as number) * 0.5);
  expect(counts[2]).toBeLessThanOrEqual((counts[0] as number) * 0.25);
  expect(levels.map(({ name }) => name)).toEqual(["barrel", "barrel_LOD1", "barrel_LOD2"]);
  expect(levels.every(({ materials }) => materials === barrel.materials)).toBe(true);
});

it("gives all parts texture coordinates that do not overlap, and remembers the old ones", () => {
  const { model, oldUvs } = unwrapModel(chair, { textureSize: 256 });
  expect(measureUvs(model.parts.map(({ mesh }) => mesh))).toMatchObject({ overlapping: 0, outside: 0, mirrored: 0 });
  expect(countOpenEdges(model)).toBe(0);
  model.parts.forEach(({ mesh }, at) => {
    const before = chair.parts[at]?.mesh;
    const key = (positions: Float32Array, uvs: Float32Array | undefined, vertex: number) =>
      [...positions.slice(vertex * 3, vertex * 3 + 3), ...(uvs?.slice(vertex * 2, vertex * 2 + 2) ?? [])].join();
    const known = new Set(
      Array.from({ length: (before?.positions.length ?? 0) / 3 }, (_, vertex) =>
        key(before?.positions ?? new Float32Array(), before?.uvs, vertex),
      ),
    );
    for (let vertex = 0; vertex < mesh.positions.length / 3; vertex += 1)
      expect(known.has(key(mesh.positions, oldUvs[at], vertex))).toBe(true);
  });
});

it("sets a model down on the ground at its size", () => {
  const { low, high, size } = measureModel(standModel(stretchModel(chair, [1, 2, 1]), 4));
  expect(Math.max(...size)).toBeCloseTo(4, 5);
  expect(low[1]).toBeCloseTo(0, 6);
  expect(low[0] + high[0]).toBeCloseTo(0, 5);
});

it("turns +Y up into +Z up without mirroring", () => {
  const { size } = measureModel(chair);
  const turned = turnUp(chair, "Z");
  expect(measureModel(turned).size).toEqual([size[0], size[2], size[1]]);
  const volume = (model: typeof chair) =>
    model.parts.reduce((sum, { mesh: { positions: p, indices } }) => {
      for (let corner = 0; corner < indices.length; corner += 3) {
        const [a, b, c] = [0, 1, 2].map((k) => (indices[corner + k] as number) * 3) as [number, number, number];
        const at = (i: number, k: number) => p[i + k] as number;
        sum +=
          (at(a, 0) * (at(b, 1) * at(c, 2) - at(b, 2) * at(c, 1)) +
            at(a, 1) * (at(b, 2) * at(c, 0) - at(b, 0) * at(c, 2)) +
            at(a, 2) * (at(b, 0) * at(c, 1) - at(b, 1) * at(c, 0))) /
          6;
      }
      return sum;
    }, 0);
  expect(volume(turned)).toBeCloseTo(volume(chair), 6);
});
