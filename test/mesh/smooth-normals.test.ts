import { expect, test } from "vitest";
import { creasedNormals } from "../../core/src/mesh/smooth-normals.ts";

const rows = (values: Float32Array) =>
  Array.from({ length: values.length / 3 }, (_, i) => [...values.subarray(i * 3, i * 3 + 3)]);

test("a triangle without area has the normal of the surface around it", () => {
  const square = [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 1];
  const needle = [0, 0, 1, 1, 0, 1, 0.5, 0, 1];
  const normals = rows(creasedNormals(new Float32Array([...square, ...needle]), 40));
  expect(normals.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => [0, 1, 0]));
  // The needle's third corner lies on nothing else: it points up.
  expect(normals.slice(6)).toEqual(Array.from({ length: 3 }, () => [0, 1, 0]));
});

test("a corner between faces that cancel, and one that touches nothing, still has a normal of length 1", () => {
  const sheet = [0, 0, 0, 0, 0, 1, 1, 0, 0];
  const back = [0, 0, 0, 1, 0, 0, 0, 0, 1];
  const point = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  const alone = [5, 5, 5, 5, 5, 5, 5, 5, 5];
  for (const [x = 0, y = 0, z = 0] of rows(
    creasedNormals(new Float32Array([...sheet, ...back, ...point, ...alone]), 180),
  )) {
    expect(Math.hypot(x, y, z)).toBeCloseTo(1, 5);
  }
});
