import { ownedBytes } from "./owned-bytes.ts";

/** Gives a picture whose bytes fill a buffer of their own that may be handed to another thread. */
export function ownedImage<T extends { data: Uint8Array }>(image: T): T {
  return { ...image, data: ownedBytes(image.data) };
}
