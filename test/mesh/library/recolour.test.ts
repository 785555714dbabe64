import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { COLOURS, type ColourName } from "../../../core/src/mesh/kit/materials.ts";
import { linearOfOklab, nameColour, oklabOf } from "../../../core/src/mesh/library/name-colour.ts";
import { recolour } from "../../../core/src/mesh/library/recolour.ts";
import type { LinearColour, Model } from "../../../core/src/mesh/mesh.ts";
import { colourOfHex, srgbToLinear } from "../../../core/src/mesh/srgb.ts";
import { tinyLibrary } from "./tiny-library.ts";

const golden: { steps: number[]; colours: string[] } = JSON.parse(
  readFileSync("test/golden/mesh/library.json", "utf8"),
);

describe("naming colours", () => {
  test.each(Object.entries(COLOURS))("%s of the vocabulary has its own name", (name, hex) => {
    expect(nameColour(colourOfHex(hex))).toBe(name);
  });

  test("gives the names that the training code gives, over the whole cube", () => {
    const { steps } = golden;
    const names = steps.flatMap((r) =>
      steps.flatMap((g) =>
        steps.map((b) => nameColour([r, g, b].map((byte) => srgbToLinear(byte / 255)) as unknown as LinearColour)),
      ),
    );
    expect(names).toEqual(golden.colours);
    expect(new Set(names).size).toBe(12);
  });

  test("OKLab is what its author publishes for the primaries, and comes back", () => {
    // https://bottosson.github.io/posts/oklab: red is L 0.6280, a 0.2249, b 0.1258.
    const [lightness, a, b] = oklabOf([1, 0, 0]);
    expect([lightness, a, b].map((value) => Number(value.toFixed(4)))).toEqual([0.628, 0.2249, 0.1258]);
    linearOfOklab(oklabOf([0.2, 0.5, 0.7])).forEach((value, k) => {
      expect(value).toBeCloseTo([0.2, 0.5, 0.7][k] as number, 5);
    });
  });
});

const triangle = (y: number) => ({
  positions: Float32Array.from([0, y, 0, 1, y, 0, 0, y, 1]),
  indices: Uint32Array.from([0, 1, 2]),
});
const painted = (...hexes: string[]): Model => ({
  name: "tiles",
  parts: hexes.map((hex, at) => ({ name: hex, mesh: triangle(at), material: at })),
  materials: hexes.map((hex) => ({ name: hex, baseColour: colourOfHex(hex), roughness: 1, metallic: 0 })),
});

describe("recolouring", () => {
  test("changes the colour and its shades, and nothing else", () => {
    const before = painted("b8312f", "7a1f1e", "2f62ad", "e9e6df");
    const after = recolour(before, "red", "green");
    expect(after.materials.map(({ baseColour }) => nameColour(baseColour))).toEqual([
      "green",
      "green",
      "blue",
      "white",
    ]);
    const [light, dark] = after.materials.map(({ baseColour }) => oklabOf(baseColour)[0]) as [number, number];
    expect(light).toBeGreaterThan(dark + 0.05);
    expect(after.materials[2]).toEqual(before.materials[2]);
    expect(after.parts).toBe(before.parts);
  });

  test.each(Object.keys(COLOURS) as ColourName[])("white becomes %s", (name) => {
    const [material] = recolour(painted("e9e6df"), "white", name).materials;
    expect(nameColour(material?.baseColour as LinearColour)).toBe(name);
  });

  test("a colour that is not there changes nothing", () => {
    const model = painted("2f62ad");
    expect(recolour(model, "red", "green")).toBe(model);
  });

  test("textures change where the colour is, the library's own stay as they are", async () => {
    const library = tinyLibrary();
    const entry = library.entries.find(({ id }) => id === "kaykit-furniture-bits/chair_A");
    if (entry === undefined) throw new Error("the chair is missing");
    const model = await library.load(entry);
    const before = model.materials[0]?.baseColourTexture?.data.slice() as Uint8Array;
    const main = Object.keys(entry.colours)[0] as ColourName;
    const after = recolour(model, main, "purple").materials[0]?.baseColourTexture?.data as Uint8Array;
    // Palettes have few colours: each is named once.
    const names = (data: Uint8Array) => {
      const colours = new Set<number>();
      for (let at = 0; at < data.length; at += 3)
        colours.add(((data[at] as number) << 16) | ((data[at + 1] as number) << 8) | (data[at + 2] as number));
      return [...colours].map((rgb) => {
        const [red, green, blue] = [rgb >> 16, (rgb >> 8) & 255, rgb & 255].map((byte) => srgbToLinear(byte / 255));
        return nameColour([red as number, green as number, blue as number]);
      });
    };
    expect(names(before)).toContain(main);
    expect(names(after)).not.toContain(main);
    expect(names(after)).toContain("purple");
    expect(Buffer.compare(model.materials[0]?.baseColourTexture?.data as Uint8Array, before)).toBe(0);
  });
});
