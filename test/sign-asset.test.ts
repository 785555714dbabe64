import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAssetStore } from "../core/src/assets/file-asset-store.ts";
import { encodeExif } from "../core/src/formats/exif.ts";
import { insertPngChunks, pngTextChunk, readPngChunks, readPngTexts } from "../core/src/formats/png-chunks.ts";
import { insertWebpMetadata, readWebpChunks } from "../core/src/formats/webp-chunks.ts";
import { SignSchema } from "../core/src/protocol/client-messages.ts";
import { readManifest } from "../core/src/provenance/manifest-reader.ts";
import type { OpenProvenance } from "../core/src/provenance/open-provenance.ts";
import type { Signer } from "../core/src/provenance/signer.ts";
import { loadNodeSigner } from "../core/src/provenance/signer-node.ts";
import { createWasmSigner } from "../core/src/provenance/signer-wasm.ts";
import { createAssetSigner, SIGN_LIMITS } from "../core/src/sign-asset.ts";
import { openStore } from "../core/src/store.ts";
import { makePicture, makeRecord, openTemporaryProvenance, sha256, temporaryFolder } from "./provenance/support.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const owner = { name: "genga-test", version: "1", user: "Aya" };
const edited = { action: "c2pa.edited", digital_source_type: "humanEdits" } as const;
const rendered = { action: "c2pa.created", digital_source_type: "algorithmicMedia" } as const;
const generated = { action: "c2pa.created", digital_source_type: "trainedAlgorithmicMedia" } as const;
const WORKFLOW = '{"nodes":[{"id":1,"type":"原画"}]}';
const PROMPT = '{"3":{"class_type":"KSampler","inputs":{"text":"a secret castle"}}}';

/** A signer of assets with store, keys and log of its own. */
async function openSigner(options: Parameters<typeof openTemporaryProvenance>[0] = {}) {
  const folder = temporaryFolder();
  const store = openStore(join(folder.path, "store"));
  const assets = await openAssetStore({
    folder: join(folder.path, "assets"),
    store,
    quota_bytes: 1e9,
    max_asset_bytes: 1e9,
    clock: Date.now,
  });
  const opened = await openTemporaryProvenance(options);
  const { provenance } = opened;
  const sign = createAssetSigner({ assets, provenance, software: "genga 0.1.0", clock: Date.now });
  return {
    provenance,
    assets,
    put: async (bytes: Uint8Array, mime: string, name: string) => (await assets.put(bytes, mime, name)).sha256,
    /** Signs as a client asks for it, with the defaults of the protocol. */
    async sign(request: object) {
      const { type: _, id: __, ...parsed } = SignSchema.parse({ type: "sign", id: "1", ...request });
      const file = await sign(parsed, owner);
      const bytes = await assets.read(file.asset.sha256);
      const sidecar = file.sidecar === undefined ? undefined : await assets.read(file.sidecar.sha256);
      return { file, bytes, sidecar, found: await provenance.verify(bytes, file.asset.mime, sidecar) };
    },
    async close() {
      await opened.remove();
      await assets.close();
      await store.close();
      folder.remove();
    },
  };
}
type OpenSigner = Awaited<ReturnType<typeof openSigner>>;

const raw = (seed: number) => {
  const { width, height, data } = makePicture(seed, 128, 96);
  return sharp(data, { raw: { width, height, channels: 3 } });
};
const own = (buffer: Buffer) => Uint8Array.from(buffer);
const png = async (seed: number) => own(await raw(seed).png().toBuffer());
/** A PNG as ComfyUI saves it. */
const comfyPng = async (seed: number) =>
  insertPngChunks(await png(seed), [pngTextChunk("prompt", PROMPT), pngTextChunk("workflow", WORKFLOW)]);

/** GLB of one JSON chunk. */
function glb(json: object): Uint8Array {
  const text = Buffer.from(JSON.stringify(json));
  const body = Buffer.concat([text, Buffer.alloc((4 - (text.length % 4)) % 4, " ")]);
  const header = Buffer.alloc(20);
  header.write("glTF", 0, "latin1");
  header.writeUInt32LE(2, 4);
  header.writeUInt32LE(20 + body.length, 8);
  header.writeUInt32LE(body.length, 12);
  header.write("JSON", 16, "latin1");
  return Uint8Array.from(Buffer.concat([header, body]));
}

const signers: [string, () => Promise<Signer>][] = [["c2pa-wasm", async () => createWasmSigner()]];
if (process.platform === "linux" && process.arch === "x64") signers.unshift(["c2pa-node", loadNodeSigner]);

describe.each(signers)("signing with %s", (_, load) => {
  let core: OpenSigner;
  const judged = temporaryFolder();
  beforeAll(async () => {
    core = await openSigner({ signer: await load() });
  });
  afterAll(async () => {
    await core.close();
    judged.remove();
  });

  /** Keeps a signed file for the independent verifiers. */
  const keep = (name: string, { bytes, sidecar }: { bytes: Uint8Array; sidecar: Uint8Array | undefined }) => {
    mkdirSync(judged.path, { recursive: true });
    writeFileSync(join(judged.path, name), bytes);
    if (sidecar) writeFileSync(join(judged.path, `${name}.c2pa`), sidecar);
  };

  it("keeps ComfyUI's texts in a PNG and says which models took part on whose word", async () => {
    const source = await comfyPng(1);
    const lora = { name: "toon.safetensors", role: "lora", sha256: "a".repeat(64), weight: 0.7 };
    const signed = await core.sign({
      asset: await core.put(source, "image/png", "castle.png"),
      actions: [generated],
      models: [{ name: "base.safetensors", role: "checkpoint" }, lora],
      software_agent: { name: "ComfyUI", version: "0.3.75" },
      parameters: { prompt: "a castle", workflow: JSON.parse(PROMPT) },
      project: "Short",
    });
    keep("comfy.png", signed);
    expect(signed.found).toMatchObject({ state: "trusted", actions: ["c2pa.created"], problems: [] });
    expect(signed.found.signing).toEqual(signed.file.record);
    expect(signed.file.record).toMatchObject({
      source: { sha256: sha256(source), credential: "unsigned", name: "castle.png" },
      declared_by: { client: "genga-test 1", user: "Aya", project: "Short" },
      models: [
        { name: "base.safetensors", training_data: "undeclared" },
        { ...lora, training_data: "undeclared" },
      ],
      parameters: { prompt: "a castle", workflow: JSON.parse(PROMPT) },
    });
    expect(signed.file.record.models[0]).not.toHaveProperty("sha256");
    expect(signed.file.record.models[0]).not.toHaveProperty("licence");
    const texts = readPngTexts(signed.bytes);
    expect([texts.get("prompt"), texts.get("workflow")]).toEqual([PROMPT, WORKFLOW]);
    const pixels = (chunks: ReturnType<typeof readPngChunks>) =>
      sha256(Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data)));
    expect(pixels(readPngChunks(signed.bytes))).toEqual(pixels(readPngChunks(source)));
    const { assertions } = await readManifest(signed.bytes, "image/png", "");
    expect(assertions["c2pa.actions.v2"]).toMatchObject({
      actions: [{ softwareAgent: { name: "ComfyUI", version: "0.3.75" } }],
    });
    expect(assertions["c2pa.ingredient.v3"]).toMatchObject({
      "dc:title": "base.safetensors",
      description: "checkpoint, no hash was given",
    });
    expect(assertions["c2pa.ingredient.v3__1"]).toMatchObject({
      description: `lora, SHA-256 ${"a".repeat(64)} as declared`,
    });
  });

  it("carries the credential of a signed picture that was edited, and of the file itself", async () => {
    const made = await core.provenance.seal({
      bytes: await png(2),
      mime: "image/png",
      title: "made.png",
      record: makeRecord(),
      inputs: [],
    });
    const original = await core.put(made.bytes, "image/png", "made.png");
    const painted = await core.sign({
      asset: await core.put(own(await raw(2).negate().jpeg().toBuffer()), "image/jpeg", "painted.jpg"),
      ingredients: [{ sha256: original, relationship: "parentOf" }],
      actions: [edited],
    });
    keep("painted.jpeg", painted);
    expect(painted.found).toMatchObject({
      state: "trusted",
      actions: ["c2pa.opened", "c2pa.edited"],
      ingredients: ["made.png"],
      signing: { ingredients: [{ sha256: original, credential: "trusted", relationship: "parentOf" }] },
    });
    const again = await core.sign({ asset: original, title: "handed on" });
    keep("again.png", again);
    expect(again.found).toMatchObject({ state: "trusted", actions: ["c2pa.opened"], ingredients: ["made.png"] });
    expect(again.found.record).toBeUndefined(); // what made it stands in the parent's manifest
    const boxes = readPngChunks(again.bytes).filter(({ type }) => type === "caBX");
    expect(boxes.length).toBe(1);
    expect(Buffer.from(boxes[0]?.data ?? []).includes("org.genga.generation")).toBe(true);
    expect(readPngTexts(again.bytes).get("parameters")).toContain('a "stone" bridge');
  });

  it("signs a picture anew whose credential is damaged, and says so", async () => {
    for (const mime of ["image/png", "image/jpeg", "image/webp"] as const) {
      const format = mime.slice(6) as "png" | "jpeg" | "webp";
      const { bytes } = await core.provenance.seal({
        bytes: own(await raw(3).toFormat(format).toBuffer()),
        mime,
        title: "t",
        record: makeRecord(),
        inputs: [],
      });
      const damaged = Uint8Array.from(bytes);
      const at = Buffer.from(damaged).indexOf("c2pa.assertions") - 40;
      damaged.fill(1, at, at + 30);
      const signed = await core.sign({ asset: await core.put(damaged, mime, "broken"), actions: [edited] });
      keep(`broken.${format}`, signed);
      expect([mime, signed.found.state]).toEqual([mime, "trusted"]);
      expect(signed.file.record.source.credential).toBe("tampered");
    }
  });

  it("keeps Exif and other chunks of JPEG and WebP", async () => {
    const exif = encodeExif({ software: "ComfyUI", user_comment: "prompt text" });
    const webp = insertWebpMetadata(own(await raw(4).webp().toBuffer()), { exif });
    const signed = await core.sign({ asset: await core.put(webp, "image/webp", "a.webp"), actions: [generated] });
    keep("a.webp", signed);
    const chunk = readWebpChunks(signed.bytes).find(({ type }) => type === "EXIF");
    expect(Buffer.compare(Buffer.from(chunk?.data ?? []), Buffer.from(exif))).toBe(0);
    const jpeg = own(
      await raw(4)
        .withExif({ IFD0: { Artist: "Aya" } })
        .jpeg()
        .toBuffer(),
    );
    const other = await core.sign({ asset: await core.put(jpeg, "image/jpeg", "a.jpg"), actions: [generated] });
    keep("exif.jpeg", other);
    const metadata = await sharp(other.bytes).metadata();
    expect(metadata.exif?.includes("Aya")).toBe(true);
    expect(metadata.xmp?.includes("digitalsourcetype/trainedAlgorithmicMedia")).toBe(true);
  });

  it("leaves every other file as it is and gives a sidecar", async () => {
    const texture = await core.put(await png(5), "image/png", "bark.png");
    const files: [string, string, Uint8Array][] = [
      ["tree.glb", "model/gltf-binary", glb({ asset: { version: "2.0", extras: { made: "here" } } })],
      ["walk.bvh", "application/x-bvh", Buffer.from("HIERARCHY\nROOT Hips\n")],
      ["bake.exr", "image/x-exr", Buffer.from("v/1\x01\x02\0\0\0channels")],
      ["scene.tiff", "image/tiff", own(await raw(5).tiff().toBuffer())],
      ["icon.svg", "image/svg+xml", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>")],
      ["clip.mp4", "video/mp4", Buffer.from("\0\0\0\x18ftypisom\0\0\0\0isommp42", "latin1")],
    ];
    for (const [name, mime, content] of files) {
      const signed = await core.sign({
        asset: await core.put(content, mime, name),
        actions: [rendered],
        ingredients: [{ sha256: texture, relationship: "componentOf", role: "texture" }],
      });
      keep(name, signed);
      expect([name, Buffer.compare(signed.bytes, content)]).toEqual([name, 0]);
      expect(signed.file.sidecar).toMatchObject({ mime: "application/c2pa", name: `${name}.c2pa` });
      expect(signed.found).toMatchObject({ state: "trusted", actions: ["c2pa.created", "c2pa.placed"] });
      expect(
        (await core.provenance.verify(Buffer.concat([content, Buffer.from(" ")]), mime, signed.sidecar)).state,
      ).toBe("tampered");
      const known = await core.sign({
        asset: await core.put(content, mime, name),
        sidecar: signed.file.sidecar?.sha256,
        actions: [edited],
      });
      expect(known.file.record.source.credential).toBe("trusted");
      expect(known.found.actions).toEqual(["c2pa.opened", "c2pa.edited"]);
    }
  });

  it("is judged trusted by two independent verifiers", async () => {
    writeFileSync(join(judged.path, "root.pem"), core.provenance.root_pem ?? "");
    const run = promisify(execFile);
    const { stdout } = await run(
      join(root, ".venv/bin/python"),
      [join(root, "test/provenance/judge.py"), judged.path],
      { timeout: 60_000, maxBuffer: 16 * 1024 * 1024 },
    );
    const verdicts: Record<string, { c2pa: string; encypher: string; ingredients_with_manifest: string[] }> =
      JSON.parse(stdout);
    expect(Object.keys(verdicts).sort()).toEqual(
      [
        "again.png",
        "broken.png",
        "broken.jpeg",
        "broken.webp",
        "comfy.png",
        "painted.jpeg",
        "exif.jpeg",
        "a.webp",
        "tree.glb",
        "walk.bvh",
      ].sort(),
    );
    for (const [name, { c2pa, encypher }] of Object.entries(verdicts))
      expect([name, c2pa, encypher]).toEqual([name, "Trusted", "Trusted"]);
    expect(verdicts["painted.jpeg"]?.ingredients_with_manifest).toEqual(["made.png"]);
    expect(verdicts["again.png"]?.ingredients_with_manifest).toEqual(["made.png"]);
  });
});

describe("signing", () => {
  let core: OpenSigner;
  let asset: string;
  beforeAll(async () => {
    core = await openSigner();
    asset = await core.put(await png(10), "image/png", "a.png");
  });
  afterAll(() => core.close());

  it("finds a signed picture again after its credential was taken off", async () => {
    const { bytes, file } = await core.sign({ asset, actions: [edited] });
    const stripped = own(await sharp(bytes).jpeg({ quality: 60 }).toBuffer());
    const found = await core.provenance.verify(stripped, "image/jpeg");
    expect(found).toMatchObject({ state: "known", signing: { source: { sha256: asset } } });
    expect(found.log?.index).toBe(file.log.index);
    expect(core.provenance.log.leaf(file.log.index)).toMatchObject({ signing: { title: "a.png" } });
    expect((await core.provenance.log.audit()).fault).toBeUndefined();
  });

  it("refuses more than it may hold in memory, before it reads anything", async () => {
    const sizes = new Map([
      ["a".repeat(64), SIGN_LIMITS.max_file_bytes + 1],
      ["b".repeat(64), SIGN_LIMITS.max_file_bytes],
    ]);
    const sign = createAssetSigner({
      assets: {
        ...core.assets,
        stat: async (sha256: string) => ({ sha256, size: sizes.get(sha256) ?? 1, mime: "image/png" }),
        read: () => Promise.reject(new Error("read")),
      },
      provenance: core.provenance,
      software: "genga 0.1.0",
      clock: Date.now,
    });
    const ask = (request: object) => sign(SignSchema.omit({ type: true, id: true }).parse(request), owner);
    await expect(ask({ asset: "a".repeat(64) })).rejects.toMatchObject({
      code: "ASSET_TOO_LARGE",
      data: { field: "asset" },
    });
    const ingredients = Array(2).fill({ sha256: "b".repeat(64), relationship: "inputTo" });
    await expect(ask({ asset: "b".repeat(64), ingredients })).rejects.toMatchObject({
      code: "ASSET_TOO_LARGE",
      message: expect.stringContaining("together"),
    });
  });

  it("signs requests that come at once, one after another", async () => {
    const size = core.provenance.log.size;
    const files = await Promise.all([1, 2, 3].map((i) => core.sign({ asset, title: `copy ${i}` })));
    expect(files.map(({ file }) => file.log.index)).toEqual([size, size + 1, size + 2]);
  });

  it("says of a file of which nothing is declared only that it was opened", async () => {
    const { file, bytes } = await core.sign({ asset });
    expect(file.record).toMatchObject({ actions: [{ action: "c2pa.opened" }], models: [], parameters: {} });
    expect((await sharp(bytes).metadata()).xmp).toBeUndefined();
  });

  const refusals: [string, () => Promise<object> | object, object][] = [
    [
      "an asset that is not there",
      () => ({ asset: "0".repeat(64) }),
      { code: "ASSET_NOT_FOUND", data: { field: "asset" } },
    ],
    [
      "an ingredient that is not there",
      () => ({ asset, ingredients: [{ sha256: "0".repeat(64), relationship: "parentOf" }] }),
      { code: "ASSET_NOT_FOUND", data: { field: "ingredients[0].sha256" } },
    ],
    [
      "a picture that is cut off",
      async () => ({ asset: await core.put((await png(11)).slice(0, 900), "image/png", "cut.png") }),
      { code: "ASSET_UNREADABLE" },
    ],
    [
      "an empty file",
      async () => ({ asset: await core.put(new Uint8Array(), "image/png", "e") }),
      { code: "ASSET_UNREADABLE" },
    ],
    [
      "two parents",
      () => ({
        asset,
        actions: [edited],
        ingredients: [1, 2].map(() => ({ sha256: asset, relationship: "parentOf" })),
      }),
      { message: expect.stringContaining("has 2 parents") },
    ],
    [
      "c2pa.created of a file with a parent",
      () => ({ asset, actions: [rendered], ingredients: [{ sha256: asset, relationship: "parentOf" }] }),
      { message: expect.stringContaining("actions[0] is c2pa.created") },
    ],
    ["c2pa.created behind another action", () => ({ asset, actions: [edited, rendered] }), { code: "INVALID_REQUEST" }],
    [
      "c2pa.created without a source type",
      () => ({ asset, actions: [{ action: "c2pa.created" }] }),
      { code: "INVALID_REQUEST" },
    ],
    [
      "c2pa.placed without a component",
      () => ({ asset, actions: [edited, { action: "c2pa.placed" }] }),
      { code: "INVALID_REQUEST" },
    ],
    [
      "models that took part in nothing",
      () => ({ asset, models: [{ name: "m", role: "lora" }] }),
      { message: expect.stringContaining("models took part in no action") },
    ],
    [
      "a sidecar that is not there",
      () => ({ asset, sidecar: "1".repeat(64) }),
      { code: "ASSET_NOT_FOUND", data: { field: "sidecar" } },
    ],
    [
      "a sidecar of an ingredient that is not there",
      () => ({ asset, ingredients: [{ sha256: asset, sidecar: "1".repeat(64), relationship: "parentOf" }] }),
      { code: "ASSET_NOT_FOUND", data: { field: "ingredients[0].sidecar" } },
    ],
    [
      "a workflow beyond all bounds",
      () => ({ asset, parameters: { workflow: "x".repeat(SIGN_LIMITS.max_parameters_bytes) } }),
      { message: expect.stringContaining(`at most ${SIGN_LIMITS.max_parameters_bytes} bytes`) },
    ],
    [
      "binary parameters",
      () => ({ asset, parameters: { a: [{ b: new Uint8Array(2) }] } }),
      { message: expect.stringContaining("parameters.a.0.b holds binary data") },
    ],
    [
      "a sidecar as the file to sign",
      async () => ({
        asset: (await core.sign({ asset: await core.put(Buffer.from("x"), "text/plain", "x") })).file.sidecar?.sha256,
      }),
      { message: expect.stringContaining("`.c2pa` file") },
    ],
  ];
  it.each(refusals)("refuses %s and logs nothing", async (_, request, error) => {
    const asked = await request();
    const size = core.provenance.log.size;
    await expect(core.sign(asked)).rejects.toMatchObject({ code: "INVALID_REQUEST", ...error });
    expect(core.provenance.log.size).toBe(size);
  });

  it("refuses created of a file that has a credential, and a second parent beside it", async () => {
    const signed = (await core.sign({ asset, actions: [rendered] })).file.asset.sha256;
    await expect(core.sign({ asset: signed, actions: [rendered] })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    const ingredients = [{ sha256: asset, relationship: "parentOf" }];
    await expect(core.sign({ asset: signed, actions: [edited], ingredients })).rejects.toMatchObject({
      message: expect.stringContaining("carries a credential of its own"),
    });
  });
});

describe("prompt privacy", () => {
  const withCores = async (use: (core: OpenSigner, request: object) => Promise<void>) => {
    for (const [options, request] of [
      [{ prompt_privacy: true }, {}],
      [{ prompt_privacy: false }, { prompt_privacy: true }],
    ] as const) {
      const core = await openSigner(options);
      try {
        await use(core, request);
      } finally {
        await core.close();
      }
    }
  };

  it("keeps prompts and workflow out of file, log and reply, but for their hashes", () =>
    withCores(async (core, request) => {
      const { bytes, file } = await core.sign({
        ...request,
        asset: await core.put(await png(20), "image/png", "a.png"),
        actions: [generated],
        parameters: { prompt: "a secret castle", steps: 5, workflow: JSON.parse(PROMPT) },
      });
      const hash = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);
      expect(file.record).toMatchObject({
        prompt_privacy: true,
        parameters: { prompt: hash, workflow: hash, steps: 5 },
      });
      const everything = [
        Buffer.from(bytes).toString("latin1"),
        JSON.stringify(core.provenance.log.leaf(0)),
        JSON.stringify(file),
      ];
      for (const text of everything) expect(text).not.toContain("secret");
    }));

  it("refuses files that hold prompts themselves, naming where", () =>
    withCores(async (core, request) => {
      const exif = Uint8Array.from(
        Buffer.concat([encodeExif({ software: "c", user_comment: "" }), Buffer.from(`prompt:${PROMPT}\0`)]),
      );
      const files: [Uint8Array, string, string][] = [
        [await comfyPng(21), "image/png", "PNG text prompt, PNG text workflow"],
        [
          insertPngChunks(await png(21), [pngTextChunk("parameters", "a castle\nSteps: 4")]),
          "image/png",
          "PNG text parameters",
        ],
        [insertWebpMetadata(own(await raw(21).webp().toBuffer()), { exif }), "image/webp", "Exif prompt"],
        [glb({ asset: { version: "2.0", extras: { workflow: "{}" } } }), "model/gltf-binary", "GLB extras workflow"],
      ];
      for (const [bytes, mime, where] of files) {
        await expect(
          core.sign({ ...request, asset: await core.put(bytes, mime, "f"), actions: [generated] }),
        ).rejects.toMatchObject({
          code: "INVALID_REQUEST",
          message: expect.stringContaining(where),
        });
      }
      expect(core.provenance.log.size).toBe(0);
    }));

  it("leaves out the credential of what went in if that holds prompts, and keeps its hash and state", async () => {
    const core = await openSigner({ prompt_privacy: false });
    try {
      const record = makeRecord({ params: { prompt: "a secret castle" } });
      const seal = (bytes: Uint8Array, more: object) =>
        core.provenance.seal({ bytes, mime: "image/png", title: "t", record, inputs: [], ...more });
      const open = (await seal(await png(23), {})).bytes;
      const hidden = (await seal(await png(24), { prompt_privacy: true })).bytes;
      const input = { role: "control:depth", sha256: sha256(open), mime: "image/png", bytes: open };
      const nested = (await seal(await png(25), { prompt_privacy: true, inputs: [input] })).bytes;
      expect(Buffer.from(open).toString("latin1")).toContain("secret");
      expect(Buffer.from(nested).toString("latin1")).not.toContain("secret");
      const ingredients = [
        { sha256: await core.put(open, "image/png", "open.png"), relationship: "parentOf" },
        { sha256: await core.put(hidden, "image/png", "hidden.png"), relationship: "inputTo" },
      ];
      const asset = await core.put(await png(26), "image/png", "a.png");
      const request = { asset, ingredients, actions: [edited] };
      const { bytes, file, found } = await core.sign({ ...request, prompt_privacy: true });
      expect(Buffer.from(bytes).toString("latin1")).not.toContain("secret");
      expect(found.state).toBe("trusted");
      expect(file.record.ingredients.map(({ name, credential }) => [name, credential])).toEqual([
        ["open.png", "trusted"],
        ["hidden.png", "trusted"],
      ]);
      const carried = async (of: Uint8Array) => (await readManifest(of, "image/png", "")).carried.length;
      expect(await carried(bytes)).toBe(2);
      expect(await carried((await core.sign(request)).bytes)).toBe(3);
    } finally {
      await core.close();
    }
  });

  it("takes a picture that was generated with privacy", async () => {
    const core = await openSigner({ prompt_privacy: true });
    try {
      for (const mime of ["image/png", "image/jpeg", "image/webp"] as const) {
        const bytes = own(
          await raw(22)
            .toFormat(mime.slice(6) as "png")
            .toBuffer(),
        );
        const made = await core.provenance.seal({ bytes, mime, title: "t", record: makeRecord(), inputs: [] });
        const signed = await core.sign({ asset: await core.put(made.bytes, mime, "t"), actions: [edited] });
        expect([mime, signed.found.state]).toEqual([mime, "trusted"]);
      }
    } finally {
      await core.close();
    }
  });
});

describe("policy", () => {
  const declared = {
    name: "ours",
    role: "checkpoint",
    sha256: "b".repeat(64),
    licence: { spdx: "Apache-2.0", commercial_use: true },
    training_data: [{ name: "Set", source: "ours", licence: "CC0-1.0", used_for: "training" }],
  };
  const withPolicy = async (
    policy: OpenProvenance["policy"],
    use: (core: OpenSigner, asset: string) => Promise<void>,
  ) => {
    const folder = temporaryFolder();
    const allow_list = join(folder.path, "allow.txt");
    writeFileSync(allow_list, `${"c".repeat(64)} the one that may\n`);
    const core = await openSigner({ policy, allow_list });
    try {
      await use(core, await core.put(await png(30), "image/png", "a.png"));
      expect(core.provenance.log.size).toBeLessThan(2);
    } finally {
      await core.close();
      folder.remove();
    }
  };

  it("declared: wants hash, licence and training data of every model", () =>
    withPolicy("declared", async (core, asset) => {
      const refused = core.sign({
        asset,
        actions: [generated],
        models: [declared, { name: "x.ckpt", role: "checkpoint" }],
      });
      await expect(refused).rejects.toMatchObject({
        code: "POLICY_REFUSED",
        message: expect.stringContaining('"x.ckpt"'),
        data: { missing: ["models[1].sha256", "models[1].licence", "models[1].training_data"] },
      });
      await expect(
        core.sign({ asset, actions: [generated], models: [{ ...declared, training_data: [] }] }),
      ).rejects.toMatchObject({
        data: { missing: ["models[0].training_data"] },
      });
      expect((await core.sign({ asset, actions: [generated], models: [declared] })).found.state).toBe("trusted");
    }));

  it("declared: a generated file must name its models", () =>
    withPolicy("declared", async (core, asset) => {
      await expect(core.sign({ asset, actions: [generated] })).rejects.toMatchObject({
        code: "POLICY_REFUSED",
        data: { missing: ["models"] },
      });
      expect((await core.sign({ asset, actions: [edited] })).file.record.policy).toBe("declared");
    }));

  it("strict: wants the model's hash on the allow-list", () =>
    withPolicy("strict", async (core, asset) => {
      await expect(core.sign({ asset, actions: [generated], models: [declared] })).rejects.toMatchObject({
        code: "POLICY_REFUSED",
        data: { missing: ["models[0].allow_list"] },
      });
      const listed = { ...declared, sha256: "c".repeat(64) };
      expect((await core.sign({ asset, actions: [generated], models: [listed] })).found.state).toBe("trusted");
    }));
});
