import type { LinearColour } from "./mesh.ts";

/** Gives the linear light of an sRGB value in [0, 1] (IEC 61966-2-1). */
export function srgbToLinear(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}

/** Gives the sRGB value in [0, 1] of linear light. */
export function linearToSrgb(linear: number): number {
  return linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055;
}

/** Gives the byte of linear light, sRGB; light outside [0, 1] is cut off. */
export function linearToSrgbByte(linear: number): number {
  return Math.round(linearToSrgb(Math.min(Math.max(linear, 0), 1)) * 255);
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
