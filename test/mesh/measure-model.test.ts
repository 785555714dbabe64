import { expect, it } from "vitest";
import { countOpenEdges } from "../../core/src/mesh/measure-model.ts";
import type { Mesh, Model } from "../../core/src/mesh/mesh.ts";

const positions = Float32Array.from([0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0]);
const part = (...indices: number[]): Mesh => ({ positions, indices: Uint32Array.from(indices) });
const model = (...meshes: Mesh[]): Model => ({
  name: "tetrahedron",
  materials: [{ name: "plain", baseColour: [1, 1, 1], roughness: 1, metallic: 0 }],
  parts: meshes.map((mesh, at) => ({ name: `part ${at}`, material: 0, mesh })),
});

it("a body whose sides are parts of different materials has no open edges", () => {
  expect(countOpenEdges(model(part(0, 1, 2, 0, 2, 3), part(0, 3, 1, 1, 3, 2)))).toBe(0);
  expect(countOpenEdges(model(part(0, 1, 2, 0, 2, 3), part(0, 3, 1)))).toBe(3);
  expect(countOpenEdges(model(part(0, 1, 2)))).toBe(3);
});
