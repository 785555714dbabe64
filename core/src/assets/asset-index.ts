import type { AssetRef } from "../protocol/fields.ts";
import type { Store, StoreBatch, Table } from "../store.ts";

/** What the store knows of an asset. */
export interface AssetRow {
  size: number;
  mime: string;
  name?: string | undefined;
  /** Milliseconds since 1970 of the last use. */
  used_ms: number;
}

/** A use is written down when the one on record is older than this: eviction needs hours, not seconds. */
const USE_RESOLUTION_MS = 10 * 60 * 1000;

/** The table of assets and of who keeps them, held in memory (about 300 bytes an asset) and written through. */
export class AssetIndex {
  readonly #store: Store;
  readonly #assets: Table<AssetRow>;
  readonly #held: Table<true>;
  readonly #rows = new Map<string, AssetRow>();
  readonly #recorded_use = new Map<string, number>();
  readonly #owners = new Map<string, Set<string>>();
  readonly #holds = new Map<string, number>();
  #bytes = 0;

  constructor(store: Store) {
    this.#store = store;
    this.#assets = store.table("assets");
    this.#held = store.table("asset_owners");
    for (const { key, value } of this.#assets.entries()) this.#set(String(key), value);
    for (const { key } of this.#held.entries()) {
      if (Array.isArray(key)) this.#hold(String(key[0]), String(key[1]));
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(sha256: string): AssetRow | undefined {
    return this.#rows.get(sha256);
  }

  ref(sha256: string): AssetRef | undefined {
    const row = this.#rows.get(sha256);
    if (row === undefined) return undefined;
    return { sha256, size: row.size, mime: row.mime, ...(row.name === undefined ? {} : { name: row.name }) };
  }

  hashes(): Iterable<string> {
    return this.#rows.keys();
  }

  /** Durable when it resolves; unchanged when it rejects. */
  async add(sha256: string, row: AssetRow): Promise<void> {
    await this.#store.write((batch) => this.#assets.put(batch, sha256, row));
    this.#set(sha256, row);
  }

  /** Forgets assets at once, durably when it resolves. Who holds one keeps holding it, should it come again. */
  async remove(sha256s: readonly string[]): Promise<void> {
    for (const sha256 of sha256s) this.#unset(sha256);
    await this.#store.write((batch) => {
      for (const sha256 of sha256s) this.#assets.remove(batch, sha256);
    });
  }

  /** Notes a use. */
  touch(sha256: string, now_ms: number): void {
    const row = this.#rows.get(sha256);
    if (row === undefined || row.used_ms >= now_ms) return;
    row.used_ms = now_ms;
    if (now_ms - (this.#recorded_use.get(sha256) ?? 0) < USE_RESOLUTION_MS) return;
    this.#recorded_use.set(sha256, now_ms);
    // A use that is lost to a crash or a full disk only makes the asset look older.
    this.#store.write((batch) => this.#assets.put(batch, sha256, row)).catch(() => "looks older");
  }

  retain(owner: string, sha256s: readonly string[], batch: StoreBatch): void {
    for (const sha256 of sha256s) {
      this.#hold(owner, sha256);
      this.#held.put(batch, [owner, sha256], true);
    }
  }

  release(owner: string, batch: StoreBatch): void {
    for (const sha256 of this.#owners.get(owner) ?? []) {
      const holds = (this.#holds.get(sha256) ?? 1) - 1;
      if (holds === 0) this.#holds.delete(sha256);
      else this.#holds.set(sha256, holds);
      this.#held.remove(batch, [owner, sha256]);
    }
    this.#owners.delete(owner);
  }

  /** Gives assets that free so many bytes, longest unused first, sparing what is held or was used after `spare_ms`; undefined if there are too few. */
  evictable(bytes: number, spare_ms: number): string[] | undefined {
    if (bytes <= 0) return [];
    const candidates = [...this.#rows]
      .filter(([sha256, row]) => !this.#holds.has(sha256) && row.used_ms <= spare_ms)
      .sort(([, a], [, b]) => a.used_ms - b.used_ms);
    const chosen: string[] = [];
    let freed = 0;
    for (const [sha256, { size }] of candidates) {
      chosen.push(sha256);
      freed += size;
      if (freed >= bytes) return chosen;
    }
    return undefined;
  }

  /** Gives the first of these owners without whom so many bytes could be evicted; undefined if even without all of them they could not. */
  expendable(bytes: number, spare_ms: number, owners: Iterable<string>): string[] | undefined {
    const evictable = (sha256: string) => (this.#rows.get(sha256)?.used_ms ?? Number.POSITIVE_INFINITY) <= spare_ms;
    let missing = bytes;
    for (const [sha256, { size }] of this.#rows) if (!this.#holds.has(sha256) && evictable(sha256)) missing -= size;
    const chosen: string[] = [];
    const given = new Map<string, number>();
    for (const owner of owners) {
      let frees = false;
      for (const sha256 of this.#owners.get(owner) ?? []) {
        const left = (given.get(sha256) ?? this.#holds.get(sha256) ?? 1) - 1;
        given.set(sha256, left);
        if (!evictable(sha256)) continue;
        frees = true;
        if (left === 0) missing -= this.#rows.get(sha256)?.size ?? 0;
      }
      if (frees) chosen.push(owner);
      if (missing <= 0) return chosen;
    }
    return undefined;
  }

  #set(sha256: string, row: AssetRow): void {
    this.#bytes += row.size - (this.#rows.get(sha256)?.size ?? 0);
    this.#rows.set(sha256, { ...row });
    this.#recorded_use.set(sha256, row.used_ms);
  }

  #unset(sha256: string): void {
    this.#bytes -= this.#rows.get(sha256)?.size ?? 0;
    this.#rows.delete(sha256);
    this.#recorded_use.delete(sha256);
  }

  #hold(owner: string, sha256: string): void {
    const held = this.#owners.get(owner) ?? new Set();
    if (held.has(sha256)) return;
    held.add(sha256);
    this.#owners.set(owner, held);
    this.#holds.set(sha256, (this.#holds.get(sha256) ?? 0) + 1);
  }
}
