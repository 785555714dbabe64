import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { encodeBvh } from "../../core/src/formats/bvh.ts";
import { encodeImage } from "../../core/src/formats/encode-image.ts";
import { encodeMotionGlb } from "../../core/src/formats/motion-glb.ts";
import { encodeMotionJson, MOTION_JSON_MIME } from "../../core/src/formats/motion-json.ts";
import type { Motion } from "../../core/src/motion/motion.ts";
import { JOINT_COUNT } from "../../core/src/motion/skeleton.ts";
import type { MotionFormat, SegmentOrigin } from "../../core/src/protocol/motion.ts";
import type { OpenProvenance } from "../../core/src/provenance/open-provenance.ts";
import type { Sealed } from "../../core/src/provenance/provenance.ts";
import type { Signer } from "../../core/src/provenance/signer.ts";
import { loadNodeSigner } from "../../core/src/provenance/signer-node.ts";
import { createWasmSigner } from "../../core/src/provenance/signer-wasm.ts";
import { makeInput, makePicture, makeRecord, openTemporaryProvenance, temporaryFolder } from "./support.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

const JudgementSchema = z.record(
  z.string(),
  z.object({
    c2pa: z.string(),
    encypher: z.string(),
    actions: z.array(z.string()),
    source_types: z.array(z.string().nullable()),
    relationships: z.record(z.string(), z.string()),
    ingredients_with_manifest: z.array(z.string()),
    prompt: z.string().nullable(),
  }),
);

/** Lets both Python verifiers judge every `name` (and `name.c2pa`) of a folder. */
async function judge(folder: string) {
  const { stdout } = await run(join(root, ".venv/bin/python"), [join(root, "test/provenance/judge.py"), folder], {
    timeout: 60_000,
    maxBuffer: 16 * 1024 * 1024,
  });
  return JudgementSchema.parse(JSON.parse(stdout));
}

const PICTURES = ["image/png", "image/jpeg", "image/webp"] as const;
const SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/";

/** A motion of a second: the rest pose, which goes forward. */
const motion: Motion = {
  fps: 24,
  root: Float32Array.from({ length: 24 * 3 }, (_, i) => [0, 0.95, (i / 3) * 0.05][i % 3] ?? 0),
  rotations: Float32Array.from({ length: 24 * JOINT_COUNT * 4 }, (_, i) => (i % 4 === 3 ? 1 : 0)),
};
const clip = { id: "walk-1", licence: "CC0-1.0", source: "made up by the test" };

function motionFacts(format: MotionFormat, kind: SegmentOrigin["kind"]) {
  const clips = kind === "varied" || kind === "retrieved" ? [clip] : [];
  return { format, variation: 0, frames: 24, fps: 24, origin: [{ segment: 0, kind, clips }], warnings: [] };
}

/** Files without room for a manifest: what they are, and how they came about. */
async function otherFiles() {
  const json = encodeMotionJson(motion);
  return [
    {
      name: "motion.bvh",
      mime: "application/x-bvh",
      bytes: encodeBvh(motion),
      motion: motionFacts("bvh", "generated"),
      source_types: [`${SOURCE_TYPES}trainedAlgorithmicMedia`],
    },
    {
      name: "motion.glb",
      mime: "model/gltf-binary",
      bytes: await encodeMotionGlb(motion),
      motion: motionFacts("glb", "varied"),
      source_types: [`${SOURCE_TYPES}compositeWithTrainedAlgorithmicMedia`],
    },
    {
      name: "motion.json",
      mime: MOTION_JSON_MIME,
      bytes: json,
      motion: motionFacts("json", "retrieved"),
      source_types: [`${SOURCE_TYPES}algorithmicallyEnhanced`],
    },
    {
      name: "retargeted.json",
      mime: MOTION_JSON_MIME,
      bytes: encodeMotionJson({ ...motion, fps: 30 }),
      motion: motionFacts("json", "source"),
      source: makeInput("source", MOTION_JSON_MIME, json, "motion.json"),
      source_types: [null, `${SOURCE_TYPES}algorithmicallyEnhanced`],
    },
  ];
}

const signers: [string, () => Promise<Signer>][] = [["c2pa-wasm", async () => createWasmSigner()]];
if (process.platform === "linux" && process.arch === "x64") signers.unshift(["c2pa-node", loadNodeSigner]);

describe.each(signers)("%s", (_, load) => {
  let provenance: OpenProvenance;
  let remove: () => Promise<void>;
  const folder = temporaryFolder();
  const files = new Map<string, Sealed & { mime: string }>();
  let others: Awaited<ReturnType<typeof otherFiles>> = [];

  beforeAll(async () => {
    ({ provenance, remove } = await openTemporaryProvenance({ signer: await load() }));
    if (provenance.root_pem === undefined) throw new Error("no root");
    writeFileSync(join(folder.path, "root.pem"), provenance.root_pem);
    const depth = await sharp(Buffer.from(makePicture(9, 96, 64, 1).data), {
      raw: { width: 96, height: 64, channels: 1 },
    })
      .png()
      .toBuffer();
    const inputs = [makeInput("control:depth", "image/png", depth)];
    for (const mime of PICTURES) {
      const pixels = makePicture(1);
      const bytes = await encodeImage(pixels, { mime, quality: 90 });
      const name = `picture.${mime.slice(6)}`;
      files.set(name, {
        mime,
        ...(await provenance.seal({ bytes, mime, title: name, record: makeRecord(), inputs, pixels })),
      });
    }
    others = await otherFiles();
    for (const { name, mime, bytes, motion: facts, source } of others) {
      const record = makeRecord({ task: "motion", motion: facts });
      const given = source === undefined ? [] : [source];
      files.set(name, { mime, ...(await provenance.seal({ bytes, mime, title: name, record, inputs: given })) });
    }
    // A picture made from a signed picture of ours.
    const parent = files.get("picture.png");
    if (parent === undefined) throw new Error("no parent");
    const pixels = makePicture(2);
    const edited = await provenance.seal({
      bytes: await encodeImage(pixels, { mime: "image/png", quality: 90 }),
      mime: "image/png",
      title: "edited.png",
      record: makeRecord({
        inputs: [{ role: "init_image", sha256: "d".repeat(64), mime: "image/png", credential: "trusted" }],
      }),
      inputs: [makeInput("init_image", "image/png", parent.bytes), makeInput("control:depth", "image/png", depth)],
      pixels,
    });
    files.set("edited.png", { mime: "image/png", ...edited });
    for (const [name, { bytes, sidecar }] of files) {
      writeFileSync(join(folder.path, name), bytes);
      if (sidecar) writeFileSync(join(folder.path, `${name}.c2pa`), sidecar);
    }
  });
  afterAll(async () => {
    await remove();
    folder.remove();
  });

  it("makes files that two independent verifiers call trusted with our root", async () => {
    const judgement = await judge(folder.path);
    expect(Object.keys(judgement).sort()).toEqual([...files.keys()].sort());
    for (const [name, { c2pa, encypher }] of Object.entries(judgement))
      expect([name, c2pa, encypher]).toEqual([name, "Trusted", "Trusted"]);
    expect(judgement["picture.png"]).toMatchObject({
      actions: ["c2pa.created"],
      source_types: ["http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"],
      relationships: { "control:depth.png": "inputTo", "Test bundle: unet.onnx": "inputTo" },
      prompt: 'a "stone" bridge & <river>, 原画',
    });
    for (const { name, source_types } of others) {
      expect([name, judgement[name]?.source_types]).toEqual([name, source_types]);
    }
    expect(judgement["retargeted.json"]).toMatchObject({
      actions: ["c2pa.opened", "c2pa.edited"],
      relationships: { "motion.json": "parentOf" },
    });
    expect(judgement["edited.png"]).toMatchObject({
      actions: ["c2pa.opened", "c2pa.edited"],
      source_types: [null, "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"],
      relationships: { "init_image.png": "parentOf" },
      ingredients_with_manifest: ["init_image.png"],
    });
  });

  it("makes files that genga verify calls trusted, with record, actions and ingredients", async () => {
    for (const [name, { bytes, mime, sidecar }] of files) {
      const verification = await provenance.verify(bytes, mime, sidecar);
      expect([name, verification.state, verification.problems]).toEqual([name, "trusted", []]);
      expect(verification.record?.params).toEqual(makeRecord().params); // lists of numbers too
      expect(verification.log?.index).toBe([...files.keys()].indexOf(name));
    }
    const png = files.get("picture.png");
    expect(await provenance.verify(png?.bytes ?? new Uint8Array(), "image/png")).toMatchObject({
      issuer: "Genga local signing",
      signed_with: "genga 0.1.0",
      actions: ["c2pa.created"],
      ingredients: ["control:depth.png", "Test bundle: unet.onnx", "Test bundle: text_encoder.onnx"],
      sidecar: false,
    });
  });

  it("leaves files without room for a manifest as they were, but for readable metadata in GLB", () => {
    for (const { name, bytes } of others) {
      const sealed = files.get(name)?.bytes ?? new Uint8Array();
      if (name.endsWith(".glb")) {
        const { extensions } = jsonOfGlb(sealed);
        expect(extensions?.KHR_xmp_json_ld?.packets).toMatchObject([
          {
            "Iptc4xmpExt:DigitalSourceType": `${SOURCE_TYPES}compositeWithTrainedAlgorithmicMedia`,
            "Iptc4xmpExt:AIPromptInformation": 'a "stone" bridge & <river>, 原画\nNegative prompt: blurry',
          },
        ]);
      } else expect(Buffer.compare(sealed, bytes)).toBe(0);
      expect(files.get(name)?.sidecar?.length).toBeGreaterThan(1000);
    }
    for (const mime of PICTURES) expect(files.get(`picture.${mime.slice(6)}`)?.sidecar).toBeUndefined();
  });

  it("keeps the pixels of a lossless picture", async () => {
    const pixels = makePicture(1);
    const { data } = await sharp(files.get("picture.png")?.bytes).raw().toBuffer({ resolveWithObject: true });
    expect(Buffer.compare(data, pixels.data)).toBe(0);
  });

  it("signs through a key outside the process", async () => {
    const asked: number[] = [];
    const { checkCredential } = await import("../../core/src/provenance/check-credential.ts");
    const { makeLeaf, makeRoot } = await import("../../core/src/provenance/local-keys.ts");
    const authority = await makeRoot("Remote", new Date());
    const leaf = await makeLeaf("Remote", authority, new Date());
    const inner = checkCredential(leaf.certificate, leaf.private_key, new Date());
    const remote = await openTemporaryProvenance({
      signer: await load(),
      credential: {
        ...inner,
        sign: async (data) => {
          asked.push(data.length);
          return inner.sign(data);
        },
      },
    });
    try {
      const bytes = await encodeImage(makePicture(3), { mime: "image/jpeg", quality: 80 });
      const sealed = await remote.provenance.seal({
        bytes,
        mime: "image/jpeg",
        title: "r.jpg",
        record: makeRecord(),
        inputs: [],
      });
      expect(asked.length).toBeGreaterThan(0);
      expect((await remote.provenance.verify(sealed.bytes, "image/jpeg")).state).toBe("valid"); // its root lies in no trusted folder here
    } finally {
      await remote.remove();
    }
  });

  it("hands out nothing when the key refuses", async () => {
    const inner = await openTemporaryProvenance({
      signer: await load(),
      credential: {
        alg: "es256",
        chain: [
          Uint8Array.from(
            Buffer.from(
              readFileSync(join(folder.path, "root.pem"), "utf8").replace(/-----[^-]+-----|\s/g, ""),
              "base64",
            ),
          ),
        ],
        sign: async () => {
          throw new Error("the HSM is locked");
        },
      },
    });
    try {
      const bytes = await encodeImage(makePicture(3), { mime: "image/png", quality: 80 });
      await expect(
        inner.provenance.seal({ bytes, mime: "image/png", title: "r.png", record: makeRecord(), inputs: [] }),
      ).rejects.toMatchObject({ code: "SIGNING_FAILED" });
      expect(inner.provenance.log.size).toBe(0);
    } finally {
      await inner.remove();
    }
  });

  it("makes changed bytes visible to all three verifiers, wherever they are", async () => {
    const changed = temporaryFolder();
    try {
      mkdirSync(changed.path, { recursive: true });
      writeFileSync(join(changed.path, "root.pem"), readFileSync(join(folder.path, "root.pem")));
      const cases = changedFiles(files);
      for (const { name, bytes, sidecar } of cases) {
        writeFileSync(join(changed.path, name), bytes);
        if (sidecar) writeFileSync(join(changed.path, `${name}.c2pa`), sidecar);
      }
      for (const { name, bytes, mime, sidecar } of cases) {
        expect([name, (await provenance.verify(bytes, mime, sidecar)).state]).toEqual([name, "tampered"]);
      }
      const judgement = await judge(changed.path);
      for (const { name } of cases) {
        expect([name, judgement[name]?.c2pa]).not.toEqual([name, expect.stringMatching(/^(Valid|Trusted)$/)]);
        expect([name, judgement[name]?.encypher]).not.toEqual([name, expect.stringMatching(/^(Valid|Trusted)$/)]);
      }
    } finally {
      changed.remove();
    }
  });
});

/** The JSON chunk of a glTF binary. */
function jsonOfGlb(bytes: Uint8Array) {
  const length = Buffer.from(bytes).readUInt32LE(12);
  const schema = z.object({
    extensions: z.object({ KHR_xmp_json_ld: z.object({ packets: z.array(z.unknown()) }).optional() }).optional(),
  });
  return schema.parse(JSON.parse(Buffer.from(bytes.subarray(20, 20 + length)).toString("utf8")));
}

/** Each file with one bit flipped in its pixels, readable metadata, claim, record and signature; others also at both ends. */
function changedFiles(files: Map<string, Sealed & { mime: string }>) {
  const cases: { name: string; mime: string; bytes: Uint8Array; sidecar?: Uint8Array }[] = [];
  const flip = (bytes: Uint8Array, at: number) => {
    const out = Uint8Array.from(bytes);
    out[at] = (out[at] ?? 0) ^ 1;
    return out;
  };
  const find = (bytes: Uint8Array, text: string) => {
    const at = Buffer.from(bytes).indexOf(text);
    if (at < 0) throw new Error(`no "${text}"`);
    return at;
  };
  for (const [name, { mime, bytes, sidecar }] of files) {
    if (sidecar) {
      for (const [part, at] of Object.entries({ first: 0, middle: bytes.length >> 1, last: bytes.length - 1 })) {
        cases.push({ name: `${part}-${name}`, mime, bytes: flip(bytes, at), sidecar });
      }
      cases.push({ name: `record-${name}`, mime, bytes, sidecar: flip(sidecar, find(sidecar, '"job_id"') + 11) });
      continue;
    }
    const places = {
      metadata: find(bytes, "AISystemUsed") + 15,
      claim: find(bytes, "claim_generator_info") + 25,
      record: find(bytes, '"job_id"') + 11,
      action: find(bytes, "softwareAgent") + 20,
      pixels: pixelByte(bytes, mime),
    };
    for (const [part, at] of Object.entries(places))
      cases.push({ name: `${part}-${name}`, mime, bytes: flip(bytes, at) });
  }
  return cases;
}

/** A byte within the coded image. */
function pixelByte(bytes: Uint8Array, mime: string): number {
  const buffer = Buffer.from(bytes);
  if (mime === "image/png") return buffer.indexOf("IDAT") + 100;
  if (mime === "image/jpeg") return buffer.length - 50;
  const vp8 = buffer.indexOf("VP8 ");
  return vp8 + 100;
}
