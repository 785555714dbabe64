import type { LinearColour } from "./mesh.ts";

/** Gives the linear light of an sRGB value in [0, 1] (IEC 61966-2-1). */
export function srgbToLinear(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}

/** Gives the sRGB value in [0, 1] of linear light. */
export function linearToSrgb(linear: number): number {
  return linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055;
}

/** Linear light from which on the byte is at least its index. */
const BYTE_STARTS = Float64Array.from({ length: 256 }, (_, byte) =>
  byte === 0 ? Number.NEGATIVE_INFINITY : srgbToLinear((byte - 0.5) / 255),
);
/** Byte of each 4096th of linear light, at its lower end. */
const BYTE_GUESSES = Uint8Array.from({ length: 4097 }, (_, at) => Math.round(linearToSrgb(at / 4096) * 255));

/** Gives the byte of linear light, sRGB; light outside [0, 1] is cut off. From a table: a texture takes millions. */
export function linearToSrgbByte(linear: number): number {
  if (!(linear > 0)) return 0;
  if (linear >= 1) return 255;
  let byte = BYTE_GUESSES[Math.floor(linear * 4096)] as number;
  while (byte < 255 && linear >= (BYTE_STARTS[byte + 1] as number)) byte += 1;
  return byte;
}

/** Reads a colour written as six hexadecimal digits, sRGB. */
export function colourOfHex(hex: string): LinearColour {
  const value = Number.parseInt(hex, 16);
  return [
    srgbToLinear((value >> 16) / 255),
    srgbToLinear(((value >> 8) & 255) / 255),
    srgbToLinear((value & 255) / 255),
  ];
}
