import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { CoreError } from "../protocol/errors.ts";
import { type Bundle, bundleFile } from "./bundle.ts";
import type { Component } from "./component.ts";

/**
 * Refuses a graph that takes weights from a file that the manifest does not name: such a file is checked against no hash, and its
 * name may lead out of the bundle (`../../etc/passwd`). ONNX Runtime opens what the graph says.
 *
 * @throws CoreError BUNDLE_INVALID; BUNDLE_CORRUPT if the file is no ONNX graph
 */
export function checkExternalData(bundle: Bundle, component: Component): void {
  const declared = new Set(component.external_data.map(({ file }) => file));
  const { id } = bundle.manifest;
  const { file } = component;
  let locations: ReadonlySet<string>;
  try {
    locations = externalLocations(bundleFile(bundle, file));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CoreError("BUNDLE_CORRUPT", `Bundle "${id}": ${file} is no ONNX graph: ${cause.message}.`, {
      remedy: "Export or import the bundle again.",
      data: { bundle: id, file },
      cause,
    });
  }
  const stranger = [...locations].find((location) => !declared.has(location));
  if (stranger === undefined) return;
  const location = JSON.stringify(stranger.slice(0, 200));
  throw new CoreError(
    "BUNDLE_INVALID",
    `Bundle "${id}": ${file} takes weights from ${location}, which its bundle.json does not name.`,
    {
      remedy: "Do not use this bundle unless its maker exports it again with every weight file named.",
      data: { bundle: id, file, location: stranger.slice(0, 200) },
    },
  );
}

/** Fields that lead to tensors, by message (onnx.proto3 of ONNX 1.19): number → message; all other fields are skipped unread. */
const PATHS = {
  model: { 7: "graph", 20: "training", 25: "function" },
  training: { 1: "graph", 2: "graph" },
  function: { 7: "node", 11: "attribute" },
  graph: { 1: "node", 5: "tensor", 15: "sparse" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse" },
  sparse: { 1: "tensor", 2: "tensor" },
  tensor: { 13: "entry" },
  entry: {},
} as const satisfies Record<string, Record<number, string>>;
type Message = keyof typeof PATHS;

/** Graphs nest in attributes of control-flow nodes; nobody nests them deeper. */
const MAX_DEPTH = 64;
const MAX_TEXT_BYTES = 4096;
const WINDOW_BYTES = 64 * 1024;

/**
 * Gives the `location` of every tensor of an ONNX file whose data lie elsewhere. Reads field headers only and steps over the weights, so a
 * graph of 2 GB costs a few reads a tensor. Synchronous: a promise for each of the many fields took 270 ms for the UNet of tiny-random-sd, this way it is 44.
 *
 * Wire format: protobuf encoding guide; `external_data` is TensorProto field 13, StringStringEntryProto key 1, value 2.
 *
 * @throws RangeError if the bytes are no protobuf message
 */
export function externalLocations(file: string): ReadonlySet<string> {
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    const locations = new Set<string>();
    walk(new Window(descriptor, size), "model", 0, size, 0, locations);
    return locations;
  } finally {
    closeSync(descriptor);
  }
}

function walk(
  bytes: Window,
  message: Message,
  start: number,
  end: number,
  depth: number,
  locations: Set<string>,
): void {
  if (depth > MAX_DEPTH) throw new RangeError(`it nests deeper than ${MAX_DEPTH}`);
  const paths: Record<number, Message | undefined> = PATHS[message];
  const entry: Record<number, string> = {};
  for (let at = start; at < end; ) {
    const tag = bytes.varint(at, end);
    at = tag.next;
    if (tag.value >= 2 ** 32) throw new RangeError(`byte ${at} begins no field`);
    const field = Math.floor(tag.value / 8);
    switch (tag.value % 8) {
      case 0:
        at = bytes.varint(at, end).next;
        break;
      case 1:
        at += 8;
        break;
      case 5:
        at += 4;
        break;
      case 2: {
        const length = bytes.varint(at, end);
        const stop = length.next + length.value;
        if (stop > end) throw new RangeError(`a field at byte ${at} ends behind its message`);
        const inner = paths[field];
        if (inner !== undefined) walk(bytes, inner, length.next, stop, depth + 1, locations);
        else if (message === "entry" && (field === 1 || field === 2)) {
          if (length.value > MAX_TEXT_BYTES) throw new RangeError(`a file name has ${length.value} bytes`);
          entry[field] = bytes.text(length.next, stop);
        }
        at = stop;
        break;
      }
      default:
        throw new RangeError(`byte ${at} begins no field`);
    }
    if (at > end) throw new RangeError(`a field ends behind its message at byte ${end}`);
  }
  if (message === "entry" && entry[1] === "location") locations.add(entry[2] ?? "");
}

/** A piece of the file in memory, moved to where it is read. */
class Window {
  readonly #descriptor: number;
  readonly #size: number;
  readonly #buffer = Buffer.alloc(WINDOW_BYTES);
  #start = 0;
  #end = 0;

  constructor(descriptor: number, size: number) {
    this.#descriptor = descriptor;
    this.#size = size;
  }

  /** Gives an unsigned number of at most 53 bits, and where it ends. */
  varint(at: number, end: number): { value: number; next: number } {
    this.#have(at, Math.min(at + 10, end, this.#size));
    let value = 0;
    for (let index = 0; index < 10 && at + index < end; index++) {
      const byte = this.#buffer[at + index - this.#start] ?? 0;
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return { value, next: at + index + 1 };
    }
    throw new RangeError(`byte ${at} begins no number`);
  }

  text(start: number, end: number): string {
    this.#have(start, end);
    return this.#buffer.toString("utf8", start - this.#start, end - this.#start);
  }

  #have(start: number, end: number): void {
    if (start >= this.#start && end <= this.#end) return;
    this.#start = start;
    this.#end = start;
    while (this.#end < Math.min(start + WINDOW_BYTES, this.#size)) {
      const wanted = Math.min(start + WINDOW_BYTES, this.#size) - this.#end;
      const bytesRead = readSync(this.#descriptor, this.#buffer, this.#end - start, wanted, this.#end);
      if (bytesRead === 0) throw new RangeError("the file became shorter");
      this.#end += bytesRead;
    }
  }
}
