import { encodeMessage } from "../../core/src/protocol/codec.ts";
import { MAX_DEPTH } from "../../core/src/protocol/messagepack.ts";

/** A frame that both languages must refuse. */
export interface Refused {
  name: string;
  frame: Uint8Array;
  code: "MALFORMED_MESSAGE" | "INVALID_REQUEST";
}

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const status = { type: "status", id: "1" };
const request = { type: "request", id: "1", task: "image", params: {} };
const sha256 = "0".repeat(64);

/** `{type: "request", id: "1", task: "image", params: {x: …}}` with these bytes as x. */
function withParameter(bytes: string): Uint8Array {
  const [before] = Buffer.from(encodeMessage({ ...request, params: { x: 0 } }))
    .toString("hex")
    .split(/00$/);
  return hex(`${before}${bytes}`);
}

const malformed: [string, Uint8Array][] = [
  ["no bytes", hex("")],
  ["a cut map", hex("82 a474797065")],
  ["a cut string", hex("81 a474797065 d9ff 61")],
  ["a byte after the value", hex(`${Buffer.from(encodeMessage(status)).toString("hex")}00`)],
  ["two messages in one frame", hex(Buffer.from(encodeMessage(status)).toString("hex").repeat(2))],
  ["the reserved byte c1", hex("c1")],
  ["an array of 4 G items", hex("ddffffffff")],
  ["a map of 4 G entries", hex("dfffffffff")],
  ["a string of 4 GB", hex("dbffffffff61")],
  ["binary of 4 GB", hex("c6ffffffff00")],
  ["an announced array of 4 G items as a parameter", withParameter("ddffffffff00")],
  ["100 000 arrays in each other", hex("91".repeat(100_000))],
  ["nesting one too deep", withParameter(`${"91".repeat(MAX_DEPTH)}c0`)],
  ["an extension", withParameter("d40100")],
  ["undefined as msgpackr writes it", withParameter("d40000")],
  ["a record as msgpackr writes it", withParameter("d472409161a17801")],
  ["a time stamp", withParameter("d6ff00000000")],
  ["NaN", withParameter("cb7ff8000000000000")],
  ["infinity", withParameter("cb7ff0000000000000")],
  ["minus infinity as float32", withParameter("caff800000")],
  ["an integer beyond 2^53", withParameter("cf0020000000000000")],
  ["a negative integer beyond 2^53", withParameter("d3ffdfffffffffffff")],
  ["a string that is not UTF-8", withParameter("a2c328")],
  ["a string with an unpaired surrogate", withParameter("a3eda080")],
  ["a key twice", withParameter("82a16101a16102")],
  ["a key __proto__", withParameter("81a95f5f70726f746f5f5f80")],
  ["a key that is a number", withParameter("810101")],
  ["a key that is binary", withParameter("81c4016101")],
  ["nil", hex("c0")],
  ["a number", hex("2a")],
  ["an array", encodeMessage([status])],
  ["binary data", hex("c40100")],
  ["a map without type", encodeMessage({ id: "1" })],
  ["an unknown type", encodeMessage({ type: "requests", id: "1" })],
  ["a type that is a number", encodeMessage({ type: 1, id: "1" })],
  ["a type that every object has", encodeMessage({ type: "constructor", id: "1" })],
  ["a message of the core", encodeMessage({ type: "done", reply_to: "1" })],
];

const invalid: [string, object][] = [
  ["no id", { type: "status" }],
  ["an empty id", { ...status, id: "" }],
  ["an id of 65 characters", { ...status, id: "x".repeat(65) }],
  ["an id that is a number", { ...status, id: 1 }],
  ["an unknown field", { ...status, verbose: true }],
  ["a field that is nil", { ...request, project: null }],
  ["an unknown task", { ...request, task: "video" }],
  ["parameters that are an array", { ...request, params: [] }],
  ["parameters that are bytes", { ...request, params: new Uint8Array(3) }],
  ["no parameters", { type: "validate", id: "1", task: "image" }],
  ["a priority out of range", { ...request, priority: 101 }],
  ["a priority that is no integer", { ...request, priority: 0.5 }],
  ["a priority that is text", { ...request, priority: "1" }],
  ["attach that is a number", { ...request, attach: 1 }],
  ["an idempotency key of 201 characters", { ...request, idempotency_key: "k".repeat(201) }],
  ["an empty idempotency key", { ...request, idempotency_key: "" }],
  ["no protocol", { type: "hello", client: { name: "c", version: "1" }, protocols: [] }],
  ["17 protocols", { type: "hello", client: { name: "c", version: "1" }, protocols: new Array(17).fill("x") }],
  ["a client without name", { type: "hello", client: { version: "1" }, protocols: ["genga.v1"] }],
  ["a negative event number", { type: "attach", id: "1", job_id: "j", after_event: -1 }],
  ["an unknown state", { type: "jobs_list", id: "1", states: ["waiting"] }],
  ["a limit of 0", { type: "jobs_list", id: "1", limit: 0 }],
  ["an unknown action", { type: "jobs_update", id: "1", action: "delete" }],
  ["no job of a list", { type: "jobs_update", id: "1", action: "retry", job_ids: [] }],
  ["a hash in capitals", { type: "asset_get", id: "1", sha256: "A".repeat(64) }],
  ["a hash with a line break", { type: "asset_get", id: "1", sha256: `${sha256}\n` }],
  ["a path in place of a hash", { type: "asset_get", id: "1", sha256: "../../../etc/passwd" }],
  ["a negative size", { type: "asset_put", id: "1", sha256, size: -1, mime: "image/png" }],
  ["a size that is no integer", { type: "asset_put", id: "1", sha256, size: 1.5, mime: "image/png" }],
  ["a chunk that is text", { type: "asset_chunk", id: "1", offset: 0, bytes: "bytes" }],
  ["a chunk that is an array", { type: "asset_chunk", id: "1", offset: 0, bytes: [1, 2, 3] }],
];

/** Frames of a client that the core refuses, and the Python client's strict decoder too. */
export const REFUSED: Refused[] = [
  ...malformed.map(([name, frame]): Refused => ({ name, frame, code: "MALFORMED_MESSAGE" })),
  ...invalid.map(([name, message]): Refused => ({ name, frame: encodeMessage(message), code: "INVALID_REQUEST" })),
];
