import { expect, it } from "vitest";
import { dressModel } from "../../core/src/mesh/dress/dress-model.ts";
import { makeEdgeDistance } from "../../core/src/mesh/dress/edge-distance.ts";
import { findGrain } from "../../core/src/mesh/dress/grain-frames.ts";
import { fractal, makeNoise } from "../../core/src/mesh/dress/noise.ts";
import { makeOcclusion } from "../../core/src/mesh/dress/occlusion-grid.ts";
import { box } from "../../core/src/mesh/kit/box.ts";
import { surface } from "../../core/src/mesh/kit/materials.ts";
import { ModelBuilder } from "../../core/src/mesh/kit/model-builder.ts";
import { move } from "../../core/src/mesh/kit/solid.ts";
import type { Material, Model } from "../../core/src/mesh/mesh.ts";
import { drawValues, findProgram, makeModel } from "../../core/src/mesh/programs/make-model.ts";
import { findTexels } from "../../core/src/mesh/texels.ts";

const SIZE = 128;
const chair = makeModel(
  "chair",
  { ...drawValues(findProgram("chair"), () => 0.4), paint: "red" },
  { textureSize: SIZE },
);
const dress = (model: Model, seed: number) => dressModel(model, SIZE, seed, async () => {});

it("paints each part in its own colour, on average", async () => {
  const dressed = await dress(chair, 3);
  for (const [at, { mesh, material }] of chair.parts.entries()) {
    const texture = dressed.materials[dressed.parts[at]?.material as number]?.baseColourTexture;
    const { covered } = findTexels(mesh, SIZE);
    const mean = [0, 1, 2].map(
      (k) => covered.reduce((sum, texel) => sum + (texture?.data[texel * 3 + k] as number), 0) / covered.length,
    ) as [number, number, number];
    const { baseColour } = chair.materials[material] as Material;
    const [red, green, blue] = baseColour;
    // Brighter or darker, but of the same hue: the order of the channels and their distances stay.
    expect(Math.sign(mean[0] - mean[2])).toBe(Math.sign(red - blue) || Math.sign(mean[0] - mean[2]));
    const total = mean.map((byte) => (byte / 255) ** 2.2);
    const scale = (total[0] ?? 0) + (total[1] ?? 0) + (total[2] ?? 0);
    const whole = red + green + blue;
    for (const [k, value] of total.entries()) expect(value / scale).toBeCloseTo((baseColour[k] as number) / whole, 0.9);
  }
});

it("gives the same textures for the same seed and others for another", async () => {
  const [one, again, other] = [await dress(chair, 3), await dress(chair, 3), await dress(chair, 4)];
  const dataOf = (model: Model) => Buffer.from(model.materials[0]?.baseColourTexture?.data ?? []);
  expect(dataOf(one).equals(dataOf(again))).toBe(true);
  expect(dataOf(one).equals(dataOf(other))).toBe(false);
});

it("keeps names and geometry and moves factors into textures that all materials share", async () => {
  const { parts, materials } = await dress(chair, 3);
  expect(parts).toBe(chair.parts);
  expect(materials.map(({ name }) => name)).toEqual(chair.materials.map(({ name }) => name));
  expect(new Set(materials.map(({ baseColourTexture }) => baseColourTexture)).size).toBe(1);
  expect(materials[0]).toMatchObject({ baseColour: [1, 1, 1], roughness: 1, metallic: 1 });
});

it("is dark in a corner between two boxes and open on the outside", () => {
  const builder = new ModelBuilder();
  builder.add("boxes", surface("oak"), [box(1, 0.2, 1), move(box(0.2, 1, 1), -0.4, 0.2, 0)]);
  const occlusion = makeOcclusion(builder.finish("corner"));
  const [corner, outside, top] = [
    occlusion(-0.28, 0.2, 0, 0, 1, 0),
    occlusion(0.35, 0.2, 0, 0, 1, 0),
    occlusion(0, 0, 0, 0, -1, 0),
  ];
  expect(corner).toBeLessThan(outside - 0.15);
  expect(outside).toBeGreaterThan(0.85);
  expect(top).toBeGreaterThan(0.85);
});

it("measures the distance to outer edges and not to inner ones", () => {
  const builder = new ModelBuilder();
  builder.add("box", surface("oak"), box(1, 1, 1, 0));
  const mesh = builder.finish("box").parts[0]?.mesh;
  const distance = makeEdgeDistance(mesh as never, 0.1);
  expect(distance(0.45, 1, 0)).toBeCloseTo(0.05, 5);
  expect(distance(0, 1, 0)).toBe(0.1);
});

it("finds the boards of a part and runs their grain along them", () => {
  const builder = new ModelBuilder();
  builder.add("boards", surface("oak"), [box(2, 0.1, 0.2), move(box(0.1, 3, 0.2), 2, 0, 0)]);
  const { frames, pieceOf } = findGrain(builder.finish("boards").parts[0]?.mesh as never, 1, "boards");
  expect(new Set(pieceOf).size).toBe(2);
  expect(Math.abs(frames[0] as number)).toBeCloseTo(1, 3);
  expect(Math.abs(frames[13] as number)).toBeCloseTo(1, 3);
});

it("makes noise that is smooth, within bounds, and another for another seed", () => {
  const [noise, other] = [makeNoise(1), makeNoise(2)];
  let different = 0;
  for (let step = 0; step < 500; step += 1) {
    const x = step * 0.137;
    expect(Math.abs(fractal(noise, x, 0.3, 0.7))).toBeLessThanOrEqual(7 / 6 + 1e-9);
    expect(Math.abs(noise(x + 1e-4, 0.3, 0.7) - noise(x, 0.3, 0.7))).toBeLessThan(1e-3);
    if (Math.abs(noise(x, 0.3, 0.7) - other(x, 0.3, 0.7)) > 0.01) different += 1;
  }
  expect(different).toBeGreaterThan(450);
});
