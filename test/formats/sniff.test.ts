import sharp from "sharp";
import { expect, it } from "vitest";
import { sniffMime } from "../../core/src/formats/sniff.ts";

const ftyp = (brand: string) => Buffer.concat([Buffer.of(0, 0, 0, 24), Buffer.from(`ftyp${brand}`)]);

it("tells the type of what libvips writes", async () => {
  const picture = () => sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } });
  for (const format of ["png", "jpeg", "webp", "gif", "tiff"] as const) {
    expect(sniffMime(await picture().toFormat(format).toBuffer())).toBe(`image/${format}`);
  }
});

it.each([
  ["model/gltf-binary", Buffer.from("glTF\x02\0\0\0")],
  ["application/zip", Buffer.from("PK\x03\x04")],
  ["application/c2pa", Buffer.from("\0\0\x10\0jumb")],
  ["audio/wav", Buffer.from("RIFF\0\0\0\0WAVE")],
  ["image/avif", ftyp("avif")],
  ["video/mp4", ftyp("isom")],
  ["image/tiff", Buffer.from("MM\0*")],
  [undefined, Buffer.from("HIERARCHY\nROOT Hips")],
  [undefined, Buffer.from("RIFF\0\0\0\0AVI ")],
  [undefined, Buffer.from("\x89PNG\n\n\x1a\n", "latin1")], // a PNG whose line ends were converted
  [undefined, new Uint8Array()],
  [undefined, Buffer.of(0x89)],
])("says %s", (expected, bytes) => {
  expect(sniffMime(bytes)).toBe(expected);
});
