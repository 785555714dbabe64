import { type PaintSurface, paintTriangles } from "./paint-surface.ts";

/** Texels of the textures that a surface's triangles cover, with the place of each on the surface. */
export interface PaintTexels {
  /** Side of each texture, texels. */
  readonly size: number;
  /** Index of each covered texel over all textures, texture × size² + y × size + x, rising, [texels]. */
  readonly covered: Uint32Array;
  /** The way back: row of a texel in `covered`, -1 = not covered, [textures × size²]. */
  readonly rowOf: Int32Array;
  /** Triangle that the texel's colour is taken from, [texels]. */
  readonly triangle: Uint32Array;
  /** Shares of the triangle's first two corners, [texels, 2]. */
  readonly shares: Float32Array;
  /** Place on the surface, [texels, 3]. */
  readonly positions: Float32Array;
  /** Part of the covered texels that stand for several places of the surface: mirrored or tiled texture coordinates. */
  readonly shared: number;
}

/** Places farther apart than this part of the texture's own spacing on the surface are different ones: not two sides of an edge. */
const APART = 3;

/**
 * Finds the texels whose middle a triangle covers, and of triangles that cover none the texel that they lie in. Texture coordinates outside [0, 1) repeat, as they do for whoever draws the file.
 *
 * @param seen how much of each triangle is seen from outside, [triangles]; where several cover a texel, it stands for the one that is
 *   seen most
 */
export function findPaintTexels(surface: PaintSurface, size: number, seen?: Float64Array): PaintTexels {
  const { positions, uvs, texture, textures } = surface;
  const texels = size * size;
  const owner = new Int32Array(textures * texels).fill(-1);
  const shares = new Float32Array(textures * texels * 2);
  const isShared = new Uint8Array(textures * texels);
  const place = (triangle: number, wa: number, wb: number, k: number) => {
    const at = triangle * 9 + k;
    return (
      wa * (positions[at] as number) +
      wb * (positions[at + 3] as number) +
      (1 - wa - wb) * (positions[at + 6] as number)
    );
  };
  let count = 0;
  for (let triangle = 0; triangle < paintTriangles(surface); triangle += 1) {
    const at = triangle * 6;
    const ax = (uvs[at] as number) * size;
    const ay = (uvs[at + 1] as number) * size;
    const bx = (uvs[at + 2] as number) * size;
    const by = (uvs[at + 3] as number) * size;
    const cx = (uvs[at + 4] as number) * size;
    const cy = (uvs[at + 5] as number) * size;
    const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    if (!Number.isFinite(area)) continue;
    let hits = 0;
    const spacing = spacingOf(positions, triangle, Math.abs(area));
    const left = Math.ceil(Math.min(ax, bx, cx) - 0.5);
    // One that repeats the whole texture covers each texel once; the rest would only be the same again.
    const right = Math.min(Math.floor(Math.max(ax, bx, cx) - 0.5), left + size - 1);
    const top = Math.ceil(Math.min(ay, by, cy) - 0.5);
    const bottom = Math.min(Math.floor(Math.max(ay, by, cy) - 0.5), top + size - 1);
    const first = (texture[triangle] as number) * texels;
    for (let y = top; y <= bottom; y += 1) {
      const row = first + wrap(y, size) * size;
      for (let x = left; x <= right; x += 1) {
        const wa = ((bx - x - 0.5) * (cy - y - 0.5) - (by - y - 0.5) * (cx - x - 0.5)) / area;
        const wb = ((cx - x - 0.5) * (ay - y - 0.5) - (cy - y - 0.5) * (ax - x - 0.5)) / area;
        // Without an area the shares are no numbers.
        if (!(wa >= 0 && wb >= 0 && wa + wb <= 1)) continue;
        hits += 1;
        const texel = row + wrap(x, size);
        const before = owner[texel] as number;
        if (before === -1) count += 1;
        else {
          const [oa, ob] = [shares[texel * 2] as number, shares[texel * 2 + 1] as number];
          let apart = 0;
          for (let k = 0; k < 3; k += 1) apart += (place(before, oa, ob, k) - place(triangle, wa, wb, k)) ** 2;
          if (Math.sqrt(apart) > APART * spacing) isShared[texel] = 1;
          if (seen === undefined || (seen[before] as number) >= (seen[triangle] as number)) continue;
        }
        owner[texel] = triangle;
        shares[texel * 2] = wa;
        shares[texel * 2 + 1] = wb;
      }
    }
    if (hits > 0) continue;
    // Smaller than a texel, or a point of a palette: it has the colour of the texel that it lies in.
    const [x, y] = [Math.floor((ax + bx + cx) / 3), Math.floor((ay + by + cy) / 3)];
    const texel = first + wrap(y, size) * size + wrap(x, size);
    if (owner[texel] !== -1) continue;
    owner[texel] = triangle;
    shares.fill(1 / 3, texel * 2, texel * 2 + 2);
    count += 1;
  }
  const covered = new Uint32Array(count);
  const triangles = new Uint32Array(count);
  const places = new Float32Array(count * 3);
  const rowShares = new Float32Array(count * 2);
  const rowOf = owner;
  let [at, shared] = [0, 0];
  for (let texel = 0; texel < owner.length; texel += 1) {
    const triangle = owner[texel] as number;
    if (triangle === -1) continue;
    covered[at] = texel;
    triangles[at] = triangle;
    shared += isShared[texel] as number;
    const [wa, wb] = [shares[texel * 2] as number, shares[texel * 2 + 1] as number];
    rowShares[at * 2] = wa;
    rowShares[at * 2 + 1] = wb;
    for (let k = 0; k < 3; k += 1) places[at * 3 + k] = place(triangle, wa, wb, k);
    rowOf[texel] = at;
    at += 1;
  }
  return {
    size,
    covered,
    rowOf,
    triangle: triangles,
    shares: rowShares,
    positions: places,
    shared: count === 0 ? 0 : shared / count,
  };
}

/** Distance on the surface between two texels of a triangle. */
function spacingOf(positions: Float32Array, triangle: number, doubleTexels: number): number {
  const at = triangle * 9;
  const side = (corner: number, k: number) =>
    (positions[at + corner * 3 + k] as number) - (positions[at + k] as number);
  const x = side(1, 1) * side(2, 2) - side(1, 2) * side(2, 1);
  const y = side(1, 2) * side(2, 0) - side(1, 0) * side(2, 2);
  const z = side(1, 0) * side(2, 1) - side(1, 1) * side(2, 0);
  return Math.sqrt(Math.hypot(x, y, z) / doubleTexels);
}

function wrap(value: number, size: number): number {
  const rest = value % size;
  return rest < 0 ? rest + size : rest;
}
