import { createHash } from "node:crypto";
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open, type RootDatabase } from "lmdb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../core/src/config.ts";
import { createLogger } from "../../core/src/logger.ts";
import { openProvenanceFor } from "../../core/src/open-provenance-for.ts";
import { openCheckpoint } from "../../core/src/provenance/checkpoint.ts";
import { leafHash, verifyInclusion } from "../../core/src/provenance/merkle-tree.ts";
import { makeRecord } from "../provenance/support.ts";
import { runCli, startServe } from "./run-cli.ts";

let folder: string;
let home: string;
const file = (name: string) => join(folder, name);

/** Seals files in this home, without a core: the log is the same. */
async function sealFiles(...names: string[]): Promise<void> {
  const config = readConfig({ env: { GENGA_HOME: home } });
  const provenance = await openProvenanceFor(config, createLogger({ level: "silent", prompt_privacy: true }));
  try {
    for (const name of names) {
      const bytes = Buffer.from(`HIERARCHY\nROOT ${name}\n`);
      const record = makeRecord({ task: "motion" });
      await provenance.seal({ bytes, mime: "text/plain", title: name, record, inputs: [] });
      await writeFile(file(name), bytes);
    }
  } finally {
    await provenance.close();
  }
}

async function alterLog(change: (store: RootDatabase) => Promise<unknown>): Promise<void> {
  const store = open({ path: join(home, "provenance", "log.mdb"), noSubdir: true, maxDbs: 16 });
  await change(store);
  await store.close();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "genga-log-"));
  home = join(folder, "home");
  await sealFiles("a.bvh", "b.bvh", "c.bvh");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.sequential("genga log", () => {
  it("says size and root of a log that is as it was signed", async () => {
    const { code, events } = await runCli(home, ["log", "verify", "--json"]);
    expect(code).toBe(0);
    const head = openCheckpoint(String(events[0]?.checkpoint), String(events[0]?.verifier));
    expect(events[0]).toMatchObject({
      event: "log_verified",
      ok: true,
      size: 3,
      root_hash: Buffer.from(head?.root ?? []).toString("hex"),
    });
  });

  it("saves a proof that holds against the checkpoint with the two hash rules of RFC 6962 alone", async () => {
    expect((await runCli(home, ["log", "prove", file("b.bvh"), "--out", file("proof.json")])).code).toBe(0);
    const proof = JSON.parse(await readFile(file("proof.json"), "utf8"));
    const head = openCheckpoint(proof.checkpoint, proof.verifier);
    expect(head?.size).toBe(3);
    expect(JSON.parse(proof.leaf).asset_sha256).toBe(
      createHash("sha256")
        .update(await readFile(file("b.bvh")))
        .digest("hex"),
    );
    const path = proof.proof.map((hash: string) => Buffer.from(hash, "hex"));
    const leaf = leafHash(Buffer.from(proof.leaf, "utf8"));
    expect(verifyInclusion(proof.index, proof.tree_size, leaf, path, head?.root ?? new Uint8Array())).toBe(true);
    const other = leafHash(Buffer.from(proof.leaf.replace("motion", "mesh"), "utf8"));
    expect(verifyInclusion(proof.index, proof.tree_size, other, path, head?.root ?? new Uint8Array())).toBe(false);
  });

  it("has no proof for a file that it does not hold", async () => {
    await writeFile(file("other.bvh"), "HIERARCHY\nROOT other\n");
    const { code, events } = await runCli(home, [
      "log",
      "prove",
      file("other.bvh"),
      "--out",
      file("no.json"),
      "--json",
    ]);
    expect([code, events[0]?.code]).toEqual([65, "ASSET_NOT_FOUND"]);
    await expect(stat(file("no.json"))).rejects.toThrow();
  });

  it("says that it only grew since a checkpoint kept elsewhere, and that a rolled-back log did not", async () => {
    const mdb = join(home, "provenance", "log.mdb");
    await copyFile(mdb, file("older.mdb"));
    await sealFiles("d.bvh");
    expect((await runCli(home, ["log", "checkpoint", "--out", file("checkpoint.txt")])).code).toBe(0);
    await sealFiles("e.bvh");
    expect((await runCli(home, ["log", "verify", "--since", file("checkpoint.txt")])).code).toBe(0);

    await copyFile(mdb, file("newer.mdb"));
    await copyFile(file("older.mdb"), mdb);
    const rolledBack = await runCli(home, ["log", "verify", "--since", file("checkpoint.txt"), "--json"]);
    expect(rolledBack.code).toBe(1);
    expect(rolledBack.events[0]?.problem).toBe("It has 3 entries; the checkpoint speaks of 4.");
    // The attacker lets the shorter log grow again, with this core's own key.
    await sealFiles("x.bvh", "y.bvh");
    expect((await runCli(home, ["log", "verify"])).code).toBe(0);
    const regrown = await runCli(home, ["log", "verify", "--since", file("checkpoint.txt"), "--json"]);
    expect([regrown.code, regrown.events[0]?.problem]).toEqual([
      1,
      "Its first 4 entries are not those that the checkpoint speaks of.",
    ]);
    await copyFile(file("newer.mdb"), mdb);
    expect((await runCli(home, ["log", "verify", "--since", file("checkpoint.txt")])).code).toBe(0);
  });

  it("refuses a checkpoint of another log", async () => {
    const forged = (await readFile(file("checkpoint.txt"), "utf8")).replace("\n4\n", "\n2\n");
    await writeFile(file("forged.txt"), forged);
    const { code, stderr } = await runCli(home, ["log", "verify", "--since", file("forged.txt")]);
    expect(code).toBe(65);
    expect(stderr).toContain("no checkpoint signed by this core's log");
  });

  it("does not begin anew while a core runs", async () => {
    const core = await startServe(home);
    try {
      const { code, stderr } = await runCli(home, ["log", "begin-anew", "--reason", "no reason"]);
      expect(code).toBe(65);
      expect(stderr).toContain("Stop the core");
    } finally {
      await core.stop();
    }
  });

  it("finds an altered entry, signs nothing, and believes none of it", async () => {
    await alterLog((store) => {
      const leaves = store.openDB<Buffer, number>({ name: "log-leaves", encoding: "binary" });
      const changed = Buffer.from((leaves.get(1) ?? Buffer.alloc(0)).toString("utf8").replace("Ada", "Eve"));
      return leaves.put(1, changed);
    });
    const found = await runCli(home, ["log", "verify", "--json"]);
    expect([found.code, found.events[0]?.problem]).toEqual([1, "Its leaf 1 was changed."]);
    expect((await runCli(home, ["log", "checkpoint", "--out", file("no.txt")])).code).toBe(1);
    expect((await runCli(home, ["log", "prove", file("b.bvh"), "--out", file("no.json")])).code).toBe(1);
    await expect(sealFiles("z.bvh")).rejects.toMatchObject({
      code: "SIGNING_FAILED",
      remedy: expect.stringContaining("genga log begin-anew"),
    });
    const verified = await runCli(home, ["verify", file("b.bvh"), "--json"]);
    expect(verified.events[0]).toMatchObject({
      state: "unsigned",
      problems: [{ code: "genga.log.altered" }],
    });
    expect(JSON.stringify(verified.events[0])).not.toContain("Eve");
  });

  it("begins anew: the altered log lies untouched in the archive, the first entry names it, and signing goes on", async () => {
    const before = createHash("sha256")
      .update(await readFile(join(home, "provenance", "log.mdb")))
      .digest("hex");
    const begun = await runCli(home, ["log", "begin-anew", "--reason", "leaf 1 was changed by hand", "--json"]);
    expect(begun.code).toBe(0);
    const archive = String(begun.events[0]?.archive_folder);
    expect(begun.events[0]?.previous).toMatchObject({
      size: 5,
      file_sha256: before,
      fault: "Its leaf 1 was changed.",
    });
    expect(
      createHash("sha256")
        .update(await readFile(join(archive, "log.mdb")))
        .digest("hex"),
    ).toBe(before);
    expect((await readdir(join(home, "provenance"))).sort()).toEqual(["archive", "log.mdb"]);

    await sealFiles("z.bvh");
    const { code, events } = await runCli(home, ["log", "verify", "--json"]);
    expect(code).toBe(0);
    expect(events[0]).toMatchObject({
      size: 2,
      beginning: { reason: "leaf 1 was changed by hand", previous: { size: 5, file_sha256: before } },
    });
    expect((await runCli(home, ["verify", file("z.bvh"), "--json"])).events[0]).toMatchObject({ state: "known" });
    // What was kept elsewhere before speaks of the archived log.
    expect((await runCli(home, ["log", "verify", "--since", file("checkpoint.txt")])).code).toBe(1);
  });

  it("makes nothing where there is no log", async () => {
    const elsewhere = file("elsewhere");
    expect((await runCli(elsewhere, ["log", "verify"])).code).toBe(65);
    await expect(stat(elsewhere)).rejects.toThrow();
  });
});
