import { writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { encodeImage } from "../../core/src/formats/encode-image.ts";
import { readPngChunks, writePngChunks } from "../../core/src/formats/png-chunks.ts";
import { makeLeaf, makeRoot } from "../../core/src/provenance/local-keys.ts";
import type { OpenProvenance } from "../../core/src/provenance/open-provenance.ts";
import type { Sealed } from "../../core/src/provenance/provenance.ts";
import { createWasmSigner } from "../../core/src/provenance/signer-wasm.ts";
import { credentialFromPem } from "../../core/src/provenance/signing-credential.ts";
import { verify } from "../../core/src/provenance/verify.ts";
import { verifyFile } from "../../core/src/provenance/verify-file.ts";
import { makePicture, makeRecord, openTemporaryProvenance, temporaryFolder } from "./support.ts";

let provenance: OpenProvenance;
let remove: () => Promise<void>;
const sealed: Record<string, Sealed> = {};

async function sealPicture(
  seed: number,
  mime: "image/png" | "image/jpeg" | "image/webp",
  to = provenance,
): Promise<Sealed> {
  const pixels = makePicture(seed, 160, 120);
  const bytes = await encodeImage(pixels, { mime, quality: 92 });
  return to.seal({ bytes, mime, title: `picture ${seed}`, record: makeRecord({ seed }), inputs: [], pixels });
}

beforeAll(async () => {
  ({ provenance, remove } = await openTemporaryProvenance());
  sealed.png = await sealPicture(1, "image/png");
  sealed.other = await sealPicture(2, "image/png");
  sealed.jpeg = await sealPicture(3, "image/jpeg");
  sealed.webp = await sealPicture(4, "image/webp");
  const bvh = (text: string) => ({
    bytes: Buffer.from(text),
    mime: "text/plain",
    title: "m.bvh",
    record: makeRecord({ task: "motion" }),
    inputs: [],
  });
  sealed.bvh = await provenance.seal(bvh("HIERARCHY\nROOT Hips\n"));
  sealed.otherBvh = await provenance.seal(bvh("HIERARCHY\nROOT Pelvis\n"));
});
afterAll(() => remove());

function get(name: string): Sealed {
  const found = sealed[name];
  if (found === undefined) throw new Error(name);
  return found;
}
const chunksOf = (name: string) => readPngChunks(get(name).bytes);
const stateOf = async (bytes: Uint8Array, mime = "image/png", sidecar?: Uint8Array) =>
  (await provenance.verify(bytes, mime, sidecar)).state;

describe("a credential that was cut into", () => {
  it("is tampered when the manifest is another file's", async () => {
    const foreign = chunksOf("other").find(({ type }) => type === "caBX");
    if (foreign === undefined) throw new Error("no manifest");
    expect(
      await stateOf(writePngChunks(chunksOf("png").map((chunk) => (chunk.type === "caBX" ? foreign : chunk)))),
    ).toBe("tampered");
  });

  it("is tampered when another file's manifest is appended to a stripped one", async () => {
    const foreign = chunksOf("other").filter(({ type }) => type === "caBX");
    const stripped = writePngChunks(chunksOf("png").filter(({ type }) => type !== "caBX"));
    expect(await stateOf(Buffer.concat([stripped, ...foreign.map(({ data }) => data)]))).toBe("tampered");
    expect(await stateOf(Buffer.concat([get("png").bytes, ...foreign.map(({ data }) => data)]))).toBe("tampered");
  });

  it("is tampered, not unsigned, when half of the manifest is gone or wiped", async () => {
    for (const keep of [0.02, 0.5, 0.97]) {
      const cut = chunksOf("png").map(({ type, data }) => ({
        type,
        data: type === "caBX" ? data.subarray(0, data.length * keep) : data,
      }));
      expect([keep, await stateOf(writePngChunks(cut))]).toEqual([keep, "tampered"]);
    }
    const wiped = chunksOf("png").map(({ type, data }) => ({
      type,
      data: type === "caBX" ? new Uint8Array(data.length) : data,
    }));
    expect(await stateOf(writePngChunks(wiped))).toBe("tampered");
    const jpeg = Uint8Array.from(get("jpeg").bytes);
    const manifest = Buffer.from(jpeg).indexOf("jumb");
    jpeg.fill(0, manifest, manifest + 400);
    expect(await stateOf(jpeg, "image/jpeg")).toBe("tampered");
  });

  it("is tampered with a sidecar that is another file's, cut, empty or no manifest", async () => {
    const { bytes, sidecar } = get("bvh");
    if (sidecar === undefined) throw new Error("no sidecar");
    expect(await stateOf(bytes, "text/plain", sidecar)).toBe("trusted");
    expect(await stateOf(bytes, "text/plain", get("otherBvh").sidecar)).toBe("tampered");
    for (const broken of [
      sidecar.subarray(0, sidecar.length / 2),
      new Uint8Array(),
      Buffer.from("hello"),
      get("png").bytes,
    ]) {
      expect(await stateOf(bytes, "text/plain", broken)).toBe("tampered");
    }
  });

  it("is found at whatever bit of a sidecar's file was changed", async () => {
    const { bytes, sidecar } = get("bvh");
    for (let at = 0; at < bytes.length; at += 2) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect([at, await stateOf(changed, "text/plain", sidecar)]).toEqual([at, "tampered"]);
    }
    expect(await stateOf(Buffer.concat([bytes, Buffer.of(10)]), "text/plain", sidecar)).toBe("tampered");
  });

  // COSE leaves its unprotected header out of the signature (RFC 9052 §4.4): here a map of `pad`, zeros that fill the reserved room.
  // These are the only bytes that may change unseen: from the name "pad" to the last zero, the map's head before it included.
  const unsignedRange = (bytes: Uint8Array): [number, number] => {
    const content = Buffer.from(bytes);
    const start = content.indexOf("cpad", content.lastIndexOf("c2pa.signature\0"));
    // CBOR: map of 1 (a1), text of 3 (63) "pad", byte string with a 16-bit length (59 hh ll)
    expect([content[start - 1], content[start], content[start + 4]]).toEqual([0xa1, 0x63, 0x59]);
    return [start - 1, start + 7 + content.readUInt16BE(start + 5)];
  };

  it("is never called trusted or valid when a byte of a sidecar changes outside the padding of the signature", async () => {
    const { bytes, sidecar } = get("bvh");
    if (sidecar === undefined) throw new Error("no sidecar");
    const [start, end] = unsignedRange(sidecar);
    expect(sidecar.subarray(start + 8, end).every((byte) => byte === 0)).toBe(true);
    expect(sidecar.length - end).toBeLessThan(80); // null for the detached payload, and the signature
    // Of the frame, lengths, toggles and every third byte; of what is hashed or signed, every 23rd.
    const frame = new Set<number>();
    for (const { index } of Buffer.from(sidecar).toString("latin1").matchAll(/jumd/g)) {
      for (let at = index - 12; at < index + 44; at += 3) frame.add(at);
      for (const at of [-12, -11, -10, -9, -4, -3, -2, -1, 20]) frame.add(index + at);
    }
    const survivors: number[] = [];
    for (let at = 0; at < sidecar.length; at++) {
      if ((at >= start && at < end) || (at % 23 !== 0 && !frame.has(at))) continue;
      const changed = Uint8Array.from(sidecar);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      if ((await stateOf(bytes, "text/plain", changed)) !== "tampered") survivors.push(at);
    }
    expect(survivors).toEqual([]);
    const padded = Uint8Array.from(sidecar);
    padded.fill(0x41, start + 8, end);
    expect(await stateOf(bytes, "text/plain", padded)).toBe("trusted"); // what docs/provenance.md says of the padding
  }, 60_000);

  it("is never called trusted or valid when any byte of a signed picture changes outside that padding", async () => {
    for (const [name, step] of [
      ["png", 127],
      ["jpeg", 131],
      ["webp", 137],
    ] as const) {
      const { bytes } = get(name);
      const [start, end] = unsignedRange(bytes);
      const survivors: number[] = [];
      for (let at = 0; at < bytes.length; at += step) {
        if (at >= start && at < end) continue;
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
        const state = await stateOf(changed, `image/${name}`);
        if (state === "trusted" || state === "valid") survivors.push(at);
      }
      expect([name, survivors]).toEqual([name, []]);
    }
  }, 60_000);
});

describe("a file without credential", () => {
  it("is known after a re-save: JPEG quality 50, half size, 90 % crop, mirrored", async () => {
    const source = get("png").bytes;
    const copies = {
      "jpeg q50": sharp(source).jpeg({ quality: 50 }),
      "half size": sharp(source).resize(80, 60).png(),
      "90 % crop": sharp(source).extract({ left: 4, top: 3, width: 152, height: 114 }).png(),
      mirrored: sharp(source).flop().webp({ quality: 80 }),
    };
    for (const [name, copy] of Object.entries(copies)) {
      const verification = await provenance.verify(await copy.toBuffer(), "image/png");
      expect([name, verification.state, verification.log?.index]).toEqual([name, "known", 0]);
      expect(verification.record?.seed).toBe(1);
      expect(verification.perceptual_distance).toBeLessThanOrEqual(8);
    }
  });

  it("is known without its sidecar, by its bytes", async () => {
    const verification = await provenance.verify(get("bvh").bytes, "text/plain");
    expect(verification).toMatchObject({ state: "known", sidecar: false, record: { task: "motion" } });
    expect(verification.perceptual_distance).toBeUndefined();
  });

  it("is unsigned when it is another picture, a flat one, a broken one or no picture", async () => {
    for (let seed = 10; seed < 20; seed++) {
      const png = await encodeImage(makePicture(seed, 160, 120), { mime: "image/png", quality: 92 });
      expect([seed, await stateOf(png)]).toEqual([seed, "unsigned"]);
    }
    const flat = { width: 64, height: 64, channels: 3 as const, data: new Uint8Array(64 * 64 * 3).fill(128) };
    expect(await stateOf(await encodeImage(flat, { mime: "image/png", quality: 92 }))).toBe("unsigned");
    expect(await stateOf(Buffer.from("no picture"))).toBe("unsigned");
    expect(await stateOf(new Uint8Array(), "application/octet-stream")).toBe("unsigned");
    const png = await encodeImage(makePicture(50), { mime: "image/png", quality: 92 });
    expect(await stateOf(png.subarray(0, 200))).toBe("unsigned");
  });
});

describe("a file signed by somebody else", () => {
  it("is valid without its root, trusted with it, and never known to us", async () => {
    const studio = await openTemporaryProvenance();
    try {
      const { bytes } = await sealPicture(60, "image/jpeg", studio.provenance);
      const here = await provenance.verify(bytes, "image/jpeg");
      expect(here).toMatchObject({ state: "valid", record: { seed: 60 } });
      expect(here.log).toBeUndefined();
      expect(here.problems.map(({ code }) => code)).toEqual(["signingCredential.untrusted"]);
      expect(
        (await verify(bytes, "image/jpeg", undefined, { trust_anchors: studio.provenance.trust_anchors })).state,
      ).toBe("trusted");
      expect((await verify(bytes, "image/jpeg", undefined, { trust_anchors: "" })).state).toBe("valid");
    } finally {
      await studio.remove();
    }
  });

  it("is valid with a named problem, not tampered, once the certificate has expired", async () => {
    const day = 24 * 3600 * 1000;
    const then = new Date(Date.now() - 21 * 365.25 * day);
    const authority = await makeRoot("Old", then);
    const leaf = await makeLeaf("Old", authority, then);
    const credential = credentialFromPem(leaf.certificate, leaf.private_key);
    // Sealed on a machine whose clock says so: c2pa-wasm takes the time from Date, and checks the certificate against it.
    const old = await openTemporaryProvenance({ credential, signer: createWasmSigner(), now: () => then });
    try {
      vi.useFakeTimers({ toFake: ["Date"], now: then.getTime() + day });
      const picture = await sealPicture(61, "image/png", old.provenance);
      const bytes = Buffer.from("HIERARCHY\nROOT Old\n");
      const record = makeRecord({ task: "motion" });
      const motion = await old.provenance.seal({ bytes, mime: "text/plain", title: "m", record, inputs: [] });
      const trusting = { trust_anchors: authority.certificate };
      expect((await verify(picture.bytes, "image/png", undefined, trusting)).state).toBe("trusted");
      vi.useRealTimers();

      for (const trust_anchors of [authority.certificate, ""]) {
        const found = [
          await verify(picture.bytes, "image/png", undefined, { trust_anchors }),
          await verify(motion.bytes, "text/plain", motion.sidecar, { trust_anchors }),
        ];
        for (const { state, problems, record: facts } of found) {
          expect(state).toBe("valid");
          expect(problems).toContainEqual({
            code: "signingCredential.expired",
            explanation: "The signature is right, but its certificate has expired and there is no time stamp.",
          });
          expect(facts?.who.user).toBe("Ada");
        }
      }
      // An expired certificate excuses nothing else.
      const changed = Uint8Array.from(picture.bytes);
      const at = Buffer.from(changed).indexOf("IDAT") + 40;
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect((await verify(changed, "image/png", undefined, { trust_anchors: authority.certificate })).state).toBe(
        "tampered",
      );
    } finally {
      vi.useRealTimers();
      await old.remove();
    }
  });

  it("is not signed at all with a certificate that has expired already", async () => {
    const then = new Date(Date.now() - 21 * 365.25 * 24 * 3600 * 1000);
    const leaf = await makeLeaf("Old", await makeRoot("Old", then), then);
    const credential = credentialFromPem(leaf.certificate, leaf.private_key);
    const old = await openTemporaryProvenance({ credential });
    try {
      await expect(sealPicture(62, "image/png", old.provenance)).rejects.toMatchObject({ code: "SIGNING_FAILED" });
      expect(old.provenance.log.size).toBe(0);
    } finally {
      await old.remove();
    }
  });
});

it("gives input credentials by the same states", async () => {
  expect(await provenance.inspect(get("png").bytes, "image/png")).toBe("trusted");
  expect(
    await provenance.inspect(await encodeImage(makePicture(70), { mime: "image/png", quality: 92 }), "image/png"),
  ).toBe("unsigned");
});

it("judges by the bytes, whatever media type is announced", async () => {
  const verification = await provenance.verify(get("png").bytes, "image/jpeg");
  expect(verification).toMatchObject({ state: "trusted", mime: "image/png" });
});

it("verifies a file on disk with the sidecar beside it", async () => {
  const { path, remove: removeFolder } = temporaryFolder();
  try {
    const { bytes, sidecar } = get("bvh");
    writeFileSync(join(path, "walk.bvh"), bytes);
    if (sidecar) writeFileSync(join(path, "walk.bvh.c2pa"), sidecar);
    writeFileSync(join(path, "picture.png"), get("png").bytes);
    expect(await verifyFile(join(path, "walk.bvh"), provenance.verify)).toMatchObject({
      state: "trusted",
      sidecar: true,
    });
    expect(await verifyFile(join(path, "picture.png"), provenance.verify)).toMatchObject({
      state: "trusted",
      sidecar: false,
    });
    await expect(verifyFile(join(path, "missing.png"), provenance.verify)).rejects.toMatchObject({ code: "ENOENT" });
  } finally {
    removeFolder();
  }
});
