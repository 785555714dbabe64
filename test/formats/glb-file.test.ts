import { describe, expect, it } from "vitest";
import { readGlb, writeGlb } from "../../core/src/formats/glb-file.ts";
import { makeGlb } from "./make-glb.ts";

describe("readGlb", () => {
  it("takes a GLB apart that writeGlb puts together again", async () => {
    const file = readGlb(await makeGlb());
    const again = readGlb(writeGlb(file));
    expect(again.json).toEqual(file.json);
    expect(Buffer.from(again.binary).equals(Buffer.from(file.binary))).toBe(true);
  });

  it("refuses what is no GLB, says why and what to do", async () => {
    const bytes = await makeGlb();
    const patched = (at: number, value: number) => {
      const copy = bytes.slice();
      new DataView(copy.buffer).setUint32(at, value, true);
      return copy;
    };
    const json = (change: Record<string, unknown>) => {
      const file = readGlb(bytes);
      return writeGlb({ ...file, json: { ...file.json, ...change } });
    };
    const cases: [Uint8Array, RegExp][] = [
      [new Uint8Array(4), /of 4 bytes is no GLB/],
      [Buffer.from("solid cube, or some other text of a mesh"), /is no GLB/],
      [patched(4, 1), /has version 1/],
      [bytes.subarray(0, 200), /says that it has \d+ bytes, and has 200/],
      [patched(12, 0x7fffffff), /cut short/],
      [json({ extensionsUsed: ["KHR_draco_mesh_compression"] }), /compressed with KHR_draco_mesh_compression/],
      [json({ extensionsRequired: ["EXT_meshopt_compression"] }), /compressed with EXT_meshopt_compression/],
    ];
    for (const [broken, message] of cases) {
      expect(() => readGlb(broken)).toThrow(
        expect.objectContaining({ code: "ASSET_UNREADABLE", message: expect.stringMatching(message) }),
      );
    }
  });
});
