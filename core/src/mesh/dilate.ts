/**
 * Spreads the colours of covered texels over all others, each taking its nearest (in whole steps), so that filtering and
 * smaller mip levels never mix in what lies between the charts. Changes `data` in place.
 *
 * @param data [size, size, channels]
 * @param covered indices of the texels that have a colour
 */
export function dilate(data: Uint8Array, size: number, channels: number, covered: Uint32Array): void {
  const isDone = new Uint8Array(size * size);
  for (const texel of covered) isDone[texel] = 1;
  let front = Array.from(covered);
  while (front.length > 0) {
    const next: number[] = [];
    for (const texel of front) {
      const x = texel % size;
      for (const to of [x > 0 ? texel - 1 : -1, x < size - 1 ? texel + 1 : -1, texel - size, texel + size]) {
        if (to < 0 || to >= size * size || isDone[to] === 1) continue;
        isDone[to] = 1;
        for (let k = 0; k < channels; k += 1) data[to * channels + k] = data[texel * channels + k] as number;
        next.push(to);
      }
    }
    front = next;
  }
}
