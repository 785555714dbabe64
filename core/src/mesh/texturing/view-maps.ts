import type { RawImage } from "../../tensor/image.ts";
import type { ViewBuffer } from "./draw-view.ts";
import type { ViewCamera } from "./view-camera.ts";
import type { ViewShape } from "./view-shape.ts";

/** Gives a view's depth map: near = white, min–max over the surface, background black; 1 channel. */
export function depthMap({ size }: ViewCamera, { depth }: ViewBuffer): RawImage {
  let [near, far] = [Infinity, -Infinity];
  for (const value of depth) {
    if (value === Infinity) continue;
    near = Math.min(near, value);
    far = Math.max(far, value);
  }
  const span = far - near || 1;
  const data = Uint8Array.from(depth, (value) => (value === Infinity ? 0 : Math.round(((far - value) / span) * 255)));
  return { width: size, height: size, channels: 1, data };
}

/** Gives a view's normal map: camera space, x right, y up, z towards the camera, each (n + 1) / 2; background 128, 128, 255. */
export function normalMap({ size }: ViewCamera, { triangle }: ViewBuffer, { normals }: ViewShape): RawImage {
  const data = new Uint8Array(size * size * 3);
  for (let at = 0; at < data.length; at += 1) {
    const isSeen = (triangle[Math.floor(at / 3)] as number) >= 0;
    data[at] = isSeen ? Math.round(((normals[at] as number) + 1) * 127.5) : at % 3 === 2 ? 255 : 128;
  }
  return { width: size, height: size, channels: 3, data };
}

/** Normals that turn by more than this from pixel to pixel make a line: 40°, in the middle of what the starter model was trained with. */
const CREASE = Math.cos((40 * Math.PI) / 180);

/** Gives a view's lines, white on black: silhouettes, steps and creases, two pixels wide. */
export function lineMap({ size }: ViewCamera, { triangle }: ViewBuffer, { normals, rim }: ViewShape): RawImage {
  const data = new Uint8Array(size * size);
  const turns = (one: number, other: number) => {
    if ((triangle[other] as number) < 0) return false;
    let cosine = 0;
    for (let k = 0; k < 3; k += 1) cosine += (normals[one * 3 + k] as number) * (normals[other * 3 + k] as number);
    return cosine < CREASE;
  };
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const pixel = y * size + x;
      if ((triangle[pixel] as number) < 0) continue;
      const isCrease =
        (x > 0 && turns(pixel, pixel - 1)) ||
        (x < size - 1 && turns(pixel, pixel + 1)) ||
        (y > 0 && turns(pixel, pixel - size)) ||
        (y < size - 1 && turns(pixel, pixel + size));
      if (isCrease || (rim[pixel] as number) < 2) data[pixel] = 255;
    }
  }
  return { width: size, height: size, channels: 1, data };
}

/** Gives two colours: one where the surface is, one around it; sRGB, 3 channels. */
export function maskMap(
  { size }: ViewCamera,
  { triangle }: ViewBuffer,
  inside: readonly [number, number, number],
  outside: readonly [number, number, number],
): RawImage {
  const data = new Uint8Array(size * size * 3);
  for (let at = 0; at < data.length; at += 1) {
    const colour = (triangle[Math.floor(at / 3)] as number) >= 0 ? inside : outside;
    data[at] = colour[at % 3] as number;
  }
  return { width: size, height: size, channels: 3, data };
}
