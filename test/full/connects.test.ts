import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { expect, test } from "vitest";
import { connect, expectUnharmed, startServer } from "../server/server-fixture.ts";

test("10 000 connects leave clients unharmed and let new ones in", async () => {
  const core = await startServer({ max_strangers: 64 });
  const bystander = await connect(core.port);
  const before = process.memoryUsage().rss;
  const open = new Set<Socket>();
  for (let round = 0; round < 100; round++) {
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        const tcp = connectTcp(core.port, "127.0.0.1");
        tcp.on("error", () => {});
        tcp.on("close", () => open.delete(tcp));
        open.add(tcp);
        await once(tcp, "connect").catch(() => {});
      }),
    );
    if (round % 25 === 0) {
      const client = await connect(core.port);
      await expectUnharmed(client);
      client.socket.close();
    }
  }
  await expectUnharmed(bystander);
  // The test's own half of each connection counts here too.
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  expect(open.size).toBeLessThan(1000);
  for (const tcp of open) tcp.destroy();
  bystander.socket.close();
  await core.close();
});
