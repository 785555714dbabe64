import { createHash, generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import fc from "fast-check";
import { open, type RootDatabase } from "lmdb";
import { describe, expect, it } from "vitest";
import { checkpointKey, openCheckpoint, signCheckpoint } from "../../core/src/provenance/checkpoint.ts";
import type { LogLeaf } from "../../core/src/provenance/log-leaf.ts";
import { MerkleLog } from "../../core/src/provenance/merkle-log.ts";
import * as tree from "../../core/src/provenance/merkle-tree.ts";
import { leafHash, nodeHash, verifyConsistency, verifyInclusion } from "../../core/src/provenance/merkle-tree.ts";
import { makeRecord, temporaryFolder } from "./support.ts";

/** MTH of RFC 6962 §2.1, word by word: the reference. */
function mth(leaves: Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return createHash("sha256").digest();
  if (leaves.length === 1) return createHash("sha256").update(Uint8Array.of(0)).update(first).digest();
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return createHash("sha256")
    .update(Uint8Array.of(1))
    .update(mth(leaves.slice(0, k)))
    .update(mth(leaves.slice(k)))
    .digest();
}

const leavesOf = (size: number) => Array.from({ length: size }, (_, index) => Buffer.from(`leaf ${index}`));
const hashOf = (leaves: Uint8Array[]) => (level: number, index: number) =>
  mth(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("Merkle tree", () => {
  it("has the roots of the test vectors of Certificate Transparency", () => {
    // google/certificate-transparency, merkletree tests: leaves "", 00, 10, 2021, 3031, 40414243, 5051…57, 6061…6f
    const inputs = [
      "",
      "00",
      "10",
      "2021",
      "3031",
      "40414243",
      "5051525354555657",
      "606162636465666768696a6b6c6d6e6f",
    ].map((text) => Buffer.from(text, "hex"));
    expect(hex(tree.treeRoot(0, hashOf([])))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(hex(tree.treeRoot(1, hashOf(inputs)))).toBe(
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    );
    expect(hex(tree.treeRoot(8, hashOf(inputs)))).toBe(
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    );
  });

  it("proves every leaf of every tree up to 64 leaves, and of larger ones", () => {
    for (const size of [...Array.from({ length: 64 }, (_, index) => index + 1), 100, 255, 257]) {
      const leaves = leavesOf(size);
      const subtree = hashOf(leaves);
      const root = tree.treeRoot(size, subtree);
      expect(hex(root)).toBe(hex(mth(leaves)));
      for (let index = 0; index < size; index += size > 32 ? 7 : 1) {
        const leaf = leafHash(leaves[index] ?? new Uint8Array());
        const proof = tree.inclusionProof(index, size, subtree);
        expect(verifyInclusion(index, size, leaf, proof, root)).toBe(true);
        expect(verifyInclusion(index, size, leafHash(Buffer.from("other")), proof, root)).toBe(false);
        if (size > 1) {
          expect(verifyInclusion((index + 1) % size, size, leaf, proof, root)).toBe(false);
          expect(verifyInclusion(index, size, leaf, proof.slice(1), root)).toBe(false);
        }
        expect(verifyInclusion(index, size, leaf, [...proof, root], root)).toBe(false);
      }
    }
  });

  it("proves that every tree up to 64 leaves begins with every smaller one", () => {
    const leaves = leavesOf(64);
    const subtree = hashOf(leaves);
    const roots = Array.from({ length: 65 }, (_, size) => tree.treeRoot(size, subtree));
    for (let size = 1; size <= 64; size++) {
      for (let old = 0; old <= size; old++) {
        const proof = tree.consistencyProof(old, size, subtree);
        const [root, oldRoot] = [roots[size] ?? new Uint8Array(), roots[old] ?? new Uint8Array()];
        expect([old, size, verifyConsistency(old, oldRoot, size, root, proof)]).toEqual([old, size, true]);
        expect(verifyConsistency(old, nodeHash(oldRoot, root), size, root, proof)).toBe(false);
        if (old > 0) expect(verifyConsistency(old, oldRoot, size, nodeHash(root, root), proof)).toBe(false);
      }
    }
  });

  it("accepts no proof in which a bit was changed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(), fc.nat(), fc.nat(), (size, a, b, c) => {
        const leaves = leavesOf(size);
        const subtree = hashOf(leaves);
        const root = tree.treeRoot(size, subtree);
        const index = a % size;
        const proof = tree.inclusionProof(index, size, subtree).map((hash) => Uint8Array.from(hash));
        const hash = proof[b % proof.length];
        if (hash === undefined) throw new Error("no proof");
        hash[c % 32] = (hash[c % 32] ?? 0) ^ 1;
        expect(verifyInclusion(index, size, leafHash(leaves[index] ?? new Uint8Array()), proof, root)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });
});

describe("checkpoint", () => {
  const key = checkpointKey(
    generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  );
  const root = createHash("sha256").update("root").digest();

  it("opens with the log's verifier key only, and not after a change", () => {
    const note = signCheckpoint(7, root, key);
    expect(note.split("\n").slice(0, 4)).toEqual([key.origin, "7", root.toString("base64"), ""]);
    expect(openCheckpoint(note, key.verifierKey)).toEqual({ origin: key.origin, size: 7, root });
    const other = checkpointKey(
      generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    );
    expect(openCheckpoint(note, other.verifierKey)).toBeUndefined();
    expect(openCheckpoint(note.replace("\n7\n", "\n6\n"), key.verifierKey)).toBeUndefined();
    expect(openCheckpoint("", key.verifierKey)).toBeUndefined();
  });
});

describe("log", () => {
  const keyPem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const key = checkpointKey(keyPem);
  const leafOf = (index: number): LogLeaf => ({
    version: 1,
    asset_sha256: createHash("sha256").update(`asset ${index}`).digest("hex"),
    mime: "image/png",
    record: makeRecord({ seed: index }),
  });
  const withStore = async (task: (store: RootDatabase, reopen: () => Promise<RootDatabase>) => Promise<void>) => {
    const { path, remove } = temporaryFolder();
    let store = open({ path: join(path, "store"), compression: false });
    try {
      await task(store, async () => {
        await store.close();
        store = open({ path: join(path, "store"), compression: false });
        return store;
      });
    } finally {
      await store.close();
      remove();
    }
  };

  it("proves each entry and each growth against its checkpoints, over a restart too", () =>
    withStore(async (store, reopen) => {
      let log = new MerkleLog(store, key);
      const roots = [hex(tree.treeRoot(0, () => new Uint8Array()))];
      for (let index = 0; index < 21; index++) {
        const entry = await log.append(leafOf(index));
        expect(entry).toMatchObject({ index, tree_size: index + 1 });
        roots.push(entry.root_hash);
        if (index === 9) log = new MerkleLog(await reopen(), key);
      }
      const head = openCheckpoint(log.checkpoint, log.verifierKey);
      expect([head?.size, hex(head?.root ?? new Uint8Array())]).toEqual([21, roots[21]]);
      for (let index = 0; index < 21; index++) {
        const entry = log.entry(index);
        expect(log.find(leafOf(index).asset_sha256)).toBe(index);
        expect(log.leaf(index)).toEqual(leafOf(index));
        const leaf = Buffer.from(entry?.leaf_hash ?? "", "hex");
        expect(verifyInclusion(index, 21, leaf, log.proveInclusion(index), head?.root ?? new Uint8Array())).toBe(true);
        const old = Buffer.from(roots[index] ?? "", "hex");
        expect(verifyConsistency(index, old, 21, head?.root ?? new Uint8Array(), log.proveConsistency(index))).toBe(
          true,
        );
      }
      expect(await log.audit()).toEqual({ size: 21 });
    }));

  it("keeps order when appends come at once", () =>
    withStore(async (store) => {
      const log = new MerkleLog(store, key);
      const entries = await Promise.all(Array.from({ length: 30 }, (_, index) => log.append(leafOf(index))));
      expect(entries.map(({ index }) => index)).toEqual(Array.from({ length: 30 }, (_, index) => index));
      expect(await log.audit()).toEqual({ size: 30 });
    }));

  const attacks: Record<string, (store: RootDatabase) => Promise<unknown>> = {
    "a changed record": (store) =>
      store.openDB<Buffer, number>({ name: "log-leaves", encoding: "binary" }).put(3, Buffer.from('{"version":1}')),
    "a changed leaf with its hash": async (store) => {
      const data = Buffer.from('{"version":1}');
      await store.openDB<Buffer, number>({ name: "log-leaves", encoding: "binary" }).put(3, data);
      await store
        .openDB<Buffer, [number, number]>({ name: "log-nodes", encoding: "binary" })
        .put([0, 3], Buffer.from(leafHash(data)));
    },
    "a truncated log": (store) => store.openDB<Buffer, number>({ name: "log-leaves", encoding: "binary" }).remove(8),
    "a removed checkpoint": (store) =>
      store.openDB<string, string>({ name: "log-head", encoding: "string" }).remove("checkpoint"),
    "a checkpoint by another key": (store) => {
      const other = checkpointKey(
        generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      );
      const note = signCheckpoint(9, Buffer.alloc(32), other);
      return store.openDB<string, string>({ name: "log-head", encoding: "string" }).put("checkpoint", note);
    },
    "a removed node": (store) =>
      store.openDB<Buffer, [number, number]>({ name: "log-nodes", encoding: "binary" }).remove([3, 0]),
  };
  it.each(Object.entries(attacks))("finds %s, and appends nothing more", (_, attack) =>
    withStore(async (store, reopen) => {
      const log = new MerkleLog(store, key);
      for (let index = 0; index < 9; index++) await log.append(leafOf(index));
      await attack(store);
      const again = new MerkleLog(await reopen(), key);
      const { fault } = await again.audit();
      expect(fault).toMatch(/^Its? /);
      await expect(again.append(leafOf(9))).rejects.toMatchObject({ code: "SIGNING_FAILED" });
    }),
  );

  it("finds a log that was rewritten as a whole, by an older checkpoint kept elsewhere", () =>
    withStore(async (store) => {
      const log = new MerkleLog(store, key);
      for (let index = 0; index < 5; index++) await log.append(leafOf(index));
      const kept = openCheckpoint(log.checkpoint, log.verifierKey);
      await withStore(async (otherStore) => {
        const forged = new MerkleLog(otherStore, key); // the attacker has the key
        for (let index = 0; index < 7; index++) await forged.append(leafOf(index === 2 ? 100 : index));
        const head = openCheckpoint(forged.checkpoint, forged.verifierKey);
        const proof = forged.proveConsistency(5);
        expect(verifyConsistency(5, kept?.root ?? new Uint8Array(), 7, head?.root ?? new Uint8Array(), proof)).toBe(
          false,
        );
      });
    }));
});
