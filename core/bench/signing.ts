/**
 * Signing beside encoding, verifying, and how far perceptual hashes move. Run: npx tsx core/bench/signing.ts
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { makePicture, makeRecord } from "../../test/provenance/support.ts";
import { embedMetadata } from "../src/formats/embed-metadata.ts";
import { encodeImage } from "../src/formats/encode-image.ts";
import { generationMetadata } from "../src/provenance/generation-metadata.ts";
import { openKeys } from "../src/provenance/keys.ts";
import { loadSigner } from "../src/provenance/load-signer.ts";
import { buildManifest } from "../src/provenance/manifest.ts";
import { hammingDistance, hashPicture, hashPictureFile } from "../src/provenance/perceptual-hash.ts";
import { createWasmSigner } from "../src/provenance/signer-wasm.ts";
import { verify } from "../src/provenance/verify.ts";

const RUNS = 15;

/** What the JSON line at the end holds. */
const figures: Record<string, number | string> = {};
/** Made pictures beside the maps of the scene; the threshold was chosen with 60, which take minutes. */
const PICTURES = Number(process.env.GENGA_BENCH_PICTURES ?? 12);

async function medianMs(task: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = -2; run < RUNS; run++) {
    const start = performance.now();
    await task();
    if (run >= 0) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[RUNS >> 1] ?? Number.NaN;
}

async function benchSigning(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "genga-bench-"));
  try {
    const { credential, trust_anchors } = await openKeys({ folder, now: new Date() });
    const signers = [await loadSigner(), createWasmSigner()];
    const pixels = makePicture(1, 1024, 1024);
    const record = makeRecord();
    console.log(`1024 × 1024, median of ${RUNS}, milliseconds`);
    for (const mime of ["image/png", "image/jpeg", "image/webp"] as const) {
      const output = { mime, quality: 92 };
      const encode = await medianMs(() => encodeImage(pixels, output));
      const encoded = await encodeImage(pixels, output);
      const metadata = generationMetadata(record, "bench");
      const bytes = embedMetadata(encoded, mime, metadata);
      const row: Record<string, number> = {
        encode,
        metadata: await medianMs(async () => embedMetadata(encoded, mime, metadata)),
      };
      for (const signer of signers) {
        const request = {
          bytes,
          mime,
          embed: true,
          ...buildManifest({ record, inputs: [], credentialed: new Set(), title: "bench", mime }),
        };
        row[`sign ${signer.name}`] = await medianMs(() => signer.sign(request, credential));
        const signed = await signer.sign(request, credential);
        row[`verify (${signer.name})`] = await medianMs(() => verify(signed.bytes, mime, undefined, { trust_anchors }));
        row["manifest bytes"] = signed.manifest.length;
      }
      for (const [name, value] of Object.entries(row)) figures[`${mime} ${name}`] = value;
      console.log(
        mime,
        Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Math.round(value * 10) / 10])),
      );
    }
    const hashing = await medianMs(() => hashPicture(pixels));
    figures["perceptual hashes of one picture"] = hashing;
    console.log("perceptual hashes of one picture", Math.round(hashing * 10) / 10);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Distances of copies to the nearest hash of their picture, and of different pictures: the threshold lies between. */
async function benchDistances(): Promise<void> {
  const maps = fileURLToPath(new URL("../../test/fixtures/scene/maps/", import.meta.url));
  const files = await Promise.all(
    readdirSync(maps)
      .filter((name) => name.endsWith(".png"))
      .map((name) => sharp(join(maps, name)).removeAlpha().toColourspace("srgb").png().toBuffer()),
  );
  const made = await Promise.all(
    Array.from({ length: PICTURES }, async (_, seed) =>
      Buffer.from(await encodeImage(makePicture(seed, 512, 384), { mime: "image/png", quality: 92 })),
    ),
  );
  const moved = new Map<string, number[]>();
  const all: string[][] = [];
  for (const png of [...made, ...files]) {
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const { phash, phash_mirrored, phash_crops } = await hashPicture({
      width,
      height,
      channels: info.channels === 1 ? 1 : 3,
      data,
    });
    const entries = [phash, phash_mirrored, ...phash_crops];
    all.push(entries);
    const crop = (left: number, top: number, side: number) =>
      sharp(png).extract({
        left: Math.round(left * width),
        top: Math.round(top * height),
        width: Math.floor(side * width),
        height: Math.floor(side * height),
      });
    const copies = {
      "JPEG quality 50": sharp(png).jpeg({ quality: 50 }),
      "half size": sharp(png).resize(width >> 1),
      "WebP quality 30": sharp(png).webp({ quality: 30 }),
      mirrored: sharp(png).flop(),
      "crop, 90 % of the area": crop(0.026, 0.026, 0.949),
      "crop, 90 % of each side": crop(0.05, 0.05, 0.9),
      "crop, a corner": crop(0, 0, 0.95),
      "crop, off centre": crop(0.01, 0.04, 0.93),
    };
    for (const [name, copy] of Object.entries(copies)) {
      const hash = (await hashPictureFile(await copy.toBuffer())) ?? "";
      moved.set(name, [...(moved.get(name) ?? []), Math.min(...entries.map((entry) => hammingDistance(hash, entry)))]);
    }
  }
  console.log(`bits of 64 that differ, ${all.length} pictures`);
  for (const [name, distances] of moved) {
    figures[`bits moved, ${name}`] = summary(distances);
    console.log(name, summary(distances));
  }
  const between = all.flatMap((entries, index) =>
    all.slice(0, index).map((others) => Math.min(...others.map((other) => hammingDistance(entries[0] ?? "", other)))),
  );
  figures["bits between different pictures"] = summary(between);
  console.log("different pictures, nearest of 8 hashes", summary(between));
}

function summary(distances: number[]): string {
  const sorted = [...distances].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return `min ${at(0)}, median ${at(0.5)}, 90 % ${at(0.9)}, max ${at(1)}`;
}

await benchSigning();
await benchDistances();
console.log(JSON.stringify({ bench: "signing", ...figures }));
