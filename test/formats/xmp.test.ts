import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { embedMetadata } from "../../core/src/formats/embed-metadata.ts";
import { encodeXmp, type XmpFields } from "../../core/src/formats/xmp.ts";
import { METADATA } from "./metadata.ts";

/** What an XML parser makes of an attribute: character references resolved. */
function attributeOf(packet: string, name: string): string | undefined {
  const raw = new RegExp(` ${name}="([^"]*)"`).exec(packet)?.[1];
  return raw?.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
const withPrompt = (ai_prompt: string): XmpFields => ({ ...METADATA.xmp, ai_prompt });

describe("XMP", () => {
  it.each([
    ["quotes and brackets", `<&"'> ]]> <!-- & &amp;`, `<&"'> ]]> <!-- & &amp;`],
    ["line breaks and tabs, which attributes would turn to blanks", "a\tb\nc\r\nd", "a\tb\nc\r\nd"],
    ["an emoji of two code units and one of several", "🎨 👩🏽‍🎨", "🎨 👩🏽‍🎨"],
    ["characters that XML cannot hold", "a\0b\x07c\x1fd\ufffee\uffff", "a\ufffdb\ufffdc\ufffdd\ufffde\ufffd"],
    ["half of an emoji", "a\ud83cb", "a\ufffdb"],
  ])("holds %s", (_, prompt, expected) => {
    expect(attributeOf(encodeXmp(withPrompt(prompt)), "Iptc4xmpExt:AIPromptInformation")).toBe(expected);
  });

  it("attack: no prompt, title or name writes an element or attribute of its own", () => {
    const shape = (packet: string) => packet.replace(/"[^"]*"/g, '""').replace(/>[^<]*</g, "><");
    const expected = shape(encodeXmp(METADATA.xmp));
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), (wild, text) => {
        for (const value of [wild, text, `"/><x y="${wild}`, `</rdf:li>${text}`, `<?xpacket end="w"?>${wild}`]) {
          const fields = { ...METADATA.xmp, ai_prompt: value, title: value, user: value, ai_system: value };
          expect(shape(encodeXmp(fields))).toBe(expected);
        }
      }),
    );
  });
});

const hasExiftool = spawnSync("exiftool", ["-ver"]).status === 0;

it("exiftool is there in CI", () => {
  if (process.env.CI === "true") expect(hasExiftool).toBe(true);
});

it.runIf(hasExiftool)(
  "exiftool reads the IPTC AI fields, creator and parameters of each format, and finds no fault",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "genga-exiftool-"));
    try {
      const picture = sharp({ create: { width: 24, height: 16, channels: 3, background: "#4080c0" } });
      for (const format of ["png", "jpeg", "webp"] as const) {
        const file = join(folder, `a.${format}`);
        const bytes = await picture.clone().toFormat(format).toBuffer();
        await writeFile(file, embedMetadata(bytes, `image/${format}`, METADATA));
        const { stdout } = await promisify(execFile)("exiftool", ["-j", "-G1", file], { timeout: 20_000 });
        const [found]: Record<string, unknown>[] = JSON.parse(stdout);
        expect([format, found?.["ExifTool:Warning"], found?.["ExifTool:Error"]]).toEqual([
          format,
          undefined,
          undefined,
        ]);
        const { xmp } = METADATA;
        expect(found).toMatchObject({
          "XMP-iptcExt:DigitalSourceType": xmp.digital_source_type,
          "XMP-dc:Creator": xmp.user,
          "XMP-dc:Title": xmp.title,
          "XMP-xmp:CreatorTool": xmp.creator_tool,
        });
        const fields = Object.entries(found ?? {}).filter(([name]) =>
          /AI(SystemUsed|SystemVersionUsed|Prompt)/i.test(name),
        );
        expect([format, fields.map(([, value]) => value).sort()]).toEqual([
          format,
          [xmp.ai_system_version, xmp.user, xmp.ai_system, xmp.ai_prompt].map((value) => value ?? "").sort(),
        ]);
        const parameters = format === "png" ? found?.["PNG:Parameters"] : found?.["ExifIFD:UserComment"];
        expect([format, parameters]).toEqual([format, METADATA.parameters]);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  60_000,
);
