/** Gives the rows of `source`, [rows, width], that `which` names, in its order. */
export function gather(source: Float32Array, which: Uint32Array, width: number): Float32Array {
  const rows = new Float32Array(which.length * width);
  for (let row = 0; row < which.length; row += 1) {
    const from = (which[row] as number) * width;
    for (let offset = 0; offset < width; offset += 1) rows[row * width + offset] = source[from + offset] as number;
  }
  return rows;
}
