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
/** Nodes that wait on the way down: one a level. */
const DEPTH = 64;

/** Finds nearest points on a mesh: a tree of boxes over its triangles, split at the middle of the longest side. */
export class TriangleTree {
  readonly #count: number;
  /** Triangles leaf by leaf, and where each stands there. */
  readonly #order: Uint32Array;
  readonly #placeOf: Uint32Array;
  /** Corners of the triangles in that order, [triangles, 9]: what is searched together lies together. */
  readonly #corners: Float32Array;
  /** Lowest and highest corner of each node's box, [nodes, 6]. */
  readonly #boxes: Float32Array;
  /** First triangle and count of a leaf; a node has count 0 and its second child as first. */
  readonly #firsts: Int32Array;
  readonly #counts: Uint8Array;
  #nodes = 0;
  readonly #waiting = new Int32Array(DEPTH);
  readonly #distances = new Float64Array(DEPTH);

  constructor(mesh: Mesh) {
    const { positions, indices } = mesh;
    const count = indices.length / 3;
    this.#count = count;
    this.#order = Uint32Array.from({ length: count }, (_, at) => at);
    const most = Math.max(1, count * 2);
    this.#boxes = new Float32Array(most * 6);
    this.#firsts = new Int32Array(most);
    this.#counts = new Uint8Array(most);
    const corners = new Float32Array(count * 9);
    const middles = new Float32Array(count * 3);
    for (let corner = 0; corner < indices.length; corner += 1) {
      const from = (indices[corner] as number) * 3;
      const triangle = (corner / 3) | 0;
      for (let k = 0; k < 3; k += 1) {
        const value = positions[from + k] as number;
        corners[corner * 3 + k] = value;
        middles[triangle * 3 + k] = (middles[triangle * 3 + k] as number) + value / 3;
      }
    }
    if (count > 0) this.#build(0, count, corners, middles);
    this.#placeOf = new Uint32Array(count);
    this.#corners = new Float32Array(count * 9);
    for (let place = 0; place < count; place += 1) {
      const triangle = this.#order[place] as number;
      this.#placeOf[triangle] = place;
      for (let k = 0; k < 9; k += 1) this.#corners[place * 9 + k] = corners[triangle * 9 + k] as number;
    }
  }

  #build(start: number, end: number, corners: Float32Array, middles: Float32Array): void {
    const node = this.#nodes;
    this.#nodes += 1;
    const [boxes, order] = [this.#boxes, this.#order];
    for (let k = 0; k < 3; k += 1) {
      let [low, high] = [Infinity, -Infinity];
      for (let at = start; at < end; at += 1) {
        const from = (order[at] as number) * 9 + k;
        for (let corner = 0; corner < 9; corner += 3) {
          const value = corners[from + corner] as number;
          if (value < low) low = value;
          if (value > high) high = value;
        }
      }
      boxes[node * 6 + k] = low;
      boxes[node * 6 + 3 + k] = high;
    }
    if (end - start <= LEAF) {
      this.#firsts[node] = start;
      this.#counts[node] = end - start;
      return;
    }
    const side = (k: number) => (boxes[node * 6 + 3 + k] as number) - (boxes[node * 6 + k] as number);
    const axis = side(0) >= side(1) && side(0) >= side(2) ? 0 : side(1) >= side(2) ? 1 : 2;
    const middle = (start + end) >> 1;
    partition(order, start, end - 1, middle, middles, axis);
    this.#build(start, middle, corners, middles);
    this.#firsts[node] = this.#nodes;
    this.#build(middle, end, corners, middles);
  }

  /**
   * Finds the nearest point to (x, y, z) and writes it into `out`, which is also what comes back. The triangle that `out` names before
   * is tried first: for points that follow each other most of the tree is then left out. -1 = none.
   */
  nearest(x: number, y: number, z: number, out: NearestPoint): NearestPoint {
    out.distance2 = Number.POSITIVE_INFINITY;
    if (this.#count === 0) return out;
    if (out.triangle >= 0 && out.triangle < this.#count)
      this.#closest(this.#placeOf[out.triangle] as number, x, y, z, out);
    const [waiting, distances, firsts, counts] = [this.#waiting, this.#distances, this.#firsts, this.#counts];
    let depth = 1;
    waiting[0] = 0;
    distances[0] = 0;
    while (depth > 0) {
      depth -= 1;
      if ((distances[depth] as number) >= out.distance2) continue;
      let node = waiting[depth] as number;
      // Down the nearer side; the farther one waits.
      while (counts[node] === 0) {
        const one = node + 1;
        const other = firsts[node] as number;
        const oneDistance = this.#boxDistance2(one, x, y, z);
        const otherDistance = this.#boxDistance2(other, x, y, z);
        const isOne = oneDistance <= otherDistance;
        const far = isOne ? otherDistance : oneDistance;
        if (far < out.distance2) {
          waiting[depth] = isOne ? other : one;
          distances[depth] = far;
          depth += 1;
        }
        node = isOne ? one : other;
        if ((isOne ? oneDistance : otherDistance) >= out.distance2) {
          node = -1;
          break;
        }
      }
      if (node < 0) continue;
      const first = firsts[node] as number;
      const end = first + (counts[node] as number);
      for (let place = first; place < end; place += 1) this.#closest(place, x, y, z, out);
    }
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

  /** Ericson, Real-Time Collision Detection, 5.1.5. */
  #closest(place: number, x: number, y: number, z: number, out: NearestPoint): void {
    const corners = this.#corners;
    const at = place * 9;
    const ax = corners[at] as number;
    const ay = corners[at + 1] as number;
    const az = corners[at + 2] as number;
    const ux = (corners[at + 3] as number) - ax;
    const uy = (corners[at + 4] as number) - ay;
    const uz = (corners[at + 5] as number) - az;
    const vx = (corners[at + 6] as number) - ax;
    const vy = (corners[at + 7] as number) - ay;
    const vz = (corners[at + 8] as number) - az;
    const px = x - ax;
    const py = y - ay;
    const pz = z - az;
    const d1 = ux * px + uy * py + uz * pz;
    const d2 = vx * px + vy * py + vz * pz;
    const uu = ux * ux + uy * uy + uz * uz;
    const uv = ux * vx + uy * vy + uz * vz;
    const vv = vx * vx + vy * vy + vz * vz;
    const d3 = d1 - uu;
    const d4 = d2 - uv;
    const d5 = d1 - uv;
    const d6 = d2 - vv;
    const va = d3 * d6 - d5 * d4;
    const vb = d5 * d2 - d1 * d6;
    const vc = d1 * d4 - d3 * d2;
    let wb = 0;
    let wc = 0;
    if (d1 <= 0 && d2 <= 0) {
      // The first corner.
    } else if (d3 >= 0 && d4 <= d3) wb = 1;
    else if (d6 >= 0 && d5 <= d6) wc = 1;
    else if (vc <= 0 && d1 >= 0 && d3 <= 0) wb = d1 / (d1 - d3);
    else if (vb <= 0 && d2 >= 0 && d6 <= 0) wc = d2 / (d2 - d6);
    else if (va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0) {
      wc = (d4 - d3) / (d4 - d3 + (d5 - d6));
      wb = 1 - wc;
    } else {
      wb = vb / (va + vb + vc);
      wc = vc / (va + vb + vc);
    }
    const dx = px - wb * ux - wc * vx;
    const dy = py - wb * uy - wc * vy;
    const dz = pz - wb * uz - wc * vz;
    const distance2 = dx * dx + dy * dy + dz * dz;
    if (distance2 >= out.distance2) return;
    out.triangle = this.#order[place] as number;
    out.a = 1 - wb - wc;
    out.b = wb;
    out.c = wc;
    out.distance2 = distance2;
  }
}

/** Hoare's selection: afterwards what lies before `middle` comes before what lies from there on, by middle along the axis, then number. */
function partition(
  order: Uint32Array,
  first: number,
  last: number,
  middle: number,
  middles: Float32Array,
  axis: number,
): void {
  let [low, high] = [first, last];
  while (low < high) {
    const pivot = order[(low + high) >> 1] as number;
    const value = middles[pivot * 3 + axis] as number;
    let [i, j] = [low, high];
    while (i <= j) {
      while (isBefore(middles, axis, order[i] as number, value, pivot)) i += 1;
      while (isAfter(middles, axis, order[j] as number, value, pivot)) j -= 1;
      if (i > j) break;
      const swapped = order[i] as number;
      order[i] = order[j] as number;
      order[j] = swapped;
      i += 1;
      j -= 1;
    }
    if (middle <= j) high = j;
    else if (middle >= i) low = i;
    else return;
  }
}

function isBefore(middles: Float32Array, axis: number, one: number, value: number, pivot: number): boolean {
  const own = middles[one * 3 + axis] as number;
  return own < value || (own === value && one < pivot);
}

function isAfter(middles: Float32Array, axis: number, one: number, value: number, pivot: number): boolean {
  const own = middles[one * 3 + axis] as number;
  return own > value || (own === value && one > pivot);
}
