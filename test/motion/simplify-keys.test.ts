import { describe, expect, it } from "vitest";
import { type KeyError, placeError, slerpedTurnError, straightTurnError } from "../../core/src/motion/key-errors.ts";
import { angleOf, normalized, type Rotation, slerped } from "../../core/src/motion/rotation.ts";
import { simplifyKeys } from "../../core/src/motion/simplify-keys.ts";
import { length, mix, subtract, type Vector3 } from "../../core/src/motion/vector.ts";

/** What lies between two keys, reckoned by the functions for single turns and places. */
const straight = (a: Rotation, b: Rotation, share: number): Rotation => {
  const part = (k: 0 | 1 | 2 | 3) => a[k] + (b[k] - a[k]) * share;
  return normalized([part(0), part(1), part(2), part(3)]);
};
const turnAt = (frame: number): Rotation =>
  normalized([Math.sin(0.05 * frame), Math.sin(0.013 * frame + 1), 0.3 * Math.cos(0.031 * frame), 1.2]);
const placeAt = (frame: number): Vector3 => [Math.sin(0.05 * frame), 0.01 * frame, Math.cos(0.02 * frame)];

describe("errors between keys", () => {
  it("are those of the turns and places between", () => {
    for (let frame = 0; frame < 200; frame += 7) {
      const [a, b, truth] = [turnAt(frame), turnAt(frame + 9), turnAt(frame + 4)];
      for (const share of [0, 0.3, 0.5, 1]) {
        expect(straightTurnError(a, b)(share, truth)).toBeCloseTo(angleOf(straight(a, b, share), truth), 9);
        expect(slerpedTurnError(a, b)(share, truth)).toBeCloseTo(angleOf(slerped(a, b, share), truth), 9);
        const [p, q, r] = [placeAt(frame), placeAt(frame + 9), placeAt(frame + 4)];
        expect(placeError(p, q)(share, r)).toBeCloseTo(length(subtract(mix(p, q, share), r)), 12);
      }
    }
  });
});

describe("simplifyKeys", () => {
  it.each([1, 2, 100, 256, 257, 513, 2000])(
    "of %i frames keeps each within the bound, the first and the last too",
    (frames) => {
      const values = Array.from({ length: frames }, (_, frame) => turnAt(frame));
      const keys = simplifyKeys({ values, error: straightTurnError }, 0.01);
      expect(keys[0]).toBe(0);
      if (keys.length > 1) expect(keys.at(-1)).toBe(frames - 1);
      for (const [i, key] of keys.entries()) {
        const next = keys[i + 1] ?? key;
        expect(next).toBeGreaterThanOrEqual(key);
        for (let frame = key; frame < next; frame++) {
          const shown = straight(turnAt(key), turnAt(next), (frame - key) / (next - key));
          expect(angleOf(shown, turnAt(frame))).toBeLessThanOrEqual(0.010001);
        }
      }
      expect(keys.length).toBeLessThan(frames / 4 + 3);
    },
  );

  it("keeps no key that nothing needs: a straight line over many blocks has two", () => {
    const values = Array.from({ length: 3000 }, (_, frame): Vector3 => [0.02 * frame, 0.9, 0]);
    expect(simplifyKeys({ values, error: placeError }, 0.002)).toEqual([0, 2999]);
  });

  it("looks at each frame of two minutes a bounded number of times, also where every frame becomes a key", () => {
    let looks = 0;
    const counted: KeyError<Vector3> = (a, b) => {
      const error = placeError(a, b);
      return (share, truth) => {
        looks++;
        return error(share, truth);
      };
    };
    // A course that bends ever more is split at its end each time: n² looks without blocks, 26 million here.
    const values = Array.from({ length: 7200 }, (_, frame): Vector3 => [frame, frame % 2 === 0 ? 0 : frame, 0]);
    expect(simplifyKeys({ values, error: counted }, 1e-6).length).toBeGreaterThan(7000);
    expect(looks).toBeLessThan(150 * 7200);
  });
});
