import { describe, expect, it } from "vitest";
import { drawView } from "../../../core/src/mesh/texturing/draw-view.ts";
import { aimCamera, projectPoint } from "../../../core/src/mesh/texturing/view-camera.ts";
import { depthMap, lineMap, maskMap, normalMap } from "../../../core/src/mesh/texturing/view-maps.ts";
import { measureView } from "../../../core/src/mesh/texturing/view-shape.ts";
import { cubeSides, makeSurface, square } from "./surfaces.ts";

const SIZE = 64;
const FRONT = [0, 0, 1] as const;
const middle = (SIZE / 2) * SIZE + SIZE / 2;

describe("aimCamera", () => {
  it("lets the surface take nine tenths of the picture, in its middle, whatever side it is seen from", () => {
    const surface = makeSurface(cubeSides());
    for (const towards of [FRONT, [1, 0.4, -0.3], [0, 1, 0], [0, -1, 0]] as const) {
      const camera = aimCamera(surface, towards, SIZE);
      const [xs, ys]: [number[], number[]] = [[], []];
      const out = new Float64Array(3);
      for (let at = 0; at < surface.positions.length; at += 3) {
        const [x = 0, y = 0, z = 0] = surface.positions.subarray(at, at + 3);
        projectPoint(camera, x, y, z, out);
        xs.push(out[0] as number);
        ys.push(out[1] as number);
      }
      const extent = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
      expect(extent).toBeCloseTo(SIZE * 0.9, 3);
      expect((Math.max(...xs) + Math.min(...xs)) / 2).toBeCloseTo(SIZE / 2, 3);
      expect((Math.max(...ys) + Math.min(...ys)) / 2).toBeCloseTo(SIZE / 2, 3);
    }
  });

  it("has a right-handed frame with +Y up in the picture, and +Z down when seen from above", () => {
    const camera = aimCamera(makeSurface(cubeSides()), [0, 1, 0], SIZE);
    const [near, far] = [new Float64Array(3), new Float64Array(3)];
    projectPoint(camera, 0, 0, 1, near);
    projectPoint(camera, 0, 0, -1, far);
    expect(near[1]).toBeGreaterThan(far[1] as number);
    expect(camera.right).toEqual([1, 0, 0]);
  });
});

describe("drawView", () => {
  it("sees the front of a cube at the distance that the camera has from it", () => {
    const surface = makeSurface(cubeSides());
    const camera = aimCamera(surface, FRONT, SIZE);
    const { triangle, depth, shares } = drawView(surface, camera);
    expect(triangle[middle]).toBeLessThan(2);
    expect(depth[middle]).toBeCloseTo(camera.position[2] - 1, 5);
    expect(triangle[0]).toBe(-1);
    expect(depth[0]).toBe(Number.POSITIVE_INFINITY);
    // The shares give the place back: on the front side z is 1, and the pixel's own place projects onto it.
    const corner = (triangle[middle] as number) * 9;
    const [ka = 0, kb = 0] = shares.subarray(middle * 2, middle * 2 + 2);
    const place = [0, 1, 2].map(
      (k) =>
        ka * (surface.positions[corner + k] as number) +
        kb * (surface.positions[corner + 3 + k] as number) +
        (1 - ka - kb) * (surface.positions[corner + 6 + k] as number),
    ) as [number, number, number];
    const out = new Float64Array(3);
    projectPoint(camera, ...place, out);
    expect(out[0]).toBeCloseTo(SIZE / 2 + 0.5, 4);
    expect(out[1]).toBeCloseTo(SIZE / 2 + 0.5, 4);
  });

  it("leaves triangles out that are seen from behind, unless they are double sided", () => {
    const seen = (isDoubleSided: boolean) => {
      const surface = makeSurface([{ ...square(), isDoubleSided }]);
      const camera = aimCamera(surface, [0, 0, -1], SIZE);
      return drawView(surface, camera).triangle[middle];
    };
    expect(seen(false)).toBe(-1);
    expect(seen(true)).toBeGreaterThanOrEqual(0);
  });
});

describe("measureView", () => {
  it("gives normals that look at the camera, their cosine, and the distance to the rim", () => {
    const surface = makeSurface([{ ...square(), isDoubleSided: true }]);
    for (const side of [1, -1]) {
      const camera = aimCamera(surface, [0, 0, side], SIZE);
      const { normals, facing, rim } = measureView(surface, camera, drawView(surface, camera));
      for (const k of [0, 1, 2]) expect(normals[middle * 3 + k]).toBeCloseTo(k === 2 ? 1 : 0, 6);
      expect(facing[middle]).toBeCloseTo(1, 3);
      // Half of nine tenths of the picture.
      expect(rim[middle]).toBeGreaterThan(SIZE * 0.45 - 2);
      expect(rim[middle]).toBeLessThan(SIZE * 0.45 + 2);
      expect(rim[0]).toBe(0);
    }
  });

  it("takes a step in depth for a rim, but no slope", () => {
    const surface = makeSurface([square(0, 1), square(0.5, 0.4)]);
    const camera = aimCamera(surface, FRONT, SIZE);
    const buffer = drawView(surface, camera);
    const { rim } = measureView(surface, camera, buffer);
    const row = middle - SIZE / 2;
    const border = [...Array(SIZE).keys()].filter(
      (x) => x > 4 && x < SIZE - 4 && (buffer.triangle[row + x] as number) >= 0 && rim[row + x] === 1,
    );
    expect(border.length).toBeGreaterThanOrEqual(4);
    const slope = makeSurface([{ from: [-1, -1, 1], across: [2, 0, 0], up: [0, 2, -3], uv: [0, 0, 1, 1] }]);
    const tilted = aimCamera(slope, FRONT, SIZE);
    expect(measureView(slope, tilted, drawView(slope, tilted)).rim[middle]).toBeGreaterThan(8);
  });
});

describe("view maps", () => {
  const surface = makeSurface([square(0, 1), square(0.5, 0.4)]);
  const camera = aimCamera(surface, FRONT, SIZE);
  const buffer = drawView(surface, camera);
  const shape = measureView(surface, camera, buffer);

  it("write depth as near = white over the surface and black behind it", () => {
    const { data } = depthMap(camera, buffer);
    expect(data[middle]).toBe(255);
    const edge = middle - Math.round(SIZE * 0.4);
    expect(buffer.triangle[edge]).toBeLessThan(2);
    expect(data[edge]).toBe(0);
    expect(data[0]).toBe(0);
  });

  it("write normals as control maps want them", () => {
    const { data } = normalMap(camera, buffer, shape);
    expect([...data.subarray(middle * 3, middle * 3 + 3)]).toEqual([128, 128, 255]);
    expect([...data.subarray(0, 3)]).toEqual([128, 128, 255]);
    const tilted = makeSurface([{ from: [-1, -1, 1], across: [2, 0, 0], up: [0, 2, -2], uv: [0, 0, 1, 1] }]);
    const view = aimCamera(tilted, FRONT, SIZE);
    const drawn = drawView(tilted, view);
    const map = normalMap(view, drawn, measureView(tilted, view, drawn)).data;
    // Leans back by 45°: half up, half towards the camera.
    const half = Math.round((Math.SQRT1_2 + 1) * 127.5);
    expect([...map.subarray(middle * 3, middle * 3 + 3)]).toEqual([128, half, half]);
  });

  it("draw lines at silhouettes and steps only", () => {
    const { data } = lineMap(camera, buffer, shape);
    expect(data[middle]).toBe(0);
    expect(data.some((value) => value === 255)).toBe(true);
    for (const [pixel, value] of data.entries()) if (value === 255) expect(shape.rim[pixel]).toBeLessThan(2);
  });

  it("part the surface from what lies around it", () => {
    const { data } = maskMap(camera, buffer, [1, 2, 3], [4, 5, 6]);
    expect([...data.subarray(middle * 3, middle * 3 + 3)]).toEqual([1, 2, 3]);
    expect([...data.subarray(0, 3)]).toEqual([4, 5, 6]);
  });
});
