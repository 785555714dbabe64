import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { computeAlphasCumprod, computeTrainSigmas } from "../../core/src/diffusion/noise-schedule.ts";
import { noiseSchedule } from "./noise-schedule-of.ts";

interface Golden {
  cases: { config: Record<string, number | string | boolean>; sha256: string; some: number[] }[];
}
const golden: Golden = JSON.parse(
  readFileSync(new URL("../golden/diffusion/noise-schedules.json", import.meta.url), "utf8"),
);

describe("computeAlphasCumprod", () => {
  it.each(golden.cases)("equals torch: $config", ({ config, sha256, some }) => {
    const alphas = computeAlphasCumprod(noiseSchedule(config));
    const count = alphas.length;
    const actual = [0, 1, count / 2, count - 2, count - 1].map((i) => alphas[i] ?? Number.NaN);
    for (const [i, value] of actual.entries())
      expect(Math.abs(value - (some[i] ?? 0))).toBeLessThanOrEqual(3e-7 * value);
    // Square roots of the rescaling come from MKL, which rounds 5 of 1000 the other way; without it every bit is torch's.
    const hash = createHash("sha256").update(new Uint8Array(alphas.buffer)).digest("hex");
    if (config.rescale_betas_zero_snr !== true) expect(hash).toBe(sha256);
  });
});

describe("computeTrainSigmas", () => {
  it("grows with the timestep and stays finite at zero terminal SNR", () => {
    const sigmas = computeTrainSigmas(noiseSchedule({ rescale_betas_zero_snr: true }));
    for (let i = 1; i < sigmas.length; i++) expect(sigmas[i]).toBeGreaterThan(sigmas[i - 1] ?? 0);
    expect(sigmas[sigmas.length - 1]).toBeCloseTo(4096, 0);
  });
});
