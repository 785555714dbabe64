import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeMessage } from "../../core/src/protocol/codec.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { decodeMessagePack, MAX_DEPTH, MAX_VALUES, MessagePackError } from "../../core/src/protocol/messagepack.ts";
import { parseClientMessage } from "../../core/src/protocol/parse.ts";

const contract = fileURLToPath(new URL("../contract/", import.meta.url));
const frames = ["client", "core"].flatMap((folder) =>
  readdirSync(contract + folder).map((file) => {
    const { frame }: { frame: string } = JSON.parse(readFileSync(`${contract}${folder}/${file}`, "utf8"));
    return Uint8Array.from(Buffer.from(frame, "hex"));
  }),
);

/** Decodes and says whether it was refused; anything but a MessagePackError fails the test. */
function refused(bytes: Uint8Array): boolean {
  try {
    decodeMessagePack(bytes);
    return false;
  } catch (error) {
    if (error instanceof MessagePackError) return true;
    throw error;
  }
}

/** Parses and gives the code of the refusal; anything but the two codes fails the test. */
function parseCode(bytes: Uint8Array): string | undefined {
  try {
    parseClientMessage(bytes);
    return undefined;
  } catch (error) {
    if (error instanceof CoreError && (error.code === "MALFORMED_MESSAGE" || error.code === "INVALID_REQUEST")) {
      JSON.stringify(error.toBody());
      return error.code;
    }
    throw error;
  }
}

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.string({ unit: "binary" }),
    fc.uint8Array(),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(
      fc.string({ unit: "binary" }).filter((key) => key !== "__proto__"),
      tie("value"),
      { maxKeys: 5, noNullPrototype: true },
    ),
  ),
})).value;

describe("decodeMessagePack", () => {
  it("reads what encodeMessage wrote", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), plain, { noNullPrototype: true }), (message) => {
        fc.pre(!Object.hasOwn(message, "__proto__"));
        const bytes = encodeMessage(message);
        expect(decodeMessagePack(Uint8Array.from(bytes))).toEqual(message);
      }),
    );
  });

  it("reads or refuses any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void refused(bytes)),
      { numRuns: 2000 },
    );
  });

  it("never changes the prototype of anything", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        refused(Uint8Array.from([0x81, 0xa9, ...Buffer.from("__proto__"), ...bytes]));
        expect(Object.getPrototypeOf({})).toBe(Object.prototype);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
    expect(refused(Uint8Array.from([0x81, 0xa9, ...Buffer.from("__proto__"), 0x80]))).toBe(true);
  });

  it.each([
    ["array", 0xdd],
    ["map", 0xdf],
    ["string", 0xdb],
    ["binary", 0xc6],
  ])("takes no memory for an announced %s of 4 GB", (_, head) => {
    const before = process.memoryUsage();
    for (let round = 0; round < 1000; round++) {
      expect(refused(Uint8Array.from([head, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]))).toBe(true);
    }
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(1024 * 1024);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(64 * 1024 * 1024);
  });

  it("refuses an announced array whose items would only just not fit", () => {
    expect(decodeMessagePack(Uint8Array.from([0xdc, 0, 2, 1, 2]))).toEqual([1, 2]);
    expect(refused(Uint8Array.from([0xdc, 0, 3, 1, 2]))).toBe(true);
  });

  it(`reads ${MAX_DEPTH} levels and refuses more, however deep`, () => {
    const nested = (depth: number) => Uint8Array.from([...new Array<number>(depth).fill(0x91), 0xc0]);
    expect(refused(nested(MAX_DEPTH))).toBe(false);
    expect(refused(nested(MAX_DEPTH + 1))).toBe(true);
    expect(refused(new Uint8Array(4 * 1024 * 1024).fill(0x91))).toBe(true);
    expect(refused(new Uint8Array(4 * 1024 * 1024).fill(0x81))).toBe(true);
  });

  it(`refuses more than ${MAX_VALUES} values, so that 4 MiB of empty maps do not become hundreds`, () => {
    const maps = new Uint8Array(4 * 1024 * 1024).fill(0x80);
    maps.set([0xdd, 0x00, 0x3f, 0xff, 0xfb]);
    const before = process.memoryUsage().heapUsed;
    expect(refused(maps)).toBe(true);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(128 * 1024 * 1024);
  });

  it("gives binary data as a view of the frame", () => {
    const frame = encodeMessage({ bytes: new Uint8Array([1, 2, 3]) });
    expect(decodeMessagePack(frame)).toEqual({ bytes: frame.subarray(frame.byteLength - 3) });
  });

  it.each([
    ["00", 0],
    ["7f", 127],
    ["e0", -32],
    ["ff", -1],
    ["ccff", 255],
    ["cdffff", 65535],
    ["ceffffffff", 4294967295],
    ["cf001fffffffffffff", Number.MAX_SAFE_INTEGER],
    ["d080", -128],
    ["d18000", -32768],
    ["d280000000", -2147483648],
    ["d3ffe0000000000001", Number.MIN_SAFE_INTEGER],
    ["ca3fc00000", 1.5],
    ["cb3ff8000000000000", 1.5],
    ["a0", ""],
    ["a3e58e9f", "原"],
    ["d901c3".replace("c3", "61"), "a"],
    ["da000161", "a"],
    ["db0000000161", "a"],
    ["c0", null],
    ["c2", false],
    ["c3", true],
    ["90", []],
    ["dc0000", []],
    ["dd00000000", []],
    ["80", {}],
    ["de0000", {}],
    ["df00000000", {}],
  ])("reads %s as the specification says", (hex, value) => {
    expect(decodeMessagePack(Uint8Array.from(Buffer.from(hex, "hex")))).toEqual(value);
  });
});

describe("parseClientMessage", () => {
  it("reads or refuses changed frames, with one of two codes", () => {
    const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(
        fc.constantFrom(...frames),
        fc.array(change, { minLength: 1, maxLength: 5 }),
        fc.nat(3),
        (frame, changes, cut) => {
          const bytes = Uint8Array.from(frame);
          for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
          parseCode(bytes.subarray(0, bytes.length - cut));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it("reads or refuses messages with any fields", () => {
    const types = ["hello", "request", "validate", "jobs_update", "asset_chunk", "asset_put", "attach", "__proto__"];
    const message = fc.tuple(fc.constantFrom(...types), fc.dictionary(fc.string(), plain, { noNullPrototype: true }));
    fc.assert(
      fc.property(message, ([type, fields]) => {
        fc.pre(!Object.hasOwn(fields, "__proto__"));
        parseCode(encodeMessage({ ...fields, type, id: "1", params: fields }));
      }),
    );
  });
});
