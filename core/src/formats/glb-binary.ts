import type { GltfJson } from "./glb-file.ts";

/** Accessors of any component type may begin here. */
const ALIGNMENT = 8;

/** The binary chunk of a GLB while it is edited: buffer views may be added and replaced; all others keep their index and bytes. */
export class GlbBinary {
  readonly #json: GltfJson;
  readonly #binary: Uint8Array;
  readonly #changed = new Map<number, Uint8Array>();

  /** @param json is edited */
  constructor(json: GltfJson, binary: Uint8Array) {
    this.#json = json;
    this.#binary = binary;
  }

  /** Bytes of a buffer view. */
  read(index: number): Uint8Array {
    const changed = this.#changed.get(index);
    if (changed !== undefined) return changed;
    const view = this.#json.bufferViews?.[index];
    const start = view?.byteOffset ?? 0;
    return this.#binary.subarray(start, start + (view?.byteLength ?? 0));
  }

  /**
   * Adds a buffer view.
   *
   * @param index of one to replace, if nothing else than its bytes is needed any more
   * @returns its index
   */
  put(bytes: Uint8Array, index?: number, target?: number): number {
    this.#json.bufferViews ??= [];
    const views = this.#json.bufferViews;
    this.#json.buffers ??= [{ byteLength: 0 }];
    const view = { buffer: 0, byteLength: bytes.length, ...(target === undefined ? {} : { target }) };
    const at = index ?? views.length;
    views[at] = view;
    this.#changed.set(at, bytes);
    return at;
  }

  /** Lays all buffer views one behind the other and gives the new chunk. */
  finish(): Uint8Array {
    const views = this.#json.bufferViews ?? [];
    const parts = views.map((_, index) => this.read(index));
    let length = 0;
    for (const [index, part] of parts.entries()) {
      const view = views[index];
      if (view !== undefined) view.byteOffset = length;
      length = Math.ceil((length + part.length) / ALIGNMENT) * ALIGNMENT;
    }
    const binary = new Uint8Array(length);
    for (const [index, part] of parts.entries()) binary.set(part, views[index]?.byteOffset);
    return binary;
  }
}
