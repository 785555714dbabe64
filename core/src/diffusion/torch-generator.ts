import { boxMuller16 } from "./box-muller.ts";

const N = 624;
const M = 397;

/**
 * Random numbers as torch's CPU generator draws them, so that a seed starts from the same noise as in diffusers and
 * in ComfyUI on the CPU.
 *
 * Mersenne Twister MT19937 with ATen's normal transforms for float32: Box–Muller over blocks of 8 + 8 for 16 and more
 * numbers, one by one with 53-bit uniforms below. Equal to the bit with torch 2.11 on x86-64 (within 3e-7 elsewhere).
 * One generator keeps its state over calls, as samplers that draw noise at each step need it.
 *
 * Source: aten/src/ATen/core/MT19937RNGEngine.h, aten/src/ATen/native/cpu/DistributionTemplates.h,
 * aten/src/ATen/core/DistributionsHelper.h.
 */
export class TorchGenerator {
  readonly #state = new Uint32Array(N);
  #next = N;
  #cachedNormal: number | undefined;

  /** As `torch.Generator().manual_seed(seed)`; seed is an unsigned 32-bit integer. */
  constructor(seed: number) {
    const state = this.#state;
    state[0] = seed >>> 0;
    for (let i = 1; i < N; i++) {
      const previous = state[i - 1] ?? 0;
      state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** Gives the next 32 random bits. */
  random(): number {
    if (this.#next === N) this.#twist();
    let y = this.#state[this.#next++] ?? 0;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /** Gives `count` standard normal numbers, as `torch.randn(count, generator=g)` of float32. */
  randn(count: number): Float32Array {
    const values = new Float32Array(count);
    if (count < 16) {
      for (let i = 0; i < count; i++) values[i] = this.#scalarNormal();
      return values;
    }
    for (let i = 0; i < count; i++) values[i] = this.#uniform24();
    for (let i = 0; i <= count - 16; i += 16) boxMuller16(values, i);
    if (count % 16 !== 0) {
      // ATen draws the last 16 numbers anew instead of handling a shorter tail.
      for (let i = count - 16; i < count; i++) values[i] = this.#uniform24();
      boxMuller16(values, count - 16);
    }
    return values;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < N; i++) {
      const y = ((state[i] ?? 0) & 0x80000000) | ((state[(i + 1) % N] ?? 0) & 0x7fffffff);
      state[i] = (state[(i + M) % N] ?? 0) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }

  /** Uniform in [0, 1), 24 bits. */
  #uniform24(): number {
    return (this.random() & 0xffffff) / 0x1000000;
  }

  /** Uniform in [0, 1), 53 bits; the first draw gives the high word. */
  #uniform53(): number {
    const high = this.random() & 0x1fffff;
    return (high * 0x100000000 + this.random()) / 0x20000000000000;
  }

  #scalarNormal(): number {
    const cached = this.#cachedNormal;
    if (cached !== undefined) {
      this.#cachedNormal = undefined;
      return cached;
    }
    const theta = 2 * Math.PI * this.#uniform53();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#uniform53()));
    this.#cachedNormal = radius * Math.sin(theta);
    return radius * Math.cos(theta);
  }
}
