import { createHash } from "node:crypto";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { embedMetadata } from "../../core/src/formats/embed-metadata.ts";
import { encodeImage } from "../../core/src/formats/encode-image.ts";
import { readPngTexts } from "../../core/src/formats/png-chunks.ts";
import { canonicalJson } from "../../core/src/provenance/canonical-json.ts";
import { generationMetadata } from "../../core/src/provenance/generation-metadata.ts";
import { readManifest } from "../../core/src/provenance/manifest-reader.ts";
import { leafHash } from "../../core/src/provenance/merkle-tree.ts";
import type { OpenProvenance } from "../../core/src/provenance/open-provenance.ts";
import { makeInput, makePicture, makeRecord, openTemporaryProvenance, sha256 } from "./support.ts";

let provenance: OpenProvenance;
let hidden: OpenProvenance;
const removes: (() => Promise<void>)[] = [];
beforeAll(async () => {
  const open = await openTemporaryProvenance();
  const privately = await openTemporaryProvenance({ prompt_privacy: true });
  provenance = open.provenance;
  hidden = privately.provenance;
  removes.push(open.remove, privately.remove);
});
afterAll(async () => {
  for (const remove of removes) await remove();
});

const encode = (mime: "image/png" | "image/jpeg" | "image/webp") => encodeImage(makePicture(5), { mime, quality: 90 });

describe("sealing", () => {
  it("gives the same bytes for the same pixels and record up to the signature", async () => {
    for (const mime of ["image/png", "image/jpeg", "image/webp"] as const) {
      const metadata = generationMetadata(makeRecord(), "title");
      const [a, b] = [
        embedMetadata(await encode(mime), mime, metadata),
        embedMetadata(await encode(mime), mime, metadata),
      ];
      expect([mime, Buffer.compare(a, b)]).toEqual([mime, 0]);
    }
  });

  it("logs canonical JSON of record, file hash and picture hash", async () => {
    const pixels = makePicture(5);
    const sealed = await provenance.seal({
      bytes: await encode("image/png"),
      mime: "image/png",
      title: "t",
      record: makeRecord(),
      inputs: [],
      pixels,
    });
    const leaf = provenance.log.leaf(sealed.log.index);
    expect(leaf).toMatchObject({ asset_sha256: sha256(sealed.bytes), mime: "image/png", record: makeRecord() });
    expect(leaf?.picture?.phash).toMatch(/^[0-9a-f]{16}$/);
    expect(Buffer.from(leafHash(Buffer.from(canonicalJson(leaf)))).toString("hex")).toBe(sealed.log.leaf_hash);
  });

  it("keeps prompts out of the one file whose request asks for it, where the setting does not", async () => {
    const secret = "a village that nobody knows";
    const record = { ...makeRecord(), params: { ...makeRecord().params, prompt: secret } };
    const bytes = await encode("image/png");
    const request = { bytes, mime: "image/png", title: "t", record, inputs: [] };
    const [shown, kept] = [await provenance.seal(request), await provenance.seal({ ...request, prompt_privacy: true })];
    expect(Buffer.from(shown.bytes).includes(secret)).toBe(true);
    expect(Buffer.from(kept.bytes).includes(secret)).toBe(false);
    expect(kept.record.params.prompt).toBe(`sha256:${createHash("sha256").update(secret).digest("hex")}`);
    expect(JSON.stringify(provenance.log.leaf(kept.log.index))).not.toContain(secret);
  });

  it("names models, inputs and the ban on training in the manifest", async () => {
    const input = makeInput("control:depth", "image/png", Buffer.from(await encode("image/png")), "depth.png");
    const sealed = await provenance.seal({
      bytes: await encode("image/jpeg"),
      mime: "image/jpeg",
      title: "t",
      record: makeRecord(),
      inputs: [input],
    });
    const { assertions } = await readManifest(sealed.bytes, "image/jpeg", "");
    expect(assertions["c2pa.ingredient.v3"]).toMatchObject({
      "dc:title": "depth.png",
      relationship: "inputTo",
      description: `control:depth, SHA-256 ${input.sha256}`,
    });
    expect(assertions["c2pa.ingredient.v3__1"]).toMatchObject({
      dataTypes: [{ type: "c2pa.types.model.onnx" }],
      description: `unet, SHA-256 ${"b".repeat(64)}`,
    });
    expect(assertions["cawg.training-mining"]).toMatchObject({
      entries: { "cawg.ai_generative_training": { use: "notAllowed" } },
    });
    expect(assertions["org.genga.generation"]).toEqual(makeRecord());
  });

  it("keeps no prompt anywhere with prompt privacy, but its hash", async () => {
    const record = makeRecord();
    const prompt = String(record.params.prompt);
    const expected = `sha256:${createHash("sha256").update(prompt).digest("hex")}`;
    for (const mime of ["image/png", "image/jpeg", "image/webp", "text/plain"] as const) {
      const bytes = mime === "text/plain" ? Buffer.from("HIERARCHY") : await encode(mime);
      const sealed = await hidden.seal({ bytes, mime, title: "t", record, inputs: [] });
      const everything = Buffer.concat([sealed.bytes, sealed.sidecar ?? new Uint8Array()]);
      for (const secret of ["stone", "blurry", "mossy", "river"]) {
        expect([
          mime,
          secret,
          everything.includes(secret),
          everything.includes(Buffer.from(secret, "utf16le").swap16()),
        ]).toEqual([mime, secret, false, false]);
        expect(JSON.stringify(hidden.log.leaf(sealed.log.index))).not.toContain(secret);
      }
      const found = (await hidden.verify(sealed.bytes, mime, sealed.sidecar)).record;
      expect(found?.params).toMatchObject({
        prompt: expected,
        regions: [{ prompt: expect.stringMatching(/^sha256:/), color: "#ff0000" }],
      });
    }
  });

  it("fails closed on bytes that are not what they are said to be", async () => {
    const size = provenance.log.size;
    await expect(
      provenance.seal({
        bytes: Buffer.from("no png"),
        mime: "image/png",
        title: "t",
        record: makeRecord(),
        inputs: [],
      }),
    ).rejects.toMatchObject({ code: "SIGNING_FAILED" });
    expect(provenance.log.size).toBe(size);
  });

  it("takes an input whose own credential is damaged", async () => {
    const parent = await provenance.seal({
      bytes: await encode("image/png"),
      mime: "image/png",
      title: "t",
      record: makeRecord(),
      inputs: [],
    });
    const damaged = Uint8Array.from(parent.bytes);
    const at = Buffer.from(damaged).indexOf("jumb", Buffer.from(damaged).indexOf("c2pa.assertions"));
    damaged.fill(0, at, at + 300);
    for (const role of ["init_image", "control:depth"]) {
      const input = makeInput(role, "image/png", damaged);
      expect(await provenance.inspect(damaged, "image/png")).toBe("tampered");
      const request = { mime: "image/png", title: "t", record: makeRecord(), inputs: [input] };
      const sealed = await provenance.seal({ bytes: await encode("image/png"), ...request });
      expect([role, (await provenance.verify(sealed.bytes, "image/png")).state]).toEqual([role, "trusted"]);
    }
  });

  it("takes an input whose bytes are broken, and says so by its hash", async () => {
    const input = makeInput(
      "control:depth",
      "image/png",
      Buffer.from("\x89PNG\r\n\x1a\nbroken", "latin1"),
      "broken.png",
    );
    const sealed = await provenance.seal({
      bytes: await encode("image/png"),
      mime: "image/png",
      title: "t",
      record: makeRecord(),
      inputs: [input],
    });
    expect(await provenance.verify(sealed.bytes, "image/png")).toMatchObject({ state: "trusted" });
  });
});

describe("readable metadata", () => {
  it("is read back from every format by libvips: XMP with the IPTC fields, Exif with the parameters", async () => {
    for (const mime of ["image/png", "image/jpeg", "image/webp"] as const) {
      const sealed = await provenance.seal({
        bytes: await encode(mime),
        mime,
        title: "Bridge <1>",
        record: makeRecord(),
        inputs: [],
      });
      const metadata = await sharp(sealed.bytes).metadata();
      const xmp = metadata.xmp?.toString("utf8") ?? "";
      expect([mime, metadata.width, metadata.height]).toEqual([mime, 96, 64]);
      for (const part of [
        'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"',
        'Iptc4xmpExt:AISystemUsed="Test bundle"',
        'Iptc4xmpExt:AISystemVersionUsed="1.0"',
        'Iptc4xmpExt:AIPromptInformation="a &#34;stone&#34; bridge &#38; &#60;river&#62;, 原画&#10;Negative prompt: blurry"',
        "<dc:creator><rdf:Seq><rdf:li>Ada</rdf:li></rdf:Seq></dc:creator>",
        'xmp:CreatorTool="genga 0.1.0"',
        "Bridge &#60;1&#62;",
      ]) {
        expect([mime, part, xmp.includes(part)]).toEqual([mime, part, true]);
      }
      if (mime === "image/png") continue;
      const exif = metadata.exif ?? Buffer.alloc(0);
      expect(
        exif.includes(
          Buffer.from("Steps: 20, Sampler: ddim, CFG scale: 7.5, Seed: 42, Size: 96x64", "utf16le").swap16(),
        ),
      ).toBe(true);
    }
  });

  it("has the A1111 text in PNG, and keeps ComfyUI's chunks", async () => {
    const { insertPngChunks, pngTextChunk } = await import("../../core/src/formats/png-chunks.ts");
    const workflow = pngTextChunk("workflow", '{"nodes":[]}');
    const bytes = insertPngChunks(await encode("image/png"), [workflow]);
    const sealed = await provenance.seal({ bytes, mime: "image/png", title: "t", record: makeRecord(), inputs: [] });
    const texts = readPngTexts(sealed.bytes);
    expect(texts.get("workflow")).toBe('{"nodes":[]}');
    expect(texts.get("parameters")).toBe(
      'a "stone" bridge & <river>, 原画\nNegative prompt: blurry\nSteps: 20, Sampler: ddim, CFG scale: 7.5, Seed: 42, Size: 96x64, Model hash: aaaaaaaaaa, Model: Test bundle, Version: genga 0.1.0',
    );
    expect(texts.get("XML:com.adobe.xmp")).toContain("AISystemUsed");
  });
});
