import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { connect, expectUnharmed, HELLO, RawClient, startServer, TOKEN } from "./server-fixture.ts";

let core: Awaited<ReturnType<typeof startServer>>;
let bystander: RawClient;

beforeAll(async () => {
  core = await startServer();
  bystander = await connect(core.port);
});
afterEach(async () => await expectUnharmed(bystander));
afterAll(async () => {
  bystander.socket.close();
  await core.close();
});

/** Connects, sends one message first, gives the error frame and the close code. */
async function refusedHello(hello: object) {
  const client = new RawClient(core.port);
  await client.opened;
  client.send(hello);
  const { error } = await client.until("error");
  return { error, code: (await client.closed).code };
}

describe("before the WebSocket exists", () => {
  test.each([["https://evil.example"], ["http://localhost:1"], ["null"], ["file://"]])(
    "an upgrade with Origin %s is refused with 403",
    async (origin) => {
      const client = new RawClient(core.port, { headers: { Origin: origin } });
      await expect(client.opened).rejects.toMatchObject({
        status: 403,
        message: expect.stringContaining("FORBIDDEN_ORIGIN"),
      });
    },
  );

  test.each([
    ["rebound.example"],
    ["127.0.0.1.evil.example"],
    ["localhost:1"],
    ["localhost"],
    ["192.168.1.7"],
    ["[fe80::1]"],
    ["user@localhost"],
  ])("an upgrade with Host %s is refused with 403", async (host) => {
    const withPort = /:\d+$|^localhost$/.test(host) ? host : `${host}:${core.port}`;
    const client = new RawClient(core.port, { headers: { Host: withPort } });
    await expect(client.opened).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining("FORBIDDEN_ORIGIN"),
    });
  });

  test("Host and Origin guard plain HTTP too", async () => {
    for (const headers of [
      { Host: "" },
      { Host: `rebound.example:${core.port}` },
      { Origin: "https://evil.example" },
    ]) {
      const status = await rawStatus("/healthz", headers);
      expect(status).toBe(403);
    }
  });

  test("localhost and [::1] are names of the core", async () => {
    for (const host of ["localhost", "LOCALHOST", "[::1]", "127.0.0.1"]) {
      expect(await rawStatus("/healthz", { Host: `${host}:${core.port}` })).toBe(200);
    }
  });

  test("an unknown sub-protocol is refused and the spoken one named", async () => {
    const client = new RawClient(core.port, { protocols: ["genga.v9"] });
    await expect(client.opened).rejects.toMatchObject({ status: 426, message: expect.stringContaining("genga.v1") });
  });

  test("a wrong bearer token is refused with 401, the right one needs no token in hello", async () => {
    const wrong = new RawClient(core.port, { headers: { Authorization: "Bearer wrong-wrong-wrong-wrong" } });
    await expect(wrong.opened).rejects.toMatchObject({ status: 401 });
    const right = new RawClient(core.port, { headers: { Authorization: `Bearer ${TOKEN}` } });
    await right.opened;
    right.send({ ...HELLO, token: undefined });
    expect((await right.until("welcome")).protocol).toBe("genga.v1");
    right.socket.close();
  });
});

describe("hello", () => {
  test.each([
    ["missing", undefined],
    ["wrong", "wrong-wrong-wrong-wrong"],
    ["a prefix of the right one", TOKEN.slice(0, -1)],
    ["longer than the right one", `${TOKEN}x`],
    ["empty", ""],
  ])("a token that is %s is UNAUTHORIZED and closes with 4401", async (_name, token) => {
    const { error, code } = await refusedHello({ ...HELLO, token });
    expect(error.code).toBe("UNAUTHORIZED");
    expect(error.remedy).toContain("token_file");
    expect(JSON.stringify(error)).not.toContain(TOKEN);
    expect(code).toBe(4401);
  });

  test("an unknown version is refused with what is spoken and closes with 4406", async () => {
    const { error, code } = await refusedHello({ ...HELLO, protocols: ["genga.v2", "genga.v3"] });
    expect(error).toMatchObject({ code: "UNSUPPORTED_PROTOCOL", data: { supported: ["genga.v1"] } });
    expect(error.message).toContain("genga.v2");
    expect(code).toBe(4406);
  });

  test("a client that speaks several versions is answered in ours", async () => {
    const client = new RawClient(core.port);
    await client.opened;
    client.send({ ...HELLO, protocols: ["genga.v2", "genga.v1"] });
    expect((await client.until("welcome")).protocol).toBe("genga.v1");
    client.socket.close();
  });

  test("another first message is HELLO_REQUIRED", async () => {
    const { error, code } = await refusedHello({ type: "status", id: "1" });
    expect(error.code).toBe("HELLO_REQUIRED");
    expect(code).toBe(4400);
  });

  test("no hello in time is HELLO_REQUIRED and closes with 4408", async () => {
    // A server of its own: the others' hellos must not race with so short a time.
    const hurried = await startServer({ hello_timeout_ms: 300 });
    const client = new RawClient(hurried.port);
    expect((await client.until("error")).error.code).toBe("HELLO_REQUIRED");
    expect((await client.closed).code).toBe(4408);
    await hurried.close();
  });

  test("a second hello is refused and the connection lives on", async () => {
    const client = await connect(core.port);
    client.send(HELLO);
    expect((await client.until("error")).error.code).toBe("INVALID_REQUEST");
    await expectUnharmed(client);
    client.socket.close();
  });

  test("messages sent right behind hello are answered after welcome", async () => {
    const client = new RawClient(core.port);
    await client.opened;
    client.send(HELLO);
    client.send({ type: "jobs_list", id: "at-once" });
    await client.until("jobs");
    expect(client.messages.map(({ type }) => type)).toEqual(["welcome", "jobs"]);
    client.socket.close();
  });

  test("a stranger that sends more than a hello needs is cut off", async () => {
    const client = new RawClient(core.port);
    await client.opened;
    client.socket.send(Buffer.alloc(1024 * 1024));
    expect((await client.closed).code).toBe(1006);
    expect(client.messages).toEqual([]);
  });
});

describe("messages", () => {
  test("malformed MessagePack is answered with MALFORMED_MESSAGE, and the connection lives on", async () => {
    const client = await connect(core.port);
    client.socket.send(Buffer.from([0xc1]));
    expect((await client.until("error")).error.code).toBe("MALFORMED_MESSAGE");
    await expectUnharmed(client);
    client.socket.close();
  });

  test("a text frame is MALFORMED_MESSAGE", async () => {
    const client = await connect(core.port);
    client.socket.send("hello");
    expect((await client.until("error")).error.message).toContain("text");
    client.socket.close();
  });

  test("ten unreadable messages in a row close with 4400", async () => {
    const client = await connect(core.port);
    for (let index = 0; index < 10; index++) client.socket.send(Buffer.from([0xc1]));
    expect((await client.closed).code).toBe(4400);
  });

  test("any bytes are answered with a coded error or a reply", async () => {
    const client = await connect(core.port);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const before = client.messages.length;
        client.socket.send(bytes);
        // A readable message between keeps the row of unreadable ones short.
        await expectUnharmed(client);
        expect(client.messages.length).toBe(before + 2);
        expect(client.messages[before]?.type).toBe("error");
      }),
      { numRuns: 200 },
    );
    client.socket.close();
  });

  test("an unknown message and a message with wrong fields are answered under their id", async () => {
    const client = await connect(core.port);
    client.send({ type: "make_coffee", id: "a" });
    client.send({ type: "cancel", id: "b", job_id: 7 });
    client.send({ type: "cancel", id: "c", job_id: "none" });
    client.send({ type: "verify", id: "d", sha256: "0".repeat(64) });
    client.send({ type: "request", id: "e", task: "mesh", params: {} });
    client.send({ type: "validate", id: "f", task: "image", params: { prompt: "x", width: 65 } });
    client.send({ type: "asset_chunk", id: "g", offset: 0, bytes: new Uint8Array(1) });
    client.send({ type: "asset_get", id: "h", sha256: "../../../../etc/passwd" });
    const codes: Record<string, string> = {};
    for (const id of "abcdefgh")
      codes[id] = (await client.until("error", ({ reply_to }) => reply_to === id)).error.code;
    expect(codes).toEqual({
      a: "MALFORMED_MESSAGE",
      b: "INVALID_REQUEST",
      c: "JOB_NOT_FOUND",
      d: "ASSET_NOT_FOUND",
      e: "UNSUPPORTED_TASK",
      f: "INVALID_REQUEST",
      g: "INVALID_REQUEST",
      h: "INVALID_REQUEST",
    });
    client.socket.close();
  });

  test("a frame that announces 2 GB closes with 1009 before it is kept", async () => {
    const before = process.memoryUsage().rss;
    const client = await connect(core.port);
    const tcp = tcpOf(client);
    const header = Buffer.alloc(14);
    header[0] = 0x82;
    header[1] = 0xff;
    header.writeBigUInt64BE(2n * 1024n ** 3n, 2);
    tcp.write(header);
    expect((await client.closed).code).toBe(1009);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  test("a frame one byte over the limit closes with 1009", async () => {
    const client = await connect(core.port);
    client.socket.send(Buffer.alloc(4 * 1024 * 1024 + 1));
    expect((await client.closed).code).toBe(1009);
  });

  test("a fault inside the core is INTERNAL and tells nothing of the machine", async () => {
    const faulty = await startServer({}, { status: () => Promise.reject(new Error("/home/someone/secret is broken")) });
    const client = await connect(faulty.port);
    client.send({ type: "status", id: "1" });
    const { error } = await client.until("error");
    expect(error.code).toBe("INTERNAL");
    expect(JSON.stringify(error)).not.toContain("secret");
    await expectUnharmed(client);
    client.socket.close();
    await faulty.close();
  });
});

function tcpOf(client: RawClient) {
  const tcp = Reflect.get(client.socket, "_socket");
  if (typeof tcp !== "object" || tcp === null || !("write" in tcp) || typeof tcp.write !== "function") {
    throw new Error("ws keeps its socket elsewhere now");
  }
  return { write: (bytes: Buffer) => tcp.write(bytes) };
}

/** Sends one HTTP request by hand, so that Host may be anything. */
async function rawStatus(path: string, headers: Record<string, string>): Promise<number> {
  const tcp = connectTcp(core.port, "127.0.0.1");
  const all = { Host: `127.0.0.1:${core.port}`, Connection: "close", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  tcp.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  let answer = "";
  tcp.on("data", (piece) => {
    answer += piece.toString();
  });
  await once(tcp, "close");
  return Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1]);
}

test("frames that break the WebSocket specification end only their own connection", async () => {
  for (const bytes of [
    [0xf2, 0x80, 0, 0, 0, 0],
    [0x82, 0x01, 0x00],
    [0x8f, 0x80, 0, 0, 0, 0],
  ]) {
    const client = await connect(core.port);
    tcpOf(client).write(Buffer.from(bytes));
    expect((await client.closed).code).toBe(1002);
  }
});
