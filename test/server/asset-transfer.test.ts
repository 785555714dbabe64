import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, expectUnharmed, type RawClient, startServer } from "./server-fixture.ts";

const CHUNK = 1024 * 1024;
let core: Awaited<ReturnType<typeof startServer>>;
let client: RawClient;

beforeAll(async () => {
  core = await startServer({ max_asset_bytes: 16 * CHUNK });
  client = await connect(core.port);
});
afterAll(async () => {
  client.socket.close();
  await core.close();
});

const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const announce = (id: string, bytes: Uint8Array) => ({
  type: "asset_put",
  id,
  sha256: hash(bytes),
  size: bytes.byteLength,
  mime: "image/png",
});

function sendFrom(to: RawClient, id: string, bytes: Uint8Array, from: number, until = bytes.byteLength): void {
  for (let offset = from; offset < until; offset += CHUNK) {
    to.send({ type: "asset_chunk", id, offset, bytes: bytes.subarray(offset, Math.min(offset + CHUNK, until)) });
  }
}

test("an upload in chunks comes back byte by byte", async () => {
  const bytes = randomBytes(3 * CHUNK + 17);
  client.send({ ...announce("u", bytes), name: "../../etc/map.png" });
  expect((await client.until("asset_ready", ({ reply_to }) => reply_to === "u")).offset).toBe(0);
  sendFrom(client, "u", bytes, 0);
  const { asset } = await client.until("asset_stored", ({ reply_to }) => reply_to === "u");
  expect(asset).toEqual({ sha256: hash(bytes), size: bytes.byteLength, mime: "image/png", name: "map.png" });
  const progress = client.messages.flatMap((m) =>
    m.type === "asset_progress" && m.reply_to === "u" ? [m.offset] : [],
  );
  expect(progress).toEqual([CHUNK, 2 * CHUNK, 3 * CHUNK]);

  client.send({ type: "asset_get", id: "g", sha256: asset.sha256, offset: 5 });
  await client.until("asset_data", ({ reply_to, last }) => reply_to === "g" && last);
  const frames = client.messages.flatMap((m) => (m.type === "asset_data" && m.reply_to === "g" ? [m] : []));
  expect(frames.every((frame) => frame.bytes.byteLength <= CHUNK)).toBe(true);
  expect(Buffer.concat(frames.map((frame) => frame.bytes)).equals(bytes.subarray(5))).toBe(true);

  client.send(announce("again", bytes));
  expect(await client.until("asset_ready", ({ reply_to }) => reply_to === "again")).toMatchObject({
    offset: bytes.byteLength,
    asset: { sha256: asset.sha256 },
  });
});

test("an upload that broke off goes on where it was", async () => {
  const bytes = randomBytes(3 * CHUNK);
  const first = await connect(core.port);
  first.send(announce("u", bytes));
  await first.until("asset_ready");
  sendFrom(first, "u", bytes, 0, 2 * CHUNK);
  await first.until("asset_progress", ({ offset }) => offset === 2 * CHUNK);
  first.socket.close();
  await first.closed;
  await expectUnharmed(client);
  client.send(announce("resumed", bytes));
  const { offset } = await client.until("asset_ready", ({ reply_to }) => reply_to === "resumed");
  expect(offset).toBe(2 * CHUNK);
  sendFrom(client, "resumed", bytes, offset);
  await client.until("asset_stored", ({ reply_to }) => reply_to === "resumed");
});

test("bytes that do not match their hash are refused and not stored", async () => {
  const bytes = randomBytes(1000);
  client.send(announce("bad", bytes));
  await client.until("asset_ready", ({ reply_to }) => reply_to === "bad");
  client.send({ type: "asset_chunk", id: "bad", offset: 0, bytes: randomBytes(1000) });
  expect((await client.until("error", ({ reply_to }) => reply_to === "bad")).error.code).toBe("ASSET_MISMATCH");
  client.send({ type: "asset_get", id: "none", sha256: hash(bytes) });
  expect((await client.until("error", ({ reply_to }) => reply_to === "none")).error.code).toBe("ASSET_NOT_FOUND");
});

test.each([
  ["beyond the end", 990, 100, "ASSET_MISMATCH"],
  ["with a gap", 10, 10, "INVALID_REQUEST"],
])("a chunk %s is refused", async (name, offset, size, code) => {
  client.send(announce(name, randomBytes(1000)));
  await client.until("asset_ready", ({ reply_to }) => reply_to === name);
  client.send({ type: "asset_chunk", id: name, offset, bytes: new Uint8Array(size) });
  expect((await client.until("error", ({ reply_to }) => reply_to === name)).error.code).toBe(code);
});

test("an asset or a chunk beyond the limits is refused", async () => {
  client.send({ ...announce("large", randomBytes(1)), size: 16 * CHUNK + 1 });
  expect((await client.until("error", ({ reply_to }) => reply_to === "large")).error.code).toBe("ASSET_TOO_LARGE");
  client.send({ ...announce("chunk", randomBytes(2)), size: 2 * CHUNK });
  await client.until("asset_ready", ({ reply_to }) => reply_to === "chunk");
  client.send({ type: "asset_chunk", id: "chunk", offset: 0, bytes: new Uint8Array(CHUNK + 1) });
  expect((await client.until("error", ({ reply_to }) => reply_to === "chunk")).error.code).toBe("ASSET_TOO_LARGE");
});

test("an empty asset is an asset", async () => {
  const bytes = new Uint8Array();
  client.send(announce("empty", bytes));
  await client.until("asset_ready", ({ reply_to }) => reply_to === "empty");
  client.send({ type: "asset_get", id: "get-empty", sha256: hash(bytes) });
  expect(await client.until("asset_data", ({ reply_to }) => reply_to === "get-empty")).toMatchObject({
    last: true,
    offset: 0,
  });
});

test("a large download lets other replies of the connection through", async () => {
  const bytes = randomBytes(12 * CHUNK);
  const { sha256 } = await core.assets.put(bytes, "application/octet-stream");
  client.send({ type: "asset_get", id: "big", sha256 });
  await client.until("asset_data", ({ reply_to }) => reply_to === "big");
  client.send({ type: "jobs_list", id: "between" });
  await client.until("asset_data", ({ reply_to, last }) => reply_to === "big" && last);
  const order = client.messages.map((m) => ("reply_to" in m ? m.reply_to : undefined));
  expect(order.indexOf("between")).toBeLessThan(order.lastIndexOf("big"));
});
