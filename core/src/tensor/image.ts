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
