import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeImage } from "../../core/src/formats/encode-image.ts";
import { insertPngChunks, readPngChunks, writePngChunks } from "../../core/src/formats/png-chunks.ts";
import type { OpenProvenance } from "../../core/src/provenance/open-provenance.ts";
import { makePicture, makeRecord, openTemporaryProvenance } from "./support.ts";

let provenance: OpenProvenance;
let remove: () => Promise<void>;
let png: Uint8Array;
let manifest: Uint8Array;

beforeAll(async () => {
  ({ provenance, remove } = await openTemporaryProvenance());
  const pixels = makePicture(1);
  png = await encodeImage(pixels, { mime: "image/png", quality: 92 });
  const record = makeRecord();
  const sealed = await provenance.seal({ bytes: png, mime: "image/png", title: "t", record, inputs: [], pixels });
  manifest = readPngChunks(sealed.bytes).find(({ type }) => type === "caBX")?.data ?? new Uint8Array();
});
afterAll(() => remove());

const inspect = (data: Uint8Array) => provenance.inspect(insertPngChunks(png, [{ type: "caBX", data }]), "image/png");

describe("attacks by an input's manifest, which is inspected at submission", () => {
  it("any damage ends in the state tampered, and the next file is judged as ever", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.uint8Array({ minLength: 1, maxLength: 16 }),
        fc.nat(3),
        async (place, noise, how) => {
          const at = place % manifest.length;
          const [head, tail] = [manifest.subarray(0, at), manifest.subarray(at)];
          const hostile = [
            Buffer.concat([head, noise, tail]),
            Buffer.concat([head, tail.subarray(noise.length)]),
            head,
            Buffer.concat([noise, manifest]),
          ][how];
          expect(await inspect(hostile ?? noise)).toBe("tampered");
        },
      ),
      { numRuns: 40 },
    );
    expect(await provenance.inspect(png, "image/png")).toBe("known");
  }, 30_000);

  it("boxes of 4 GB, of no length, and nested a thousand deep end so too", async () => {
    const box = (length: number, content: Uint8Array) => {
      const out = Buffer.concat([Buffer.from("\0\0\0\0jumb", "latin1"), content]);
      out.writeUInt32BE(length);
      return out;
    };
    let deep: Uint8Array = new Uint8Array();
    for (let level = 0; level < 1000; level++) deep = box(deep.length + 8, deep);
    for (const data of [box(0xffffffff, manifest), box(0, manifest), box(1, manifest), box(7, manifest), deep]) {
      expect(await inspect(data)).toBe("tampered");
    }
  });

  it("a picture of 30 000 × 30 000 pixels in 900 kB is looked up in no log: it is not decoded", async () => {
    const header = Buffer.from(readPngChunks(png).find(({ type }) => type === "IHDR")?.data ?? []);
    header.writeUInt32BE(30_000, 0);
    header.writeUInt32BE(30_000, 4);
    header[8] = 1; // one bit a pixel
    header[9] = 0; // grey
    const data = deflateSync(Buffer.alloc(30_000 * 3751));
    const bomb = writePngChunks([
      { type: "IHDR", data: header },
      { type: "IDAT", data },
      { type: "IEND", data: new Uint8Array() },
    ]);
    expect(bomb.length).toBeLessThan(900_000);
    const start = performance.now();
    expect(await provenance.inspect(bomb, "image/png")).toBe("unsigned");
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
