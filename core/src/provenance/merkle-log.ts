import type { Database, RootDatabase } from "lmdb";
import { CoreError } from "../protocol/errors.ts";
import type { LogEntry } from "../protocol/record.ts";
import { storageError } from "../store.ts";
import { canonicalJson } from "./canonical-json.ts";
import { type CheckpointKey, openCheckpoint, signCheckpoint } from "./checkpoint.ts";
import { type LogBeginning, LogBeginningSchema, type LogLeaf, LogLeafSchema } from "./log-leaf.ts";
import {
  consistencyProof,
  inclusionProof,
  leafHash,
  nodeHash,
  type SubtreeHash,
  treeRoot,
  verifyInclusion,
} from "./merkle-tree.ts";

/** Leaves that an audit checks before it lets others run. */
const AUDIT_BATCH = 256;
const HEAD = "checkpoint";

/**
 * Tamper-evident log of everything that was sealed: an RFC 6962 tree in the store, its head signed at every append.
 *
 * An entry is on disk before its file is handed out. A crash between the two leaves an entry without a file, which is harmless:
 * the log then proves a little more than was delivered, never less.
 */
export class MerkleLog {
  readonly #root: RootDatabase;
  readonly #key: CheckpointKey;
  /** Canonical JSON of each leaf, by index. */
  readonly #leaves: Database<Buffer, number>;
  /** Hashes of complete subtrees, by [level, index]. */
  readonly #nodes: Database<Buffer, [number, number]>;
  readonly #head: Database<string, string>;
  /** Index of the last leaf with a file's SHA-256. */
  readonly #files: Database<number, string>;
  /** Perceptual hashes of leaves that have them: 8 bytes each. A shortcut; the leaves are the truth. */
  readonly #pictures: Database<Buffer, number>;
  /** Why the log can no longer be trusted; nothing is appended to such a log. */
  #fault: string | undefined;

  /** Opens the log in a store, and checks its head; {@link audit} checks every leaf. */
  constructor(root: RootDatabase, key: CheckpointKey) {
    this.#root = root;
    this.#key = key;
    this.#leaves = root.openDB({ name: "log-leaves", encoding: "binary" });
    this.#nodes = root.openDB({ name: "log-nodes", encoding: "binary" });
    this.#head = root.openDB({ name: "log-head", encoding: "string" });
    this.#files = root.openDB({ name: "log-files", encoding: "json" });
    this.#pictures = root.openDB({ name: "log-pictures", encoding: "binary" });
    this.#fault = this.#checkHead();
  }

  /** Number of leaves. */
  get size(): number {
    const note = this.#head.get(HEAD);
    return note === undefined ? 0 : (openCheckpoint(note, this.#key.verifierKey)?.size ?? 0);
  }

  /** Why the log can no longer be trusted, if it cannot. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** What a studio needs to check checkpoints without us. */
  get verifierKey(): string {
    return this.#key.verifierKey;
  }

  /** The newest signed checkpoint, a C2SP signed note; of an empty log too. */
  get checkpoint(): string {
    return this.#head.get(HEAD) ?? signCheckpoint(0, treeRoot(0, this.#hashOf), this.#key);
  }

  /**
   * Appends a leaf and signs the new head, in one transaction, synced to disk before it returns.
   *
   * The transaction is a synchronous one, which holds the event loop for one sync (1 to 12 ms, once a file): when the disk is full,
   * lmdb's asynchronous ones leave promises behind that nobody can meet, and an unhandled rejection would end the core.
   *
   * @throws CoreError SIGNING_FAILED if the log is found altered; STORAGE_FULL, and nothing was appended
   */
  async append(leaf: LogLeaf | LogBeginning): Promise<LogEntry> {
    const data = Buffer.from(canonicalJson(leaf), "utf8");
    const appendNow = () => {
      // Everything that may throw comes before the first write: a batch is not undone by one callback's error.
      this.#fault ??= this.#checkHead();
      if (this.#fault !== undefined) throw this.#faultError(this.#fault);
      const index = this.size;
      const leaf_hash = Buffer.from(leafHash(data));
      const added = new Map([[`0/${index}`, leaf_hash]]);
      const hashOf: SubtreeHash = (level, at) => added.get(`${level}/${at}`) ?? this.#hashOf(level, at);
      for (let level = 1, at = index; at % 2 === 1; level++) {
        at = (at - 1) / 2;
        added.set(`${level}/${at}`, Buffer.from(nodeHash(hashOf(level - 1, 2 * at), hashOf(level - 1, 2 * at + 1))));
      }
      const root = treeRoot(index + 1, hashOf);
      const note = signCheckpoint(index + 1, root, this.#key);

      this.#leaves.putSync(index, data);
      for (const [position, hash] of added) {
        const [level = "", at = ""] = position.split("/");
        this.#nodes.putSync([Number(level), Number(at)], hash);
      }
      if ("asset_sha256" in leaf) this.#files.putSync(leaf.asset_sha256, index);
      if ("picture" in leaf && leaf.picture !== undefined) {
        this.#pictures.putSync(
          index,
          Buffer.from([leaf.picture.phash, leaf.picture.phash_mirrored, ...leaf.picture.phash_crops].join(""), "hex"),
        );
      }
      this.#head.putSync(HEAD, note);
      return {
        index,
        leaf_hash: leaf_hash.toString("hex"),
        tree_size: index + 1,
        root_hash: Buffer.from(root).toString("hex"),
      };
    };
    try {
      return this.#root.transactionSync(appendNow);
    } catch (thrown) {
      throw storageError(thrown);
    }
  }

  /** Gives the content of a file's leaf; undefined if there is none, or it is not the one that the checkpoint speaks of. */
  leaf(index: number): LogLeaf | undefined {
    const data = this.leafData(index);
    if (data === undefined) return undefined;
    const leaf = LogLeafSchema.safeParse(JSON.parse(data.toString("utf8")));
    return leaf.success ? leaf.data : undefined;
  }

  /** What this log took the place of, if it was begun anew. */
  get beginning(): LogBeginning | undefined {
    const data = this.leafData(0);
    if (data === undefined) return undefined;
    const leaf = LogBeginningSchema.safeParse(JSON.parse(data.toString("utf8")));
    return leaf.success ? leaf.data : undefined;
  }

  /**
   * Gives the bytes of a leaf after proving them against the signed head: the audit at start may not have come so far, and must not be
   * what a reader's word hangs on. A leaf that fails makes the log altered.
   */
  leafData(index: number): Buffer | undefined {
    const note = this.#head.get(HEAD);
    const head = note === undefined ? undefined : openCheckpoint(note, this.#key.verifierKey);
    const data = this.#leaves.get(index);
    if (head === undefined || data === undefined || index >= head.size) return undefined;
    try {
      const proof = this.proveInclusion(index, head.size);
      if (verifyInclusion(index, head.size, leafHash(data), proof, head.root)) return data;
      this.#fault ??= `Its leaf ${index} was changed.`;
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      this.#fault ??= String(error.data.fault);
    }
    return undefined;
  }

  /** Gives the root of the first `size` leaves, for comparison with a checkpoint kept elsewhere. @throws RangeError if there are fewer */
  rootAt(size: number): Uint8Array {
    if (!Number.isInteger(size) || size < 0 || size > this.size) {
      throw new RangeError(`No tree of ${size} leaves within one of ${this.size}.`);
    }
    return treeRoot(size, this.#hashOf);
  }

  /** Gives what is really there, from the leaves alone, whatever nodes and checkpoint say: for the record of an altered log. */
  found(): { size: number; root: Uint8Array } {
    const leaves: Uint8Array[] = [];
    for (const { value } of this.#leaves.getRange({})) leaves.push(leafHash(value));
    const levels = [leaves];
    const hashOf: SubtreeHash = (level, index) => {
      for (let last = levels.length - 1; last < level; last++) {
        const below = levels[last] ?? [];
        levels.push(pairsOf(below));
      }
      const hash = levels[level]?.[index];
      if (hash === undefined) throw new RangeError(`No subtree ${level}/${index} in a tree of ${leaves.length}.`);
      return hash;
    };
    return { size: leaves.length, root: treeRoot(leaves.length, hashOf) };
  }

  /** Gives the place of a leaf in the tree as it is now. */
  entry(index: number): LogEntry | undefined {
    const hash = this.#nodes.get([0, index]);
    const size = this.size;
    if (hash === undefined || index >= size) return undefined;
    return {
      index,
      leaf_hash: hash.toString("hex"),
      tree_size: size,
      root_hash: Buffer.from(treeRoot(size, this.#hashOf)).toString("hex"),
    };
  }

  /** Gives the index of the leaf of a file. The table is a shortcut, so the leaf has the last word. */
  find(asset_sha256: string): number | undefined {
    const index = this.#files.get(asset_sha256);
    return index !== undefined && this.leaf(index)?.asset_sha256 === asset_sha256 ? index : undefined;
  }

  /** Gives the perceptual hashes of leaves from `first` on: 8 bytes each. */
  *pictures(first: number): Generator<{ index: number; hashes: Uint8Array }> {
    for (const { key, value } of this.#pictures.getRange({ start: first })) yield { index: key, hashes: value };
  }

  /** Gives the proof that leaf `index` is in the tree of `size` leaves. @throws RangeError if it is not */
  proveInclusion(index: number, size = this.size): Uint8Array[] {
    return inclusionProof(index, size, this.#hashOf);
  }

  /** Gives the proof that the tree of `size` leaves only appended to that of `oldSize`. @throws RangeError if it cannot */
  proveConsistency(oldSize: number, size = this.size): Uint8Array[] {
    return consistencyProof(oldSize, size, this.#hashOf);
  }

  /**
   * Checks every leaf and node against the signed head: 20 to 35 µs a leaf (core/bench/log.ts). Lets others run in between. A fault stays: nothing more is
   * appended to an altered log.
   */
  async audit(options: { signal?: AbortSignal } = {}): Promise<{ size: number; fault?: string }> {
    const size = this.size;
    this.#fault ??= this.#checkHead();
    for (let index = 0; index < size && this.#fault === undefined; index++) {
      if (index % AUDIT_BATCH === AUDIT_BATCH - 1) await new Promise((resolve) => setImmediate(resolve));
      options.signal?.throwIfAborted();
      this.#fault = this.#checkLeaf(index);
    }
    return this.#fault === undefined ? { size } : { size, fault: this.#fault };
  }

  readonly #hashOf: SubtreeHash = (level, index) => {
    const hash = this.#nodes.get([level, index]);
    if (hash === undefined) throw this.#faultError(`Its node ${level}/${index} is missing.`);
    return hash;
  };

  #checkLeaf(index: number): string | undefined {
    const data = this.#leaves.get(index);
    if (data === undefined) return `Its leaf ${index} is missing.`;
    if (!this.#nodes.get([0, index])?.equals(leafHash(data))) return `Its leaf ${index} was changed.`;
    for (let level = 1, at = index; at % 2 === 1; level++) {
      at = (at - 1) / 2;
      const [left, right] = [this.#nodes.get([level - 1, 2 * at]), this.#nodes.get([level - 1, 2 * at + 1])];
      const hash = this.#nodes.get([level, at]);
      if (!left || !right || !hash?.equals(nodeHash(left, right))) return `Its node ${level}/${at} was changed.`;
    }
    return undefined;
  }

  #checkHead(): string | undefined {
    const leaves = this.#leaves.getStats();
    const count =
      typeof leaves === "object" && leaves !== null && "entryCount" in leaves ? Number(leaves.entryCount) : 0;
    const note = this.#head.get(HEAD);
    if (note === undefined) return count === 0 ? undefined : `It has ${count} leaves and no checkpoint.`;
    const head = openCheckpoint(note, this.#key.verifierKey);
    if (head === undefined) return "Its checkpoint has no valid signature of this core's key.";
    if (head.size !== count) return `Its checkpoint speaks of ${head.size} leaves; it has ${count}.`;
    try {
      if (!Buffer.from(treeRoot(head.size, this.#hashOf)).equals(head.root))
        return "Its root is not the one in its checkpoint.";
      return head.size === 0 ? undefined : this.#checkLeaf(head.size - 1);
    } catch (error) {
      if (error instanceof CoreError) return String(error.data.fault);
      throw error;
    }
  }

  #faultError(fault: string): CoreError {
    return new CoreError("SIGNING_FAILED", `The provenance log was altered: ${fault}`, {
      data: { fault },
      remedy:
        "Restore the folder `provenance` in GENGA_HOME from a backup, or run `genga log begin-anew --reason …`, which keeps the altered log as evidence.",
    });
  }
}

/** Hashes of the complete pairs of a level. */
function pairsOf(hashes: readonly Uint8Array[]): Uint8Array[] {
  return Array.from({ length: hashes.length >> 1 }, (_, index) => {
    const [left, right] = [hashes[2 * index], hashes[2 * index + 1]];
    if (left === undefined || right === undefined) throw new RangeError(`No pair ${index} among ${hashes.length}.`);
    return nodeHash(left, right);
  });
}
