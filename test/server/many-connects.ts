import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { expect } from "vitest";
import { connect, expectUnharmed, startServer } from "./server-fixture.ts";

/** Opens so many TCP connections that say nothing, 100 at a time; a client that was there and those that come must not feel it. */
export async function expectConnectsHarmless(count: number): Promise<void> {
  const core = await startServer({ max_strangers: 64 });
  const bystander = await connect(core.port);
  const before = process.memoryUsage().rss;
  const open = new Set<Socket>();
  for (let round = 0; round < count / 100; round++) {
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        const tcp = connectTcp(core.port, "127.0.0.1");
        tcp.on("error", () => {});
        tcp.on("close", () => open.delete(tcp));
        open.add(tcp);
        await once(tcp, "connect").catch(() => {});
      }),
    );
    if (round % 5 === 0) {
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
}
