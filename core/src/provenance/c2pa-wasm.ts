import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** The part of @contentauth/c2pa-wasm that is used here. */
export type C2paWasm = Pick<typeof import("@contentauth/c2pa-wasm"), "WasmBuilder" | "WasmReader">;

let loading: Promise<C2paWasm> | undefined;
/** How often the module was loaded: each instance has its own URL. */
let generation = 0;

/**
 * Runs a task in the WebAssembly build of c2pa-rs, which loads at first use (9 MB, about 70 ms). After a trap (a panic on hostile
 * bytes) the memory of the instance is not to be trusted, so the next task gets a fresh one.
 */
export async function withC2paWasm<T>(task: (wasm: C2paWasm) => Promise<T>): Promise<T> {
  loading ??= load();
  const wasm = await loading;
  try {
    return await task(wasm);
  } catch (error) {
    if (error instanceof Error && error.name === "RuntimeError") loading = undefined; // WebAssembly.RuntimeError
    throw error;
  }
}

/** Gives bytes as what c2pa-wasm takes for a Blob. */
export function asBlob(bytes: Uint8Array): Blob {
  // Its FileReaderSync hands the bytes over without copying them twice.
  return new BytesBlob(bytes);
}

async function load(): Promise<C2paWasm> {
  installFileReaderSync();
  const require = createRequire(import.meta.url);
  const script = pathToFileURL(require.resolve("@contentauth/c2pa-wasm"));
  if (generation++ > 0) script.searchParams.set("generation", String(generation));
  const { default: init, ...wasm }: typeof import("@contentauth/c2pa-wasm") = await import(script.href);
  const binary = await readFile(require.resolve("@contentauth/c2pa-wasm/c2pa.wasm"));
  await init({ module_or_path: Uint8Array.from(binary) });
  return wasm;
}

/** A Blob whose content {@link FileReaderSync} can read: Node's own gives it asynchronously only. */
class BytesBlob extends Blob {
  readonly content: Uint8Array;

  constructor(content: Uint8Array) {
    super([]);
    this.content = content;
    Object.defineProperty(this, "size", { value: content.length });
  }

  override slice(start = 0, end = this.content.length): BytesBlob {
    return new BytesBlob(this.content.subarray(start, end));
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return Uint8Array.from(this.content).buffer;
  }
}

/** c2pa-wasm reads through this class of web workers, which Node has not. Only our own Blobs can be read by it. */
function installFileReaderSync(): void {
  if ("FileReaderSync" in globalThis) return;
  Object.defineProperty(globalThis, "FileReaderSync", {
    configurable: true,
    value: class FileReaderSync {
      readAsArrayBuffer(blob: Blob): ArrayBuffer {
        if (!(blob instanceof BytesBlob)) throw new TypeError("Only blobs made by asBlob can be read synchronously.");
        return Uint8Array.from(blob.content).buffer;
      }
    },
  });
}
