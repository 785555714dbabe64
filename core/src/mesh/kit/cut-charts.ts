import { growCharts } from "../grow-charts.ts";
import { changed, type Face, type Solid } from "./solid.ts";

/** Gives a solid other charts, found from its shape as for any mesh: for bodies that no simple unrolling suits. */
export function cutCharts(solid: Solid): Solid {
  return changed(solid, withOtherCharts);
}

function withOtherCharts({ points, faces }: Solid): Solid {
  const triangles = faces.flatMap(({ corners }) =>
    Array.from({ length: corners.length - 2 }, (_, k) => [corners[0], corners[k + 1], corners[k + 2]] as number[]),
  );
  const mesh = { positions: Float32Array.from(points.flat()), indices: Uint32Array.from(triangles.flat()) };
  const { flat, chartOf } = growCharts(mesh);
  return {
    points,
    faces: triangles.map((corners, triangle): Face => {
      const uvs = [0, 1, 2].map(
        (k) => [flat[triangle * 6 + k * 2] as number, flat[triangle * 6 + k * 2 + 1] as number] as const,
      );
      return { corners, uvs, chart: chartOf[triangle] as number };
    }),
  };
}
