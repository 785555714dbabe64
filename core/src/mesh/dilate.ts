/**
 * Spreads the colours of covered texels over all others, each taking its nearest (in whole steps), so that filtering and
 * smaller mip levels never mix in what lies between the charts. Changes `data` in place.
 *
 * @param data [size, size, channels]
 * @param covered indices of the texels that have a colour
 */
export function dilate(data: Uint8Array, size: number, channels: number, covered: Uint32Array): void {
  const isDone = new Uint8Array(size * size);
  // Texels in the order in which they got their colour: each ring of neighbours follows the one before.
  const queue = new Uint32Array(size * size);
  queue.set(covered);
  for (const texel of covered) isDone[texel] = 1;
  let end = covered.length;
  const spread = (to: number, from: number) => {
    if (isDone[to] === 1) return;
    isDone[to] = 1;
    for (let k = 0; k < channels; k += 1) data[to * channels + k] = data[from * channels + k] as number;
    queue[end] = to;
    end += 1;
  };
  for (let at = 0; at < end; at += 1) {
    const texel = queue[at] as number;
    const x = texel % size;
    if (x > 0) spread(texel - 1, texel);
    if (x < size - 1) spread(texel + 1, texel);
    if (texel >= size) spread(texel - size, texel);
    if (texel < size * (size - 1)) spread(texel + size, texel);
  }
}
