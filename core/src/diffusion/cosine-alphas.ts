/**
 * Gives ᾱ of each training timestep by the cosine course (Nichol and Dhariwal 2021, equation 17), kept within 1e-4 and 0.9999, float32:
 * the schedule of models/training/motion/diffusion.py.
 */
export function cosineAlphas(count: number): Float32Array {
  const course = (t: number) => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  return Float32Array.from({ length: count }, (_, i) =>
    Math.min(0.9999, Math.max(1e-4, course((i + 1) / count) / course(0))),
  );
}
