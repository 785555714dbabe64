import { validateBytes } from "gltf-validator";
import { describe, expect, it } from "vitest";
import { encodeMeshGlb } from "../../core/src/formats/mesh-glb.ts";
import { measureModel } from "../../core/src/mesh/measure-model.ts";
import { measureTopology } from "../../core/src/mesh/measure-topology.ts";
import { measureUvs } from "../../core/src/mesh/measure-uvs.ts";
import type { Mesh } from "../../core/src/mesh/mesh.ts";
import { PROGRAMS } from "../../core/src/mesh/programs/index.ts";
import { makeModel } from "../../core/src/mesh/programs/make-model.ts";
import { drawModel } from "../../core/src/mesh/words/draw-model.ts";

const SEEDS = [1, 2, 3];
const BUDGETS = [2000, 20_000];

describe.each(PROGRAMS.map((program) => [program.category, program] as const))(
  "shape program %s",
  (category, program) => {
    it.each(SEEDS)(
      "with seed %i is closed, upright, in its size and within each budget, and a sound GLB",
      async (seed) => {
        const { values } = drawModel(category, seed);
        const plain = makeModel(category, values);
        for (const maxTriangles of BUDGETS) {
          const model = makeModel(category, values, { maxTriangles });
          const { triangles, low, high, size } = measureModel(model);
          const least = measureModel(plain).triangles;
          expect(triangles).toBeGreaterThanOrEqual(least);
          expect(triangles).toBeLessThanOrEqual(Math.max(maxTriangles, least));
          expect(low[1]).toBeCloseTo(0, 5);
          for (const axis of [0, 2] as const) expect(low[axis] + high[axis]).toBeCloseTo(0, 4);
          expect(Math.max(...size)).toBeGreaterThanOrEqual(program.size[0] * 0.99);
          expect(Math.max(...size)).toBeLessThanOrEqual(program.size[1] * 1.01);
          for (const [at, { name, mesh }] of model.parts.entries()) {
            const { watertight, manifold, degenerateTriangles, volume } = measureTopology(mesh);
            expect({ maxTriangles, values, name, watertight, manifold, degenerateTriangles }).toMatchObject({
              watertight: true,
              manifold: true,
              degenerateTriangles: 0,
            });
            // A polygon of six sides has 0.83 of its circle's area; nothing finer may shrink or swell by more.
            const share = volume / measureTopology(plain.parts[at]?.mesh as Mesh).volume;
            expect(share, name).toBeGreaterThan(0.95);
            expect(share, name).toBeLessThan(1.25);
          }
          const layout = measureUvs(model.parts.map(({ mesh }) => mesh));
          expect({ maxTriangles, values, ...layout }).toMatchObject({ overlapping: 0, outside: 0, mirrored: 0 });
          const { issues } = await validateBytes(await encodeMeshGlb(model));
          expect(issues).toMatchObject({ numErrors: 0, numWarnings: 0 });
        }
      },
    );
  },
);
