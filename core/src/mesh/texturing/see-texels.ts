import type { ViewBuffer } from "./draw-view.ts";
import { faceNormals, type PaintSurface } from "./paint-surface.ts";
import type { PaintTexels } from "./paint-texels.ts";
import { projectPoint, type ViewCamera } from "./view-camera.ts";
import type { ViewShape } from "./view-shape.ts";

/** Flatter than this, about 82°, a view tells nothing of a surface. */
export const LEAST_FACING = 0.14;
/** Nearer than this to where the surface breaks off a pixel may be mixed with what lies behind, pixels. */
const LEAST_RIM = 1;
/** From this distance on a break does not count, pixels of a picture of 512. */
const FULL_RIM = 8;
/** A texel lies as deep as what is drawn there, up to this part of the surface's radius. */
const DEPTH_TOLERANCE = 0.003;
/** Edge-on, a plane's depth says nothing beyond this part of the radius. */
const PLANE_REACH = 0.03;

/**
 * Tells how good a view is for a place: the cosine of the angle that it is seen at, less near where the surface breaks off.
 *
 * @returns in [0, 1]; 0 = of no use
 */
export function viewQuality(facing: number, rim: number, size: number): number {
  if (facing < LEAST_FACING || rim < LEAST_RIM) return 0;
  return facing * Math.min(1, 0.25 + (0.75 * (rim - LEAST_RIM)) / Math.max((FULL_RIM * size) / 512, 2));
}

/**
 * Calls `visit` with each texel that a view sees, rising: its row, its place in the picture (pixels, the middle of the first one is
 * 0.5) and how good the view is for it. What hides behind other parts is found by the depth that is drawn.
 */
export function seeTexels(
  surface: PaintSurface,
  texels: Pick<PaintTexels, "positions" | "triangle">,
  camera: ViewCamera,
  buffer: ViewBuffer,
  { rim }: ViewShape,
  visit: (row: number, x: number, y: number, quality: number) => void,
): void {
  const { size, position, radius } = camera;
  const { isDoubleSided } = surface;
  const faces = faceNormals(surface);
  const { positions, triangle: triangles } = texels;
  const out = new Float64Array(3);
  for (let row = 0; row < triangles.length; row += 1) {
    const triangle = triangles[row] as number;
    const px = positions[row * 3] as number;
    const py = positions[row * 3 + 1] as number;
    const pz = positions[row * 3 + 2] as number;
    const ex = position[0] - px;
    const ey = position[1] - py;
    const ez = position[2] - pz;
    const towards =
      (ex * (faces[triangle * 3] as number) +
        ey * (faces[triangle * 3 + 1] as number) +
        ez * (faces[triangle * 3 + 2] as number)) /
      Math.sqrt(ex * ex + ey * ey + ez * ez);
    const facing = isDoubleSided[triangle] === 1 ? Math.abs(towards) : towards;
    if (facing < LEAST_FACING) continue;
    projectPoint(camera, px, py, pz, out);
    const [x, y, z] = [out[0] as number, out[1] as number, out[2] as number];
    const [column, line] = [Math.floor(x), Math.floor(y)];
    if (column < 0 || line < 0 || column >= size || line >= size) continue;
    const pixel = line * size + column;
    const drawn = buffer.depth[pixel] as number;
    const other = buffer.triangle[pixel] as number;
    if (other !== triangle && other >= 0) {
      // The depth of the drawn triangle's plane where the texel is, not in the middle of the pixel: a slope is no step.
      const across = other * 3;
      const nx = faces[across] as number;
      const ny = faces[across + 1] as number;
      const nz = faces[across + 2] as number;
      const corner =
        nx * ((surface.positions[other * 9] as number) - position[0]) +
        ny * ((surface.positions[other * 9 + 1] as number) - position[1]) +
        nz * ((surface.positions[other * 9 + 2] as number) - position[2]);
      const plane = (-z * corner) / (nx * ex + ny * ey + nz * ez);
      const nearby = Math.min(plane, drawn + PLANE_REACH * radius);
      if (z > Math.max(drawn, Number.isFinite(nearby) ? nearby : 0) + DEPTH_TOLERANCE * radius) continue;
    }
    const quality = viewQuality(facing, rim[pixel] as number, size);
    if (quality > 0) visit(row, x, y, quality);
  }
}
