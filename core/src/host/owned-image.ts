/** Gives a picture whose bytes fill a buffer of their own that may be handed to another thread. */
export function ownedImage<T extends { data: Uint8Array }>(image: T): T {
  const { data } = image;
  const whole = data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength;
  return whole ? image : { ...image, data: new Uint8Array(data) };
}
