import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore, STORE_VERSION } from "../core/src/store.ts";
import { mountSmallDisk } from "./support/small-disk.ts";

const WRITER = fileURLToPath(new URL("support/store-writer.ts", import.meta.url));

let folder: string;
let children: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "genga-store-"));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

function startWriter(): { child: ChildProcess; lines: AsyncIterator<string> } {
  const child = spawn(process.execPath, ["--import", "tsx", WRITER, folder], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

describe("store", () => {
  it("keeps what was written, in the order of the keys, over a restart", async () => {
    const store = openStore(folder);
    const table = store.table<{ n: number }>("numbers");
    await store.write((batch) => {
      table.put(batch, ["b", 2], { n: 4 });
      table.put(batch, ["b", 10], { n: 5 });
      table.put(batch, ["a", 1], { n: 1 });
      table.put(batch, ["c", 1], { n: 9 });
    });
    await store.write((batch) => table.remove(batch, ["c", 1]));
    await store.close();
    const again = openStore(folder);
    const numbers = again.table<{ n: number }>("numbers");
    expect([...numbers.entries()].map(({ value }) => value.n)).toEqual([1, 4, 5]);
    expect([...numbers.entries({ start: ["b", 3], end: ["c"] })].map(({ key }) => key)).toEqual([["b", 10]]);
    await again.close();
  });

  it("writes nothing of a batch whose callback throws", async () => {
    const store = openStore(folder);
    const table = store.table<number>("numbers");
    const failing = store.write((batch) => {
      table.put(batch, "a", 1);
      throw new Error("on second thought");
    });
    await expect(failing).rejects.toThrow("on second thought");
    expect(table.get("a")).toBeUndefined();
    await store.close();
  });

  it("refuses a second owner and names its process", async () => {
    const store = openStore(folder);
    expect(() => openStore(folder)).toThrowError(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: expect.stringContaining(`process id ${process.pid}`),
        remedy: expect.stringContaining("GENGA_HOME"),
        data: { pid: process.pid },
      }),
    );
    await store.close();
    await openStore(folder).close();
  });

  it("refuses a store that a newer core wrote", async () => {
    const store = openStore(folder);
    const meta = store.table<unknown>("meta");
    await store.write((batch) => meta.put(batch, "version", STORE_VERSION + 1));
    await store.close();
    expect(() => openStore(folder)).toThrowError(/layout 2; this core knows layouts up to 1/);
  });

  it("is taken over after kill -9 of its owner, with every write that had resolved and no half of one", async () => {
    for (let round = 0; round < 3; round++) {
      const { child, lines } = startWriter();
      let acknowledged = -1;
      for (let i = 0; i < 40; i++) acknowledged = Number((await lines.next()).value);
      expect(() => openStore(folder)).toThrowError(new RegExp(`process id ${child.pid}`));
      child.kill("SIGKILL");
      // Lines that were on their way when it died count as well.
      for (let line = await lines.next(); !line.done; line = await lines.next()) acknowledged = Number(line.value);
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");

      const store = openStore(folder);
      const left = [...store.table<number>("left").entries()].map(({ value }) => value);
      const right = [...store.table<number>("right").entries()].map(({ value }) => value);
      expect(left).toEqual(right);
      expect(left.length).toBeGreaterThan(acknowledged);
      expect(left).toEqual(left.map((_, i) => i));
      await store.close();
    }
  });

  const disk = mountSmallDisk(1024 * 1024);
  it.skipIf(disk === undefined)(
    "refuses a write on a full disk, keeps what it had, and goes on once there is room",
    async () => {
      if (disk === undefined) return;
      const store = openStore(disk.folder);
      const table = store.table<string>("texts");
      let written = 0;
      let refusal: unknown;
      while (refusal === undefined && written < 1000) {
        await store
          .write((batch) => {
            table.put(batch, ["a", written], "x".repeat(3000));
            table.put(batch, ["b", written], "y".repeat(3000));
          })
          .then(
            () => {
              written += 1;
            },
            (error: unknown) => {
              refusal = error;
            },
          );
      }
      expect(refusal).toMatchObject({ code: "STORAGE_FULL", remedy: expect.stringContaining("Free disk space") });
      const halves = (side: string) =>
        [...table.entries({ start: [side], end: [side, Number.POSITIVE_INFINITY] })].length;
      expect([halves("a"), halves("b")]).toEqual([written, written]);
      const { execFileSync } = await import("node:child_process");
      execFileSync("mount", ["-o", "remount,size=2m", disk.folder]);
      await store.write((batch) => table.put(batch, ["a", written], "room again"));
      expect(table.get(["a", written])).toBe("room again");
      await store.close();
      disk.remove();
    },
  );
});
