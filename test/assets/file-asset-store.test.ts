import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AssetStore } from "../../core/src/assets/asset-store.ts";
import { openAssetStore } from "../../core/src/assets/file-asset-store.ts";
import { openStore, type Store } from "../../core/src/store.ts";
import { mountSmallDisk } from "../support/small-disk.ts";

const HOUR = 60 * 60 * 1000;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const bytesOf = (size: number, fill: number) => new Uint8Array(size).fill(fill);
const refOf = (bytes: Uint8Array, mime = "image/png") => ({ sha256: sha256(bytes), size: bytes.length, mime });

let home: string;
let now: number;
let store: Store;
let assets: AssetStore;

async function open(options: { quota_bytes?: number; max_asset_bytes?: number; folder?: string } = {}) {
  store = openStore(join(home, "store"));
  assets = await openAssetStore({
    folder: join(home, "assets"),
    store,
    quota_bytes: 1_000_000,
    max_asset_bytes: 500_000,
    clock: () => now,
    ...options,
  });
}
async function close() {
  await assets.close();
  await store.close();
}
const fileOf = (hash: string) => join(home, "assets", hash.slice(0, 2), hash);
const temporary = () => readdirSync(join(home, "assets", "tmp"));
async function streamed(hash: string, range?: { start: number; end: number }) {
  const chunks: Buffer[] = [];
  for await (const chunk of await assets.stream(hash, range)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "genga-assets-"));
  now = Date.now();
  await open();
});
afterEach(async () => {
  await close();
  rmSync(home, { recursive: true, force: true });
});

describe("asset store", () => {
  it("gives back what was put, whole and in ranges, also after a restart", async () => {
    const bytes = new Uint8Array(randomBytes(100_000));
    const ref = await assets.put(bytes, "image/png", "a.png");
    expect(ref).toEqual({ ...refOf(bytes), name: "a.png" });
    await close();
    await open();
    expect(await assets.stat(ref.sha256)).toEqual(ref);
    expect(Buffer.compare(await assets.read(ref.sha256), bytes)).toBe(0);
    expect(Buffer.compare(await streamed(ref.sha256, { start: 10, end: 99_999 }), bytes.subarray(10, 99_999))).toBe(0);
    expect(await streamed(ref.sha256, { start: 5, end: 5 })).toHaveLength(0);
    await expect(assets.stream(ref.sha256, { start: 0, end: 100_001 })).rejects.toMatchObject({
      code: "INVALID_REQUEST",
    });
    expect(assets.usage()).toEqual({ assets: 1, bytes: 100_000, quota_bytes: 1_000_000 });
    expect(temporary()).toEqual([]);
  });

  it.each(["../../etc/passwd", "", "ABCDEF", `${"0".repeat(63)}/`, `..${"0".repeat(62)}`])(
    "knows no asset called %j",
    async (name) => {
      expect(await assets.stat(name)).toBeUndefined();
      await expect(assets.read(name)).rejects.toMatchObject({ code: "ASSET_NOT_FOUND" });
      await expect(assets.stream(name)).rejects.toMatchObject({ code: "ASSET_NOT_FOUND" });
      await expect(assets.upload({ sha256: name, size: 1, mime: "image/png" })).rejects.toMatchObject({
        code: "INVALID_REQUEST",
      });
      expect(readdirSync(join(home, "assets")).sort()).toEqual(["quarantine", "tmp"]);
    },
  );

  it("refuses an asset beyond the size limit", async () => {
    await expect(assets.put(bytesOf(500_001, 1), "image/png")).rejects.toMatchObject({ code: "ASSET_TOO_LARGE" });
    await expect(assets.upload({ sha256: "0".repeat(64), size: 500_001, mime: "x/y" })).rejects.toMatchObject({
      code: "ASSET_TOO_LARGE",
    });
  });

  it("removes what a crash left, and keeps what can be resumed", async () => {
    const kept = await assets.put(bytesOf(10, 1), "image/png");
    const lost = await assets.put(bytesOf(10, 2), "image/png");
    await close();
    rmSync(fileOf(lost.sha256));
    const orphan = sha256(bytesOf(10, 3));
    mkdirSync(join(home, "assets", orphan.slice(0, 2)), { recursive: true });
    writeFileSync(fileOf(orphan), bytesOf(10, 3));
    writeFileSync(join(home, "assets", "tmp", `${orphan}.1.tmp`), "half");
    writeFileSync(join(home, "assets", "tmp", `${orphan}.1.part`), bytesOf(4, 3));
    await open();
    expect(temporary()).toEqual([`${orphan}.1.part`]);
    expect(existsSync(fileOf(orphan))).toBe(false);
    expect(await assets.stat(orphan)).toBeUndefined();
    expect(await assets.stat(lost.sha256)).toBeUndefined();
    expect(await assets.stat(kept.sha256)).toEqual(kept);
    await close();
    now += 25 * HOUR;
    await open();
    expect(temporary()).toEqual([]);
  });
});

describe("uploads", () => {
  it("arrive in chunks, and go on where they broke off after a restart of the core", async () => {
    const bytes = new Uint8Array(randomBytes(300));
    const ref = refOf(bytes);
    const first = await assets.upload(ref);
    expect(first.offset).toBe(0);
    await first.write(0, bytes.subarray(0, 100));
    await first.suspend();
    await close();
    await open();
    const second = await assets.upload(ref);
    expect(second.offset).toBe(100);
    await second.write(100, bytes.subarray(100, 250));
    await expect(second.finish()).rejects.toMatchObject({ code: "ASSET_MISMATCH", data: { offset: 250, size: 300 } });
    await second.write(250, bytes.subarray(250));
    expect(await second.finish()).toEqual(ref);
    expect(Buffer.compare(await assets.read(ref.sha256), bytes)).toBe(0);
    expect(temporary()).toEqual([]);
    const known = await assets.upload(ref);
    expect(known.offset).toBe(300);
    expect(await known.finish()).toEqual(ref);
  });

  it("are refused when bytes are out of place, too many, or not what was announced", async () => {
    const bytes = bytesOf(100, 7);
    const upload = await assets.upload(refOf(bytes));
    await expect(upload.write(1, bytes.subarray(0, 10))).rejects.toMatchObject({
      code: "ASSET_MISMATCH",
      data: { offset: 0 },
    });
    await expect(upload.write(0, bytesOf(101, 7))).rejects.toMatchObject({ code: "ASSET_MISMATCH" });
    await upload.write(0, bytesOf(100, 8));
    await expect(upload.finish()).rejects.toMatchObject({ code: "ASSET_MISMATCH", data: { announced: sha256(bytes) } });
    expect(temporary()).toEqual([]);
    expect(assets.usage()).toMatchObject({ assets: 0, bytes: 0 });
  });

  it("of the same asset by two clients at once do not disturb each other", async () => {
    const bytes = bytesOf(100, 9);
    const [a, b] = await Promise.all([assets.upload(refOf(bytes)), assets.upload(refOf(bytes))]);
    await a.write(0, bytes.subarray(0, 60));
    await b.write(0, bytes);
    await b.finish();
    await a.write(60, bytes.subarray(60));
    await a.finish();
    expect(Buffer.compare(await assets.read(sha256(bytes)), bytes)).toBe(0);
    expect([temporary(), assets.usage().assets, assets.usage().bytes]).toEqual([[], 1, 100]);
  });
});

describe("integrity", () => {
  it.each(["read", "stream", "put"] as const)(
    "a flipped bit is found by %s, set aside, and the asset can be put again",
    async (way) => {
      const bytes = bytesOf(1000, 5);
      const { sha256: hash } = await assets.put(bytes, "image/png");
      await assets.retain("job", [hash]);
      const damaged = Buffer.from(bytes);
      damaged[500] = 4;
      writeFileSync(fileOf(hash), damaged);
      if (way !== "put") {
        const found = way === "read" ? assets.read(hash) : assets.stream(hash);
        await expect(found).rejects.toMatchObject({
          code: "ASSET_CORRUPT",
          remedy: expect.stringContaining("Send the file again"),
        });
        expect(await assets.stat(hash)).toBeUndefined();
        await expect(assets.read(hash)).rejects.toMatchObject({ code: "ASSET_NOT_FOUND" });
      }
      await assets.put(bytes, "image/png");
      expect(Buffer.compare(await assets.read(hash), bytes)).toBe(0);
      expect(Buffer.compare(readFileSync(join(home, "assets", "quarantine", hash)), damaged)).toBe(0);
      expect(assets.usage()).toMatchObject({ assets: 1, bytes: 1000 });
    },
  );
});

describe("quota", () => {
  it("evicts what was unused longest, sparing what jobs hold and what was just used", async () => {
    const refs = [];
    for (let i = 0; i < 4; i++) {
      refs.push(await assets.put(bytesOf(250_000, i), "image/png"));
      now += HOUR;
    }
    const [a, b, c, d] = refs.map((ref) => ref.sha256);
    await assets.retain("job", [a ?? ""]);
    await Promise.all([assets.read(b ?? ""), assets.read(d ?? "")]);
    now += HOUR / 2;
    // a is held, b and d were used within the hour; only c may go.
    await assets.put(bytesOf(250_000, 4), "image/png");
    const left = await Promise.all([a, b, c, d].map(async (hash) => existsSync(fileOf(hash ?? ""))));
    expect(left).toEqual([true, true, false, true]);
    await expect(assets.put(bytesOf(250_000, 5), "image/png")).rejects.toMatchObject({
      code: "QUOTA_EXCEEDED",
      remedy: expect.stringContaining("quota_bytes"),
    });
    expect(assets.usage().bytes).toBe(1_000_000);
    await close();
    now += 2 * HOUR;
    await open();
    await assets.release("job");
    await assets.put(bytesOf(250_000, 5), "image/png");
    expect(existsSync(fileOf(a ?? ""))).toBe(false);
  });

  it("counts an upload under way, and lets its room go when it is given up", async () => {
    const upload = await assets.upload({ sha256: "0".repeat(64), size: 500_000, mime: "x/y" });
    await assets.put(bytesOf(500_000, 1), "image/png");
    await expect(assets.put(bytesOf(1, 2), "image/png")).rejects.toMatchObject({ code: "QUOTA_EXCEEDED" });
    await upload.suspend();
    await assets.put(bytesOf(1, 2), "image/png");
  });

  it("holds an asset until every owner has released it", async () => {
    await close();
    await open({ quota_bytes: 100 });
    const { sha256: hash } = await assets.put(bytesOf(100, 1), "image/png");
    await assets.retain("job 1", [hash]);
    await assets.retain("job 2", [hash, hash]);
    now += 2 * HOUR;
    await assets.release("job 1");
    await assets.release("job 1");
    await expect(assets.put(bytesOf(1, 2), "image/png")).rejects.toMatchObject({ code: "QUOTA_EXCEEDED" });
    await assets.release("job 2");
    await assets.put(bytesOf(1, 2), "image/png");
  });
});

const disk = mountSmallDisk(256 * 1024);
describe.skipIf(disk === undefined)("a full disk", () => {
  it("refuses put and upload with STORAGE_FULL, and leaves nothing half-written", async () => {
    if (disk === undefined) return;
    const folder = join(disk.folder, "assets");
    await close();
    await open({ folder });
    const small = await assets.put(bytesOf(1000, 1), "image/png");
    await expect(assets.put(bytesOf(400_000, 2), "image/png")).rejects.toMatchObject({ code: "STORAGE_FULL" });
    const large = bytesOf(400_000, 3);
    const upload = await assets.upload(refOf(large));
    await upload.write(0, large.subarray(0, 100_000));
    await expect(upload.write(100_000, large.subarray(100_000))).rejects.toMatchObject({
      code: "STORAGE_FULL",
      remedy: expect.stringContaining("disk"),
    });
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
    expect(assets.usage()).toMatchObject({ assets: 1, bytes: 1000 });
    expect(await assets.read(small.sha256)).toHaveLength(1000);
    await assets.put(bytesOf(100_000, 4), "image/png");
    disk.remove();
  });
});
