/**
 * What the tamper-evident log costs: appending, and the audit that runs at every start. Run: npx tsx core/bench/log.ts
 */
import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "lmdb";
import { makeRecord } from "../../test/provenance/support.ts";
import { checkpointKey } from "../src/provenance/checkpoint.ts";
import { MerkleLog } from "../src/provenance/merkle-log.ts";

const LEAVES = 10_000;
const AT_ONCE = 500;

const folder = mkdtempSync(join(tmpdir(), "genga-bench-"));
const path = join(folder, "log.mdb");
const key = checkpointKey(
  generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
);
const openStore = () => open({ path, noSubdir: true, maxDbs: 16, overlappingSync: false });
let store = openStore();
try {
  let log = new MerkleLog(store, key);
  const leaf = (index: number) => ({
    version: 1 as const,
    asset_sha256: createHash("sha256").update(String(index)).digest("hex"),
    mime: "image/png",
    picture: {
      phash: "0123456789abcdef",
      phash_mirrored: "fedcba9876543210",
      phash_crops: Array.from({ length: 6 }, () => "0011223344556677"),
    },
    record: makeRecord({ seed: index }),
  });
  const single = performance.now();
  for (let index = 0; index < 100; index++) await log.append(leaf(index));
  console.log(`append, one by one, each synced: ${((performance.now() - single) / 100).toFixed(2)} ms`);
  for (let index = 100; index < LEAVES; index += AT_ONCE) {
    const count = Math.min(AT_ONCE, LEAVES - index);
    await Promise.all(Array.from({ length: count }, (_, offset) => log.append(leaf(index + offset))));
  }
  await store.close();
  console.log(`${LEAVES} leaves: ${(statSync(path).size / 1e6).toFixed(1)} MB on disk`);

  store = openStore();
  const opening = performance.now();
  log = new MerkleLog(store, key);
  console.log(`open and check the head: ${(performance.now() - opening).toFixed(2)} ms`);
  for (const name of ["first", "second"]) {
    const start = performance.now();
    const { size, fault } = await log.audit();
    const took = performance.now() - start;
    if (fault !== undefined || size !== LEAVES) throw new Error(`audit: ${fault}`);
    console.log(`${name} audit: ${took.toFixed(0)} ms, ${((1000 * took) / size).toFixed(1)} µs a leaf`);
  }
  const reading = performance.now();
  for (let index = 0; index < 1000; index++) log.leaf(index * 7);
  console.log(`leaf, proved against the head: ${((performance.now() - reading) / 1000).toFixed(3)} ms`);
} finally {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
}
