/** Finished pixels, 8 bit, row-major, channels interleaved; 1 grey, 3 sRGB, 4 sRGB with straight alpha. */
export interface RawImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
}

/** Decoded pixels as numbers in [0, 1], row-major, channels interleaved (HWC). 16-bit files keep their precision. */
export interface FloatImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Float32Array;
}

/** A picture of a thing with what is not the thing transparent; row-major. */
export interface CutoutImage {
  readonly width: number;
  readonly height: number;
  /** sRGB in [0, 1], straight (not multiplied by alpha), [height, width, 3]. */
  readonly colours: Float32Array;
  /** 1 = the thing, 0 = not, [height, width]. */
  readonly alpha: Float32Array;
}
