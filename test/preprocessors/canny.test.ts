import { describe, expect, it } from "vitest";
import { detectCannyEdges } from "../../core/src/preprocessors/canny.ts";
import { goldenPicture } from "./golden-picture.ts";

describe("detectCannyEdges", () => {
  it.each([
    ["picture-0", "canny-0"],
    ["picture-1", "canny-1"],
    ["grey-0", "canny-grey-0"],
    ["grey-1", "canny-grey-1"],
  ])("finds exactly the edges that OpenCV finds in %s", async (picture, golden) => {
    const edges = detectCannyEdges(await goldenPicture(picture));
    const expected = await goldenPicture(golden);
    expect([edges.width, edges.height, edges.channels]).toEqual([expected.width, expected.height, 1]);
    const differing = edges.data.reduce((count, value, i) => count + (value === expected.data[i] ? 0 : 1), 0);
    expect(differing).toBe(0);
    expect(edges.data.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(100);
  });

  it("finds nothing in a flat picture and draws a closed line around a square", () => {
    const side = 16;
    const flat = { width: side, height: side, channels: 1, data: new Float32Array(side * side).fill(0.5) } as const;
    expect(Math.max(...detectCannyEdges(flat).data)).toBe(0);
    const square = {
      ...flat,
      data: flat.data.map((_, i) => (i % side > 4 && i % side < 11 && i > 80 && i < 176 ? 1 : 0)),
    };
    const edges = detectCannyEdges(square).data;
    for (let y = 6; y < 10; y++) {
      const row = edges.subarray(y * side, (y + 1) * side);
      expect(row.filter((value) => value === 1)).toHaveLength(2);
    }
  });
});
