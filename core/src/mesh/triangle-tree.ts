import type { Mesh } from "./mesh.ts";

/** Nearest place on a mesh. */
export interface NearestPoint {
  triangle: number;
  /** Shares of the triangle's three corners. */
  a: number;
  b: number;
  c: number;
  /** Squared distance. */
  distance2: number;
}

const LEAF = 4;

/** Finds nearest points on a mesh: a tree of boxes over its triangles, split at the middle of the longest side. */
export class TriangleTree {
  readonly #mesh: Mesh;
  readonly #order: Uint32Array;
  /** Lowest and highest corner of each node's box, [nodes, 6]. */
  readonly #boxes: number[] = [];
  /** First triangle and count of a leaf; a node has count 0 and its second child as first. */
  readonly #firsts: number[] = [];
  readonly #counts: number[] = [];

  constructor(mesh: Mesh) {
    this.#mesh = mesh;
    const count = mesh.indices.length / 3;
    this.#order = Uint32Array.from({ length: count }, (_, at) => at);
    const middles = new Float32Array(count * 3);
    for (let at = 0; at < count * 3; at += 1) {
      const triangle = Math.floor(at / 3);
      for (let k = 0; k < 3; k += 1) middles[at] = (middles[at] as number) + this.#corner(triangle, k, at % 3) / 3;
    }
    if (count > 0) this.#build(0, count, middles);
  }

  #corner(triangle: number, k: number, axis: number): number {
    return this.#mesh.positions[(this.#mesh.indices[triangle * 3 + k] as number) * 3 + axis] as number;
  }

  #build(start: number, end: number, middles: Float32Array): void {
    const node = this.#firsts.push(start) - 1;
    const low = [Infinity, Infinity, Infinity];
    const high = [-Infinity, -Infinity, -Infinity];
    for (let at = start; at < end; at += 1) {
      for (let corner = 0; corner < 9; corner += 1) {
        const axis = corner % 3;
        const value = this.#corner(this.#order[at] as number, Math.floor(corner / 3), axis);
        low[axis] = Math.min(low[axis] as number, value);
        high[axis] = Math.max(high[axis] as number, value);
      }
    }
    this.#boxes.push(...low, ...high);
    this.#counts.push(end - start <= LEAF ? end - start : 0);
    if (end - start <= LEAF) return;
    const sides = [0, 1, 2].map((axis) => (high[axis] as number) - (low[axis] as number));
    const axis = sides.indexOf(Math.max(...sides));
    const part = this.#order.subarray(start, end);
    part.sort((p, q) => (middles[p * 3 + axis] as number) - (middles[q * 3 + axis] as number) || p - q);
    const middle = (start + end) >> 1;
    this.#build(start, middle, middles);
    this.#firsts[node] = this.#firsts.length;
    this.#build(middle, end, middles);
  }

  /**
   * Finds the nearest point to (x, y, z) and writes it into `out`, which is also what comes back. The triangle that `out` names before
   * is tried first: for points that follow each other most of the tree is then left out. -1 = none.
   */
  nearest(x: number, y: number, z: number, out: NearestPoint): NearestPoint {
    out.distance2 = Number.POSITIVE_INFINITY;
    if (out.triangle >= 0 && out.triangle < this.#order.length) this.#closest(out.triangle, x, y, z, out);
    if (this.#firsts.length > 0) this.#search(0, x, y, z, out);
    return out;
  }

  #boxDistance2(node: number, x: number, y: number, z: number): number {
    const at = node * 6;
    const boxes = this.#boxes;
    const dx = Math.max((boxes[at] as number) - x, 0, x - (boxes[at + 3] as number));
    const dy = Math.max((boxes[at + 1] as number) - y, 0, y - (boxes[at + 4] as number));
    const dz = Math.max((boxes[at + 2] as number) - z, 0, z - (boxes[at + 5] as number));
    return dx * dx + dy * dy + dz * dz;
  }

  #search(node: number, x: number, y: number, z: number, out: NearestPoint): void {
    const count = this.#counts[node] as number;
    const first = this.#firsts[node] as number;
    if (count > 0) {
      for (let at = first; at < first + count; at += 1) this.#closest(this.#order[at] as number, x, y, z, out);
      return;
    }
    const [one, other] = [node + 1, first];
    const [near1, near2] = [this.#boxDistance2(one, x, y, z), this.#boxDistance2(other, x, y, z)];
    const [near, far, nearDistance, farDistance] =
      near1 <= near2 ? [one, other, near1, near2] : [other, one, near2, near1];
    if (nearDistance < out.distance2) this.#search(near, x, y, z, out);
    if (farDistance < out.distance2) this.#search(far, x, y, z, out);
  }

  /** Ericson, Real-Time Collision Detection, 5.1.5. */
  #closest(triangle: number, x: number, y: number, z: number, out: NearestPoint): void {
    const { positions, indices } = this.#mesh;
    const a = (indices[triangle * 3] as number) * 3;
    const b = (indices[triangle * 3 + 1] as number) * 3;
    const c = (indices[triangle * 3 + 2] as number) * 3;
    const ax = positions[a] as number;
    const ay = positions[a + 1] as number;
    const az = positions[a + 2] as number;
    const ux = (positions[b] as number) - ax;
    const uy = (positions[b + 1] as number) - ay;
    const uz = (positions[b + 2] as number) - az;
    const vx = (positions[c] as number) - ax;
    const vy = (positions[c + 1] as number) - ay;
    const vz = (positions[c + 2] as number) - az;
    const px = x - ax;
    const py = y - ay;
    const pz = z - az;
    const d1 = ux * px + uy * py + uz * pz;
    const d2 = vx * px + vy * py + vz * pz;
    const uu = ux * ux + uy * uy + uz * uz;
    const uv = ux * vx + uy * vy + uz * vz;
    const vv = vx * vx + vy * vy + vz * vz;
    const [d3, d4, d5, d6] = [d1 - uu, d2 - uv, d1 - uv, d2 - vv];
    const va = d3 * d6 - d5 * d4;
    const vb = d5 * d2 - d1 * d6;
    const vc = d1 * d4 - d3 * d2;
    let wb: number;
    let wc: number;
    if (d1 <= 0 && d2 <= 0) [wb, wc] = [0, 0];
    else if (d3 >= 0 && d4 <= d3) [wb, wc] = [1, 0];
    else if (d6 >= 0 && d5 <= d6) [wb, wc] = [0, 1];
    else if (vc <= 0 && d1 >= 0 && d3 <= 0) [wb, wc] = [d1 / (d1 - d3), 0];
    else if (vb <= 0 && d2 >= 0 && d6 <= 0) [wb, wc] = [0, d2 / (d2 - d6)];
    else if (va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0) {
      wc = (d4 - d3) / (d4 - d3 + (d5 - d6));
      wb = 1 - wc;
    } else [wb, wc] = [vb / (va + vb + vc), vc / (va + vb + vc)];
    const dx = px - wb * ux - wc * vx;
    const dy = py - wb * uy - wc * vy;
    const dz = pz - wb * uz - wc * vz;
    const distance2 = dx * dx + dy * dy + dz * dz;
    if (distance2 >= out.distance2) return;
    out.triangle = triangle;
    out.a = 1 - wb - wc;
    out.b = wb;
    out.c = wc;
    out.distance2 = distance2;
  }
}
