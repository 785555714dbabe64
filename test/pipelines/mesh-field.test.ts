import { describe, expect, it } from "vitest";
import type { BundleSessions, GraphSession } from "../../core/src/inference/session.ts";
import type { MeshBundle } from "../../core/src/models/bundle.ts";
import type { MeshDiffusionConfig } from "../../core/src/models/mesh-diffusion-config.ts";
import { openMeshField } from "../../core/src/pipelines/mesh-field.ts";

type FieldConfig = NonNullable<MeshDiffusionConfig["field"]>;

const RADIUS = 0.5;
/** Fields of a ball, as the kinds of decoder give them, and a value that each has a quarter outside of the surface. */
const BALLS: [string, Partial<FieldConfig>, (distance: number) => number, number][] = [
  ["an sdf", { kind: "sdf", level: 0, inside: "below" }, (d) => d, 0.25],
  ["an sdf that is positive inside", { kind: "sdf", level: 0, inside: "above" }, (d) => -d, 0.25],
  ["an occupancy", { kind: "occupancy", level: 0.5, inside: "above" }, (d) => 1 / (1 + Math.exp(8 * d)), 0.380797],
  ["a density", { kind: "density", level: 25, inside: "above" }, (d) => 25 * Math.exp(-10 * d), 2.5],
];

/** A field decoder that gives a function of the distance to the ball, and place as colour. */
function decoder(field: (distance: number) => number, calls: number[] = []): GraphSession {
  return {
    provider: "cpu",
    run: async ({ points }, outputs = []) => {
      const data = points?.data as Float32Array;
      const count = data.length / 3;
      calls.push(count);
      const rows = Array.from({ length: count }, (_, i) => Array.from(data.subarray(i * 3, i * 3 + 3)));
      const all = {
        field: Float32Array.from(rows, (row) => field(Math.hypot(...row) - RADIUS)),
        colour: Float32Array.from(rows.flat()),
        material: Float32Array.from(rows.flatMap(([x = 0]) => [x, 1 - x])),
      };
      return Object.fromEntries(outputs.map((name) => [name, { dims: [], data: all[name as keyof typeof all] }]));
    },
  };
}

function open(session: GraphSession, own: Partial<FieldConfig>, signal = new AbortController().signal) {
  const field: FieldConfig = {
    kind: "sdf",
    level: 0,
    inside: "below",
    bounds: { min: [-1, -1, -1], max: [1, 1, 1] },
    colour: true,
    material: true,
    points_per_call: 4,
    ...own,
  };
  const bundle = { manifest: { components: {}, mesh_diffusion: { field } } } as unknown as MeshBundle;
  const sessions: BundleSessions = { session: async () => session };
  return openMeshField({ dims: [1, 1, 1], data: Float32Array.of(0) }, { bundle, sessions, signal });
}

const POINTS = Float32Array.of(0, 0, 0, 0.5, 0, 0, 0, 0.75, 0, 0, 0, 1, 0.1, 0.2, 0.3);

describe("openMeshField", () => {
  it.each(BALLS)("gives numbers below 0 inside, 0 at the surface, for %s", async (_, own, field, outside) => {
    const { values } = await open(decoder(field), own);
    const [centre = 0, surface = 1, beyond = 0] = await values(POINTS);
    expect(centre).toBeLessThan(0);
    expect(surface).toBeCloseTo(0, 5);
    expect(beyond).toBeCloseTo(outside, 5);
  });

  it("asks for at most points_per_call points, and for what the bundle has", async () => {
    const calls: number[] = [];
    const { sample, values } = await open(
      decoder((d) => d, calls),
      { colour: true, material: false },
    );
    const found = await sample(POINTS);
    expect(calls).toEqual([4, 1]);
    expect(found.colours).toEqual(POINTS);
    expect(found.materials).toBeUndefined();
    expect(found.values).toEqual(await values(POINTS));
  });

  it("bears a density that overflows and one that is nothing at all", async () => {
    const session = decoder((d) => (d < 0 ? Number.POSITIVE_INFINITY : 0));
    const { values } = await open(session, { kind: "density", level: 25, inside: "above" });
    const [centre = 0, , beyond = 0] = await values(POINTS);
    expect(centre).toBeCloseTo(Math.log(25) - Math.log(1e30), 3);
    expect(beyond).toBeCloseTo(Math.log(25) - Math.log(1e-30), 3);
  });

  it("refuses a field that is no number, and hears a cancel between two calls", async () => {
    const broken = await open(
      decoder(() => Number.NaN),
      {},
    );
    await expect(broken.values(POINTS)).rejects.toMatchObject({ code: "INFERENCE_FAILED" });
    const cancel = new AbortController();
    const calls: number[] = [];
    const session = decoder((d) => {
      cancel.abort();
      return d;
    }, calls);
    const field = await open(session, {}, cancel.signal);
    await expect(field.values(POINTS)).rejects.toThrow("aborted");
    expect(calls).toEqual([4]);
  });
});
