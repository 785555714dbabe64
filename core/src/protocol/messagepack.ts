/** Deepest nesting of maps and arrays that a frame may have; the protocol itself needs 8. */
export const MAX_DEPTH = 32;

/** Most values (map keys not counted) in one frame; a frame of empty maps would else grow 50-fold in memory. */
export const MAX_VALUES = 262_144;

/** Tells why bytes are not plain MessagePack, and where. */
export class MessagePackError extends Error {
  override readonly name = "MessagePackError";
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Gives the one MessagePack value that the bytes hold, made of null, booleans, numbers, strings, `Uint8Array` (a view of
 * the frame, not a copy), arrays and plain objects.
 *
 * Ours rather than msgpackr's because a frame comes from anyone who reaches the port. msgpackr 2.1.3 takes extension types
 * (records, dates, sets, undefined), replaces broken UTF-8 in silence, lets the last of two equal keys win, renames
 * `__proto__`, rounds 64-bit integers and overflows the stack on deep nesting. Here each of these is refused, and so are
 * NaN, infinities, keys that are no strings and bytes after the value. An announced length is held against the bytes
 * that are there before anything is allocated. Specification: https://github.com/msgpack/msgpack/blob/master/spec.md
 *
 * @throws MessagePackError
 */
export function decodeMessagePack(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;
  let values = 0;

  function fail(what: string): never {
    throw new MessagePackError(`${what} at byte ${position}`);
  }

  /** Moves past `size` bytes and gives where they began. */
  function take(size: number): number {
    const start = position;
    if (size > bytes.byteLength - start) fail(`${size} bytes are announced and ${bytes.byteLength - start} are left`);
    position = start + size;
    return start;
  }

  function string(length: number): string {
    const start = take(length);
    if (length < 32) {
      // Short ASCII strings are nearly all keys and ids; a TextDecoder call costs more than they do.
      let text = "";
      let index = start;
      for (; index < position; index++) {
        const code = view.getUint8(index);
        if (code > 0x7f) break;
        text += String.fromCharCode(code);
      }
      if (index === position) return text;
    }
    try {
      return utf8.decode(bytes.subarray(start, position));
    } catch {
      return fail("a string is not UTF-8");
    }
  }

  function finite(value: number): number {
    return Number.isFinite(value) ? value : fail(`${value} is not a finite number`);
  }

  function safe(value: bigint): number {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : fail(`the integer ${value} is beyond 2^53`);
  }

  function array(length: number, depth: number): unknown[] {
    // Every item takes one byte at least.
    if (length > bytes.byteLength - position) fail(`an array of ${length} items is announced, too few bytes are left`);
    const items: unknown[] = [];
    for (let index = 0; index < length; index++) items.push(read(depth + 1));
    return items;
  }

  function map(length: number, depth: number): Record<string, unknown> {
    if (length * 2 > bytes.byteLength - position)
      fail(`a map of ${length} entries is announced, too few bytes are left`);
    const object: Record<string, unknown> = {};
    for (let index = 0; index < length; index++) {
      const key = read(depth + 1);
      if (typeof key !== "string") fail("a map key is not a string");
      if (key === "__proto__") fail("a map key is __proto__");
      if (Object.hasOwn(object, key)) fail(`the map key ${JSON.stringify(key.slice(0, 40))} comes twice`);
      object[key] = read(depth + 1);
    }
    return object;
  }

  function read(depth: number): unknown {
    if (depth > MAX_DEPTH) fail(`nesting is deeper than ${MAX_DEPTH}`);
    if (++values > MAX_VALUES * 2) fail(`there are more than ${MAX_VALUES} values`);
    const head = view.getUint8(take(1));
    if (head < 0x80) return head;
    if (head < 0x90) return map(head & 0x0f, depth);
    if (head < 0xa0) return array(head & 0x0f, depth);
    if (head < 0xc0) return string(head & 0x1f);
    if (head >= 0xe0) return head - 0x100;
    switch (head) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return binary(view.getUint8(take(1)));
      case 0xc5:
        return binary(view.getUint16(take(2)));
      case 0xc6:
        return binary(view.getUint32(take(4)));
      case 0xca:
        return finite(view.getFloat32(take(4)));
      case 0xcb:
        return finite(view.getFloat64(take(8)));
      case 0xcc:
        return view.getUint8(take(1));
      case 0xcd:
        return view.getUint16(take(2));
      case 0xce:
        return view.getUint32(take(4));
      case 0xcf:
        return safe(view.getBigUint64(take(8)));
      case 0xd0:
        return view.getInt8(take(1));
      case 0xd1:
        return view.getInt16(take(2));
      case 0xd2:
        return view.getInt32(take(4));
      case 0xd3:
        return safe(view.getBigInt64(take(8)));
      case 0xd9:
        return string(view.getUint8(take(1)));
      case 0xda:
        return string(view.getUint16(take(2)));
      case 0xdb:
        return string(view.getUint32(take(4)));
      case 0xdc:
        return array(view.getUint16(take(2)), depth);
      case 0xdd:
        return array(view.getUint32(take(4)), depth);
      case 0xde:
        return map(view.getUint16(take(2)), depth);
      case 0xdf:
        return map(view.getUint32(take(4)), depth);
      default:
        return fail(`type 0x${head.toString(16)} is no plain MessagePack`);
    }
  }

  function binary(length: number): Uint8Array {
    const start = take(length);
    return bytes.subarray(start, position);
  }

  const value = read(0);
  if (position < bytes.byteLength) fail(`${bytes.byteLength - position} bytes follow the value`);
  return value;
}
