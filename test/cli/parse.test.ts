import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseControl } from "../../core/src/cli/parse-control.ts";
import { frameName, parseFrames } from "../../core/src/cli/parse-frames.ts";
import { parseSize } from "../../core/src/cli/parse-numbers.ts";
import { parseRegion } from "../../core/src/cli/parse-region.ts";
import { numberedFile } from "../../core/src/cli/save-output.ts";

describe("parseControl", () => {
  it.each([
    [
      "depth=a.png",
      { kind: "depth", file: "a.png", conditioning_scale: 1, control_guidance_start: 0, control_guidance_end: 1 },
    ],
    [
      "depth=a.png:0.8",
      { kind: "depth", file: "a.png", conditioning_scale: 0.8, control_guidance_start: 0, control_guidance_end: 1 },
    ],
    [
      "normal=maps/n.png:.5:0.1-0.6",
      {
        kind: "normal",
        file: "maps/n.png",
        conditioning_scale: 0.5,
        control_guidance_start: 0.1,
        control_guidance_end: 0.6,
      },
    ],
    [
      "light=C:\\maps\\l.png:2",
      {
        kind: "light",
        file: "C:\\maps\\l.png",
        conditioning_scale: 2,
        control_guidance_start: 0,
        control_guidance_end: 1,
      },
    ],
    [
      "depth=a:b=c.png",
      { kind: "depth", file: "a:b=c.png", conditioning_scale: 1, control_guidance_start: 0, control_guidance_end: 1 },
    ],
  ])("reads %s", (argument, expected) => {
    expect(parseControl(argument)).toEqual(expected);
  });

  it.each(["depth", "depth=", "=a.png", "sketch=a.png", "DEPTH=a.png"])(
    "refuses %s and says what is right",
    (argument) => {
      expect(() => parseControl(argument)).toThrow(expect.objectContaining({ code: "INVALID_REQUEST" }));
      expect(() => parseControl(argument)).toThrow(/KIND=FILE.*depth/s);
    },
  );
});

describe("parseRegion", () => {
  it.each([
    ["#FF26df=a red church:1.5", { color: "#ff26df", prompt: "a red church", weight: 1.5 }],
    ["#ff26df=a red church", { color: "#ff26df", prompt: "a red church", weight: 1 }],
    ["mask.png=roof: tiles", { maskFile: "mask.png", prompt: "roof: tiles", weight: 1 }],
    ["mask.png=a = b", { maskFile: "mask.png", prompt: "a = b", weight: 1 }],
  ])("reads %s", (argument, expected) => {
    expect(parseRegion(argument)).toEqual(expected);
  });

  it("refuses a region without a phrase", () => {
    expect(() => parseRegion("mask.png")).toThrow(expect.objectContaining({ code: "INVALID_REQUEST" }));
  });
});

describe("parseFrames", () => {
  it.each([
    ["7", [7]],
    ["1-4", [1, 2, 3, 4]],
    ["1-9x4", [1, 5, 9]],
    ["1,5, 3-4,5", [1, 5, 3, 4]],
    ["-2-1", [-2, -1, 0, 1]],
  ])("reads %s", (range, expected) => {
    expect(parseFrames(range)).toEqual(expected);
  });

  it.each(["", "a", "4-1", "1-4x0", "1-", "0-99999999999"])("refuses %j", (range) => {
    expect(() => parseFrames(range)).toThrow(expect.objectContaining({ code: "INVALID_REQUEST" }));
  });

  it("names every frame of a range apart", () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 5000 }), fc.integer({ min: 0, max: 40 }), (first, count) => {
        const names = parseFrames(`${first}-${first + count}`).map((frame) => frameName("a.####.png", frame));
        expect(new Set(names).size).toBe(count + 1);
      }),
    );
  });

  it("pads to the number of hashes and never cuts", () => {
    expect(frameName("shot/depth.####.png", 7)).toBe("shot/depth.0007.png");
    expect(frameName("f##.png", 1234)).toBe("f1234.png");
    expect(frameName("f###.png", -3)).toBe("f-003.png");
  });
});

describe("other arguments", () => {
  it("reads a size and refuses anything else", () => {
    expect(parseSize("768x512")).toEqual({ width: 768, height: 512 });
    expect(() => parseSize("768")).toThrow(/WIDTHxHEIGHT/);
  });

  it("numbers files only when there are several", () => {
    expect(numberedFile("out/a.png", 0, 1)).toBe("out/a.png");
    expect(numberedFile("out/a.png", 1, 2)).toMatch(/^out[\\/]a-2\.png$/);
  });
});
