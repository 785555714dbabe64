import { describe, expect, it } from "vitest";
import { z } from "zod";
import { encodeMessage } from "../../core/src/protocol/codec.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { ImageParamsSchema } from "../../core/src/protocol/image.ts";
import { formatIssues, listIssues } from "../../core/src/protocol/issues.ts";
import { parseClientMessage, parseParams, RefusedMessageError } from "../../core/src/protocol/parse.ts";

function errorOf(run: () => unknown): CoreError {
  try {
    run();
  } catch (error) {
    if (error instanceof CoreError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("parseClientMessage", () => {
  it("fills in defaults", () => {
    expect(parseClientMessage(encodeMessage({ type: "jobs_list", id: "1" }))).toEqual({
      type: "jobs_list",
      id: "1",
      limit: 100,
    });
  });

  it("names the field, the value met and what is right, and knows whom to answer", () => {
    const error = errorOf(() =>
      parseClientMessage(
        encodeMessage({ type: "request", id: "7", task: "video", params: {}, priority: 101, prio: 1 }),
      ),
    );
    expect(error).toBeInstanceOf(RefusedMessageError);
    expect(error).toMatchObject({
      code: "INVALID_REQUEST",
      reply_to: "7",
      message:
        'Message `request`: task must be one of: image, motion, mesh, texture, is "video"; priority must be at most 100, is 101; prio is not a field that is known here.',
      data: {
        issues: [
          { path: "task", message: 'must be one of: image, motion, mesh, texture, is "video"' },
          { path: "priority", message: "must be at most 100, is 101" },
          { path: "prio", message: "is not a field that is known here" },
        ],
      },
    });
  });

  it("says which types there are when the type is unknown, and still knows whom to answer", () => {
    expect(errorOf(() => parseClientMessage(encodeMessage({ type: "generate", id: "8" })))).toMatchObject({
      code: "MALFORMED_MESSAGE",
      reply_to: "8",
      message: expect.stringMatching(/^Unknown message type "generate"; expected one of: hello, request, validate/),
    });
  });

  it("says at which byte a frame stops being MessagePack", () => {
    expect(errorOf(() => parseClientMessage(Uint8Array.from([0x81, 0xd4, 0, 0])))).toMatchObject({
      code: "MALFORMED_MESSAGE",
      reply_to: undefined,
      message: "The frame of 4 bytes is not plain MessagePack: type 0xd4 is no plain MessagePack at byte 2.",
    });
  });

  it("never repeats a token", () => {
    const token = "s3cret".repeat(100);
    const hello = { type: "hello", client: { name: "c", version: "1" }, protocols: ["genga.v1"], token };
    const error = errorOf(() => parseClientMessage(encodeMessage(hello)));
    expect(error.message).toBe("Message `hello`: token must have at most 500 characters.");
    expect(JSON.stringify(error.toBody())).not.toContain("s3cret");
  });

  it("lets a later client say more in hello, so that it is refused by version and not by field", () => {
    const hello = {
      type: "hello",
      client: { name: "c", version: "9", locale: "ja" },
      protocols: ["genga.v9"],
      features: [1],
    };
    expect(parseClientMessage(encodeMessage(hello))).toEqual({
      type: "hello",
      client: { name: "c", version: "9" },
      protocols: ["genga.v9"],
    });
  });
});

describe("parseParams", () => {
  it("fills in defaults", () => {
    expect(parseParams(ImageParamsSchema, { prompt: "x" })).toMatchObject({
      prompt: "x",
      strength: 0.8,
      controls: [],
      output: { mime: "image/png", quality: 92 },
      preview: { every_steps: 0, max_size: 256 },
    });
  });

  it.each([
    [{}, "params.prompt is missing; expected a string."],
    [{ prompt: 5 }, "params.prompt must be a string, is 5."],
    [{ prompt: "x", width: 513 }, "params.width must be a multiple of 8, is 513."],
    [{ prompt: "x", width: 9000 }, "params.width must be at most 8192, is 9000."],
    [{ prompt: "x", seed: Number.NaN }, "params.seed must be a finite number, is NaN."],
    [
      { prompt: "x", guidance_scale: Number.POSITIVE_INFINITY },
      "params.guidance_scale must be a finite number, is Infinity.",
    ],
    [{ prompt: "x", seed: 1.5 }, "params.seed must be an integer, is 1.5."],
    [{ prompt: "x", strength: 0 }, "params.strength must be more than 0, is 0."],
    [{ prompt: "x", steps: 5 }, "params.steps is not a field that is known here."],
    [{ prompt: "x", scheduler: "foo" }, /^params\.scheduler must be one of: ddim, euler, .*, is "foo"\.$/],
    [{ prompt: "x", controls: {} }, "params.controls must be an array, is a map."],
    [{ prompt: "x", controls: [{ kind: "depth" }] }, "params.controls[0].image is missing; expected a string."],
    [
      { prompt: "x", controls: [{ kind: "depth", image: "depth.png" }] },
      'params.controls[0].image expected 64 lower-case hexadecimal digits, is "depth.png".',
    ],
    [{ prompt: "x", regions: [{ prompt: "roof" }] }, "params.regions[0] give either mask or color, is a map."],
    [{ prompt: "x", output: { quality: 0 } }, "params.output.quality must be at least 1, is 0."],
    [null, "params must be a map, is null."],
  ])("says what is wrong with %j", (params, sentence) => {
    const error = errorOf(() => parseParams(ImageParamsSchema, params));
    expect(error.code).toBe("INVALID_REQUEST");
    if (typeof sentence === "string") expect(error.message).toBe(sentence);
    else expect(error.message).toMatch(sentence);
  });

  it("shows five issues in the sentence and all of them in data", () => {
    const error = errorOf(() =>
      parseParams(ImageParamsSchema, { prompt: "x", a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1 }),
    );
    expect(error.message).toMatch(/; and 2 more\.$/);
    expect(error.data.issues).toHaveLength(7);
  });

  it("shortens what it shows of a long value", () => {
    const error = errorOf(() => parseParams(z.strictObject({ kind: z.enum(["a"]) }), { kind: "x".repeat(100_000) }));
    expect(error.message.length).toBeLessThan(200);
    expect(error.message).toContain("(100000 characters)");
  });
});

it("formatIssues and listIssues describe an issue without a path", () => {
  const { error } = z.string().safeParse(1, { reportInput: true });
  expect(formatIssues(listIssues(error?.issues ?? []))).toBe("must be a string, is 1.");
});
