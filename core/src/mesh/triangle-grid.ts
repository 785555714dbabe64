/** A triangle in the plane: x, y of its three corners. */
export type Triangle2 = readonly [number, number, number, number, number, number];

/** Triangles in the plane that tell which others they cover. */
export class TriangleGrid {
  readonly #cell: number;
  readonly #tolerance: number;
  readonly #cells = new Map<number, Triangle2[]>();

  /**
   * @param cell side of a cell, about that of a triangle
   * @param tolerance how deep two triangles may reach into each other and still count as apart
   */
  constructor(cell: number, tolerance: number) {
    this.#cell = cell;
    this.#tolerance = tolerance;
  }

  /** Whether a triangle covers a part of one that was added. */
  overlaps(triangle: Triangle2): boolean {
    for (const key of this.#keysOf(triangle)) {
      for (const other of this.#cells.get(key) ?? []) {
        if (!isSeparate(triangle, other, this.#tolerance) && !isSeparate(other, triangle, this.#tolerance)) return true;
      }
    }
    return false;
  }

  add(triangle: Triangle2): void {
    for (const key of this.#keysOf(triangle)) {
      const known = this.#cells.get(key);
      if (known === undefined) this.#cells.set(key, [triangle]);
      else known.push(triangle);
    }
  }

  #keysOf([ax, ay, bx, by, cx, cy]: Triangle2): number[] {
    const left = Math.floor(Math.min(ax, bx, cx) / this.#cell);
    const right = Math.floor(Math.max(ax, bx, cx) / this.#cell);
    const top = Math.floor(Math.min(ay, by, cy) / this.#cell);
    const bottom = Math.floor(Math.max(ay, by, cy) / this.#cell);
    const keys: number[] = [];
    for (let y = top; y <= bottom; y += 1) for (let x = left; x <= right; x += 1) keys.push(y * 0x4000000 + x);
    return keys;
  }
}

/** Whether a side of `a` parts the two (separating axis). */
function isSeparate(a: Triangle2, b: Triangle2, tolerance: number): boolean {
  for (let at = 0; at < 6; at += 2) {
    const next = (at + 2) % 6;
    const last = (at + 4) % 6;
    const px = a[at] as number;
    const py = a[at + 1] as number;
    let nx = (a[next + 1] as number) - py;
    let ny = px - (a[next] as number);
    const length = Math.sqrt(nx * nx + ny * ny);
    // A triangle without area covers nothing.
    if (length === 0) return true;
    nx /= length;
    ny /= length;
    const own = nx * ((a[last] as number) - px) + ny * ((a[last + 1] as number) - py);
    const sign = own > 0 ? -1 : 1;
    if (Math.abs(own) <= tolerance) return true;
    let nearest = Number.POSITIVE_INFINITY;
    for (let corner = 0; corner < 6; corner += 2) {
      const side = sign * (nx * ((b[corner] as number) - px) + ny * ((b[corner + 1] as number) - py));
      if (side < nearest) nearest = side;
    }
    if (nearest >= -tolerance) return true;
  }
  return false;
}
