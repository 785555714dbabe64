import type { RawImage } from "../tensor/image.ts";
import type { Material, Model } from "./mesh.ts";
import { linearToSrgbByte, srgbToLinear } from "./srgb.ts";

/** A camera that looks from `position` at `target`, +Y upwards. */
export interface View {
  readonly position: readonly [number, number, number];
  readonly target: readonly [number, number, number];
  /** Vertical angle of view. */
  readonly fovDegrees: number;
}

/** Options of {@link rasterize}. */
export interface RasterizeOptions {
  width: number;
  height: number;
  /** Samples along each side of a pixel of `colour`; depth, normals and parts have one in the middle of each sample. */
  supersampling?: number;
  /** Colour behind the model, sRGB bytes. */
  background?: readonly [number, number, number];
}

/** What a camera sees. Buffers are row-major, the upper row first; the last three at width × supersampling by height × supersampling. */
export interface Raster {
  /** Lit picture, 3 channels, sRGB. */
  readonly colour: RawImage;
  /** Distance along the camera's axis, metres; Infinity = nothing. */
  readonly depth: Float32Array;
  /** Unit normals, camera space (x right, y up, z towards the camera), 0 = nothing, [pixels, 3]. */
  readonly normals: Float32Array;
  /** 1 + index of the part, 0 = nothing. */
  readonly parts: Uint16Array;
}

/** Nearer than this nothing is drawn, metres. */
const NEAR = 1e-3;

/**
 * Draws a model by software with a depth buffer: a key light from the camera's upper left, a fill light and the light of sky and
 * ground. Made for previews and for depth and normal maps; triangles that reach behind the camera are left out, not cut.
 */
export function rasterize(model: Model, view: View, options: RasterizeOptions): Raster {
  const samples = options.supersampling ?? 1;
  const [width, height] = [options.width * samples, options.height * samples];
  const depth = new Float32Array(width * height).fill(Number.POSITIVE_INFINITY);
  const normals = new Float32Array(width * height * 3);
  const parts = new Uint16Array(width * height);
  const light = new Float32Array(width * height * 3);
  const background = (options.background ?? [236, 238, 241]).map((byte) => srgbToLinear(byte / 255));
  for (let at = 0; at < light.length; at += 1) light[at] = background[at % 3] as number;
  const camera = makeCamera(view, width, height);
  model.parts.forEach(({ mesh, material }, index) => {
    const shade = makeShader(model.materials[material]);
    const { positions, indices } = mesh;
    const count = positions.length / 3;
    const projected = new Float64Array(count * 3);
    const turned = new Float64Array(count * 3);
    for (let vertex = 0; vertex < count; vertex += 1) {
      camera.project(positions, vertex, projected);
      if (mesh.normals !== undefined) camera.turn(mesh.normals, vertex, turned);
    }
    const n = new Float64Array(9);
    for (let corner = 0; corner < indices.length; corner += 3) {
      const a = (indices[corner] as number) * 3;
      const b = (indices[corner + 1] as number) * 3;
      const c = (indices[corner + 2] as number) * 3;
      const [ax, ay, az] = [projected[a] as number, projected[a + 1] as number, projected[a + 2] as number];
      const [bx, by, bz] = [projected[b] as number, projected[b + 1] as number, projected[b + 2] as number];
      const [cx, cy, cz] = [projected[c] as number, projected[c + 1] as number, projected[c + 2] as number];
      if (az < NEAR || bz < NEAR || cz < NEAR) continue;
      // y runs downwards on the screen: what faces the camera has a negative area.
      const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
      if (area >= 0) continue;
      if (mesh.normals === undefined) {
        camera.faceNormal(positions, a, b, c, n);
      } else {
        for (let k = 0; k < 3; k += 1) {
          n[k] = turned[a + k] as number;
          n[3 + k] = turned[b + k] as number;
          n[6 + k] = turned[c + k] as number;
        }
      }
      const left = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
      const right = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
      const top = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
      const bottom = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
      for (let y = top; y <= bottom; y += 1) {
        for (let x = left; x <= right; x += 1) {
          const [px, py] = [x + 0.5, y + 0.5];
          const wa = ((bx - px) * (cy - py) - (by - py) * (cx - px)) / area;
          const wb = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) / area;
          const wc = 1 - wa - wb;
          if (wa < 0 || wb < 0 || wc < 0) continue;
          const z = 1 / (wa / az + wb / bz + wc / cz);
          const pixel = y * width + x;
          if (z >= (depth[pixel] as number)) continue;
          depth[pixel] = z;
          parts[pixel] = index + 1;
          const [ka, kb, kc] = [(wa * z) / az, (wb * z) / bz, (wc * z) / cz];
          let nx = ka * (n[0] as number) + kb * (n[3] as number) + kc * (n[6] as number);
          let ny = ka * (n[1] as number) + kb * (n[4] as number) + kc * (n[7] as number);
          let nz = ka * (n[2] as number) + kb * (n[5] as number) + kc * (n[8] as number);
          const length = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
          nx /= length;
          ny /= length;
          nz /= length;
          normals[pixel * 3] = nx;
          normals[pixel * 3 + 1] = ny;
          normals[pixel * 3 + 2] = nz;
          shade(nx, ny, nz, ka, kb, kc, a / 3, b / 3, c / 3, mesh.uvs, light, pixel * 3);
        }
      }
    }
  });
  return { colour: develop(light, options.width, options.height, samples), depth, normals, parts };
}

function makeCamera({ position, target, fovDegrees }: View, width: number, height: number) {
  const back = [0, 1, 2].map((k) => (position[k] as number) - (target[k] as number)) as [number, number, number];
  const distance = Math.hypot(...back) || 1;
  const [zx, zy, zz] = back.map((value) => value / distance) as [number, number, number];
  // Straight from above or below, +Z is down on the picture.
  const level = Math.hypot(zx, zz);
  const [xx, xz] = level > 1e-6 ? [zz / level, -zx / level] : [1, 0];
  const [yx, yy, yz] = [zy * xz, zz * xx - zx * xz, -zy * xx];
  const focal = height / 2 / Math.tan((fovDegrees * Math.PI) / 360);
  const [ox, oy, oz] = position;
  const turn = (x: number, y: number, z: number, out: Float64Array, at: number) => {
    out[at] = xx * x + xz * z;
    out[at + 1] = yx * x + yy * y + yz * z;
    out[at + 2] = zx * x + zy * y + zz * z;
  };
  return {
    /** Pixels and depth. */
    project(positions: Float32Array, vertex: number, out: Float64Array): void {
      const at = vertex * 3;
      turn(
        (positions[at] as number) - ox,
        (positions[at + 1] as number) - oy,
        (positions[at + 2] as number) - oz,
        out,
        at,
      );
      const depth = -(out[at + 2] as number);
      out[at] = width / 2 + (focal * (out[at] as number)) / depth;
      out[at + 1] = height / 2 - (focal * (out[at + 1] as number)) / depth;
      out[at + 2] = depth;
    },
    turn(normals: Float32Array, vertex: number, out: Float64Array): void {
      const at = vertex * 3;
      turn(normals[at] as number, normals[at + 1] as number, normals[at + 2] as number, out, at);
    },
    /** The triangle's own normal, three times. */
    faceNormal(p: Float32Array, a: number, b: number, c: number, out: Float64Array): void {
      const u = [0, 1, 2].map((k) => (p[b + k] as number) - (p[a + k] as number)) as [number, number, number];
      const v = [0, 1, 2].map((k) => (p[c + k] as number) - (p[a + k] as number)) as [number, number, number];
      for (let k = 0; k < 9; k += 3) {
        turn(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0], out, k);
      }
    },
  };
}

type Direction = readonly [number, number, number];
const unit = (x: number, y: number, z: number): Direction =>
  [x, y, z].map((v) => v / Math.hypot(x, y, z)) as unknown as Direction;
const KEY = unit(-0.45, 0.75, 0.6);
const FILL = unit(0.8, 0.15, 0.5);

type Shade = (
  nx: number,
  ny: number,
  nz: number,
  ka: number,
  kb: number,
  kc: number,
  a: number,
  b: number,
  c: number,
  uvs: Float32Array | undefined,
  light: Float32Array,
  at: number,
) => void;

/** Lambert's diffuse light and Blinn's highlight, both lights in camera space. */
function makeShader(material: Material | undefined): Shade {
  const {
    baseColour,
    roughness,
    metallic,
    emissive,
    baseColourTexture: texture,
  } = material ?? {
    baseColour: [0.8, 0.8, 0.8],
    roughness: 1,
    metallic: 0,
    emissive: undefined,
    baseColourTexture: undefined,
  };
  const shininess = 2 / Math.max(roughness, 0.08) ** 3;
  const strength = (1 - roughness) * 0.9;
  const halves = [KEY, FILL].map(([x, y, z]) => unit(x, y, z + 1)) as [Direction, Direction];
  return (nx, ny, nz, ka, kb, kc, a, b, c, uvs, light, at) => {
    const key = Math.max(0, nx * KEY[0] + ny * KEY[1] + nz * KEY[2]);
    const fill = Math.max(0, nx * FILL[0] + ny * FILL[1] + nz * FILL[2]);
    const sky = 0.34 + 0.16 * ny;
    const diffuse = 0.72 * key + 0.18 * fill + sky;
    const glint = Math.max(0, nx * halves[0][0] + ny * halves[0][1] + nz * halves[0][2]) ** shininess;
    // A metal has no diffuse light; the sky that it mirrors stands in for it.
    const mirrored = 0.35 + 0.5 * Math.max(0, ny) + 0.3 * key;
    let texel = -1;
    if (texture !== undefined && uvs !== undefined) {
      const u = ka * (uvs[a * 2] as number) + kb * (uvs[b * 2] as number) + kc * (uvs[c * 2] as number);
      const v = ka * (uvs[a * 2 + 1] as number) + kb * (uvs[b * 2 + 1] as number) + kc * (uvs[c * 2 + 1] as number);
      const x = Math.min(Math.max(Math.floor(u * texture.width), 0), texture.width - 1);
      const y = Math.min(Math.max(Math.floor(v * texture.height), 0), texture.height - 1);
      texel = (y * texture.width + x) * texture.channels;
    }
    for (let k = 0; k < 3; k += 1) {
      const painted = texel < 0 ? 1 : srgbToLinear((texture?.data[texel + k] as number) / 255);
      const colour = (baseColour[k] as number) * painted;
      const specular = strength * glint * (metallic * colour * 2 + (1 - metallic) * 0.4);
      light[at + k] = colour * ((1 - metallic) * diffuse + metallic * mirrored) + specular + (emissive?.[k] ?? 0);
    }
  };
}

/** Averages the samples of each pixel, in linear light. */
function develop(light: Float32Array, width: number, height: number, samples: number): RawImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      for (let k = 0; k < 3; k += 1) {
        let sum = 0;
        for (let sy = 0; sy < samples; sy += 1) {
          for (let sx = 0; sx < samples; sx += 1) {
            const at = ((y * samples + sy) * width * samples + x * samples + sx) * 3 + k;
            sum += Math.min(light[at] as number, 1);
          }
        }
        data[(y * width + x) * 3 + k] = linearToSrgbByte(sum / (samples * samples));
      }
    }
  }
  return { width, height, channels: 3, data };
}
