import { describe, expect, it } from "vitest";
import { closeHoles } from "../../core/src/mesh/close-holes.ts";
import { sampleDistance } from "../../core/src/mesh/distance-grid.ts";
import { extractSurface } from "../../core/src/mesh/extract-surface.ts";
import { largestComponent } from "../../core/src/mesh/largest-component.ts";
import { measureTopology } from "../../core/src/mesh/measure-topology.ts";

const GRID = { size: [32, 32, 32], origin: [-1, -1, -1], spacing: 2 / 31 } as const;
const twoBalls = extractSurface(
  sampleDistance(GRID, (x, y, z) => Math.min(Math.hypot(x + 0.4, y, z) - 0.4, Math.hypot(x - 0.6, y, z) - 0.2)),
);

describe("largestComponent", () => {
  it("keeps the larger of two balls", () => {
    const kept = largestComponent(twoBalls);
    expect(measureTopology(twoBalls).components).toBe(2);
    expect(measureTopology(kept)).toMatchObject({ components: 1, watertight: true, manifold: true });
    expect(Math.max(...kept.positions.filter((_, at) => at % 3 === 0))).toBeLessThan(0.05);
  });
});

describe("closeHoles", () => {
  it("closes a ball that lost a triangle here and a patch there", () => {
    const ball = largestComponent(twoBalls);
    const whole = measureTopology(ball);
    const torn = { ...ball, indices: ball.indices.slice(3) };
    const far = torn.indices.filter((_, corner) => {
      const first = torn.indices[corner - (corner % 3)] as number;
      return (ball.positions[first * 3 + 1] as number) < 0.35;
    });
    const { mesh, closed, left } = closeHoles({ ...torn, indices: far });
    expect({ closed, left }).toEqual({ closed: 2, left: 0 });
    const after = measureTopology(mesh);
    expect(after).toMatchObject({ watertight: true, manifold: true, components: 1 });
    expect(after.volume / whole.volume).toBeCloseTo(1, 1);
  });

  it("closes two holes that touch at a vertex each by itself", () => {
    const positions = Float32Array.from([0, 1, 0, 0, -1, 0, 1, 0, 0, 0, 0, 1, -1, 0, 0, 0, 0, -1]);
    const faces = [
      [0, 3, 2],
      [0, 4, 3],
      [0, 5, 4],
      [0, 2, 5],
      [1, 2, 3],
      [1, 3, 4],
      [1, 4, 5],
      [1, 5, 2],
    ];
    const torn = { positions, indices: Uint32Array.from(faces.filter((_, at) => at !== 0 && at !== 2).flat()) };
    expect(measureTopology(torn).boundaryEdges).toBe(6);
    const { mesh, closed, left } = closeHoles(torn);
    expect({ closed, left }).toEqual({ closed: 2, left: 0 });
    expect(measureTopology(mesh)).toMatchObject({ triangles: 8, watertight: true, manifold: true });
    expect(measureTopology(mesh).volume).toBeCloseTo(4 / 3, 5);
  });

  it("leaves a closed mesh as it is", () => {
    expect(closeHoles(twoBalls)).toMatchObject({ closed: 0, left: 0 });
  });
});

describe("measureTopology", () => {
  it("finds an edge of three triangles, a pinched vertex and a turned triangle", () => {
    const tetrahedron = [0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3];
    const corners = [0, 0, 0, 1, 0, 0, 0, 0, -1, 0, 1, 0];
    const solid = { positions: Float32Array.from(corners), indices: Uint32Array.from(tetrahedron) };
    expect(measureTopology(solid)).toMatchObject({ watertight: true, manifold: true, components: 1 });
    expect(measureTopology(solid).volume).toBeCloseTo(1 / 6, 6);
    const fin = {
      positions: Float32Array.from([...corners, 1, 1, 1]),
      indices: Uint32Array.from([...tetrahedron, 0, 1, 4]),
    };
    expect(measureTopology(fin)).toMatchObject({ nonManifoldEdges: 1, boundaryEdges: 2 });
    const turned = { ...solid, indices: Uint32Array.from([...tetrahedron.slice(0, 9), 0, 2, 3]) };
    expect(measureTopology(turned).nonManifoldEdges).toBe(3);
    const twice = {
      positions: Float32Array.from([...corners, ...corners.map((value) => -value)]),
      indices: Uint32Array.from([...tetrahedron, ...tetrahedron.map((vertex) => vertex + 4)]),
    };
    expect(measureTopology(twice)).toMatchObject({
      nonManifoldEdges: 0,
      nonManifoldVertices: 1,
      components: 1,
      watertight: true,
    });
  });
});
