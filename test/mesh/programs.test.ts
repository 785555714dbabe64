import { validateBytes } from "gltf-validator";
import { describe, expect, it } from "vitest";
import { encodeMeshGlb } from "../../core/src/formats/mesh-glb.ts";
import { ModelBuilder } from "../../core/src/mesh/kit/model-builder.ts";
import { measureTopology } from "../../core/src/mesh/measure-topology.ts";
import { measureUvs } from "../../core/src/mesh/measure-uvs.ts";
import type { Model } from "../../core/src/mesh/mesh.ts";
import { PROGRAMS } from "../../core/src/mesh/programs/index.ts";
import { drawValues, findProgram, makeModel } from "../../core/src/mesh/programs/make-model.ts";
import type { ParameterValues, Program } from "../../core/src/mesh/programs/program.ts";

const DRAWS = 4;

function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Random values, and both ends of every range at once. */
function drawsOf(program: Program): ParameterValues[] {
  const random = randomFrom(program.category.length * 7919 + program.category.charCodeAt(0));
  const draws = Array.from({ length: DRAWS }, () => drawValues(program, random));
  return [...draws, drawValues(program, () => 0), drawValues(program, () => 1 - 2 ** -32)];
}

function boundsOf(model: Model): { low: number[]; high: number[] } {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const { mesh } of model.parts) {
    mesh.positions.forEach((value, at) => {
      low[at % 3] = Math.min(low[at % 3] as number, value);
      high[at % 3] = Math.max(high[at % 3] as number, value);
    });
  }
  return { low, high };
}

describe.each(PROGRAMS.map((program) => [program.category, program] as const))(
  "shape program %s",
  (category, program) => {
    const models = drawsOf(program).map((values) => ({ values, model: makeModel(category, values) }));

    it("gives closed, manifold parts, outside outwards, without degenerate triangles", () => {
      for (const { values, model } of models) {
        for (const { name, mesh } of model.parts) {
          expect(mesh.positions.every(Number.isFinite) && (mesh.normals as Float32Array).every(Number.isFinite)).toBe(
            true,
          );
          const topology = measureTopology(mesh);
          expect({ name, values, topology }).toMatchObject({
            topology: { watertight: true, nonManifoldEdges: 0, nonManifoldVertices: 0, degenerateTriangles: 0 },
          });
          expect(topology.volume, `${name} is inside out`).toBeGreaterThan(0);
        }
      }
    });

    it("stands on the ground, in the middle, in the size of the real thing", () => {
      for (const { values, model } of models) {
        const { low, high } = boundsOf(model);
        expect(low[1]).toBeCloseTo(0, 5);
        for (const axis of [0, 2]) expect((low[axis] as number) + (high[axis] as number)).toBeCloseTo(0, 4);
        const longest = Math.max(...[0, 1, 2].map((axis) => (high[axis] as number) - (low[axis] as number)));
        expect(longest, JSON.stringify(values)).toBeGreaterThanOrEqual(program.size[0]);
        expect(longest, JSON.stringify(values)).toBeLessThanOrEqual(program.size[1]);
      }
    });

    it("has a texture layout in which nothing overlaps or is mirrored", () => {
      for (const { values, model } of models) {
        const measures = measureUvs(model.parts.map(({ mesh }) => mesh));
        expect({ values, ...measures }).toMatchObject({ overlapping: 0, outside: 0, mirrored: 0, collapsed: 0 });
      }
    });

    it("has few triangles, and gives a GLB that the validator has nothing to say against", async () => {
      for (const { model } of models.slice(0, 2)) {
        expect(model.parts.reduce((sum, { mesh }) => sum + mesh.indices.length / 3, 0)).toBeLessThan(12_000);
        const report = await validateBytes(await encodeMeshGlb(model));
        expect(report.issues.messages.filter(({ severity }) => severity < 2)).toEqual([]);
      }
    });

    it("shows every word and number in the shape or the colours", () => {
      const random = randomFrom(3);
      for (const [name, parameter] of Object.entries(program.parameters)) {
        // Another parameter may hide this one (spokes of a column): some of the draws must show it.
        let isSeen = false;
        for (let draw = 0; draw < 24 && !isSeen; draw += 1) {
          const values = drawValues(program, random);
          const { kind } = parameter;
          const others = kind === "choice" ? parameter.options : [parameter.min, parameter.max];
          const other = others.find((value) => value !== values[name]) as number | string;
          isSeen = outline(program, values) !== outline(program, { ...values, [name]: other });
        }
        expect(isSeen, name).toBe(true);
      }
    });
  },
);

/** What can be seen of a program's parts, in short: without the layout of their texture, which takes longest. */
function outline(program: Program, values: ParameterValues): string {
  const seen: unknown[] = [];
  const builder = new ModelBuilder();
  builder.add = (name, material, solids) =>
    seen.push([name, material, "faces" in solids ? solids.points : solids.map(({ points }) => points)]);
  program.build(values, builder);
  return JSON.stringify(seen);
}

describe("makeModel", () => {
  it("gives the same bytes for the same values", async () => {
    const values = drawValues(findProgram("chair"), randomFrom(5));
    const [one, other] = await Promise.all([
      encodeMeshGlb(makeModel("chair", values)),
      encodeMeshGlb(makeModel("chair", values)),
    ]);
    expect(Buffer.from(one).equals(Buffer.from(other))).toBe(true);
  });

  it("refuses unknown categories, and values that are missing, unknown or out of range", () => {
    const values = drawValues(findProgram("chair"), randomFrom(5));
    const { wood: _, ...without } = values;
    expect(() => makeModel("spaceship", {})).toThrow(/no shape program for "spaceship"; expected one of: chair, stool/);
    expect(() => makeModel("chair", without)).toThrow(/chair's wood is missing; expected one of oak/);
    expect(() => makeModel("chair", { ...values, width: 3 })).toThrow(
      /width is 3; expected a number from 0.38 to 0.55/,
    );
    expect(() => makeModel("chair", { ...values, backParts: 3.5 })).toThrow(/expected a whole number from 3 to 5/);
    expect(() => makeModel("chair", { ...values, wings: 2 })).toThrow(
      /chair's wings is 2; expected one of the parameters/,
    );
  });
});
