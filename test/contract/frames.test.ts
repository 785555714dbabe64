import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ClientMessageSchema } from "../../core/src/protocol/client-messages.ts";
import { decodeFrame, encodeMessage } from "../../core/src/protocol/codec.ts";
import { CoreMessageSchema } from "../../core/src/protocol/core-messages.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { parseClientMessage } from "../../core/src/protocol/parse.ts";
import { makeGoldens } from "./make-goldens.ts";

interface GoldenFile {
  message: { type: string };
  parsed: object;
  frame: string;
}

const here = fileURLToPath(new URL(".", import.meta.url));

/** Reads a golden file; `{"$bytes": base64}` becomes bytes. */
function read<T>(file: string): T {
  return JSON.parse(readFileSync(here + file, "utf8"), (_, value) =>
    typeof value === "object" && value !== null && "$bytes" in value
      ? Uint8Array.from(Buffer.from(value.$bytes, "base64"))
      : value,
  );
}

/** Views of the frame as Uint8Arrays of their own, so that values compare. */
function own(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(own);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, own(item)]));
}

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));

describe.each([["client", ClientMessageSchema] as const, ["core", CoreMessageSchema] as const])(
  "golden frames of the %s",
  (direction, schema) => {
    const files = readdirSync(here + direction);

    it.each(files)("%s is read as it was meant", (file) => {
      const golden = read<GoldenFile>(`${direction}/${file}`);
      const decoded = decodeFrame(bytesOf(golden.frame));
      expect(own(decoded)).toEqual(golden.message);
      expect(own(schema.parse(decoded))).toEqual(golden.parsed);
      expect(Buffer.from(encodeMessage(golden.message)).toString("hex")).toBe(golden.frame);
    });

    it("every message has one", () => {
      const types = new Set(files.map((file) => read<GoldenFile>(`${direction}/${file}`).message.type));
      const known = schema.options.flatMap((option) => [...option.shape.type.values]);
      expect([...types].sort()).toEqual([...known].sort());
    });
  },
);

describe("frames that are refused", () => {
  const refused =
    read<{ name: string; code: string; frame: string | { repeat: string; count: number } }[]>("refused.json");

  it.each(refused)("$name", ({ code, frame }) => {
    const bytes = bytesOf(typeof frame === "string" ? frame : frame.repeat.repeat(frame.count));
    let met: unknown;
    try {
      parseClientMessage(bytes);
    } catch (error) {
      met = error;
    }
    expect(met).toBeInstanceOf(CoreError);
    expect(met).toMatchObject({ code });
  });
});

it("the golden files are those that make-goldens.ts makes", () => {
  for (const [file, content] of makeGoldens()) expect(readFileSync(here + file, "utf8"), file).toBe(content);
});
