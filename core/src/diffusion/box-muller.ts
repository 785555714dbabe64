// Logarithm, sine and cosine as ATen's AVX2 code computes them in float32 (aten/src/ATen/native/cpu/avx_mathfun.h, after
// Julien Pommier's port of Cephes), multiply and add fused where its compiler fuses them. The C library's functions differ in
// one result of six by a unit in the last place; a σ in the thousands makes that visible.
const f = Math.fround;
const LOG = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(f);
const LOG_Q1 = f(-2.1219444e-4);
const LOG_Q2 = 0.693359375;
const SQRT_HALF = f(Math.SQRT1_2);
const TWO_PI = f(2 * Math.PI);
const FOUR_OVER_PI = f(4 / Math.PI);
// π/4 in three parts, so that the reduction of the angle loses nothing.
const DP1 = f(-0.78515625);
const DP2 = f(-2.4187564849853516e-4);
const DP3 = f(-3.774894977445941e-8);
const COS0 = f(2.443315711809948e-5);
const COS1 = f(-1.388731625493765e-3);
const COS2 = f(4.166664568298827e-2);
const SIN0 = f(-1.9515295891e-4);
const SIN1 = f(8.3321608736e-3);
const SIN2 = f(-1.6666654611e-1);

const asFloat = new Float32Array(1);
const asBits = new Uint32Array(asFloat.buffer);

/**
 * Turns 16 uniform numbers in [0, 1) at `offset` into normal ones: 8 radii and 8 angles.
 *
 * Equal to the bit with torch 2.11 on x86-64.
 */
export function boxMuller16(values: Float32Array, offset: number): void {
  for (let j = offset; j < offset + 8; j++) {
    const radius = f(Math.sqrt(f(-2 * logFloat32(1 - (values[j] ?? 0)))));

    // Octant of the angle and the angle within it.
    let x = f(TWO_PI * (values[j + 8] ?? 0));
    const octant = (Math.trunc(f(x * FOUR_OVER_PI)) + 1) & ~1;
    x = f(octant * DP1 + x);
    x = f(octant * DP2 + x);
    x = f(octant * DP3 + x);
    const z = f(x * x);
    let even = f(f(f(f(COS0 * z + COS1) * z + COS2) * z) * z - f(z * 0.5));
    even = f(even + 1);
    const odd = f(f(f(f(SIN0 * z + SIN1) * z + SIN2) * z) * x + x);

    const swapped = (octant & 2) !== 0;
    const sine = swapped ? even : odd;
    const cosine = swapped ? odd : even;
    values[j] = radius * ((octant - 2) & 4 ? cosine : -cosine);
    values[j + 8] = radius * (octant & 4 ? -sine : sine);
  }
}

function logFloat32(value: number): number {
  asFloat[0] = value;
  const bits = asBits[0] ?? 0;
  let exponent = (bits >>> 23) - 126;
  asBits[0] = (bits & 0x807fffff) | 0x3f000000;
  const mantissa = asFloat[0] ?? 0;
  let x = f(mantissa - 1);
  if (mantissa < SQRT_HALF) {
    exponent -= 1;
    x = f(x + mantissa);
  }
  const z = f(x * x);
  let y = LOG[0] ?? 0;
  for (let k = 1; k < LOG.length; k++) y = f(y * x + (LOG[k] ?? 0));
  y = f(f(y * x) * z + f(exponent * LOG_Q1));
  y = f(y - z * 0.5);
  return f(exponent * LOG_Q2 + f(x + y));
}
