import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { readConfig } from "../../core/src/config.ts";
import { createLogger } from "../../core/src/logger.ts";
import { openProvenanceFor } from "../../core/src/open-provenance-for.ts";
import { makeRecord, temporaryFolder } from "./support.ts";

const PROCESS = fileURLToPath(new URL("./seal-and-die.ts", import.meta.url));

it("a crash between the log entry and the file leaves an entry without a file, which is harmless", async () => {
  const { path: home, remove } = temporaryFolder();
  try {
    const child = fork(PROCESS, [home], {
      execArgv: ["--import", "tsx"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const [code, signal] = await once(child, "exit");
    expect([code, signal]).toEqual([null, "SIGKILL"]);
    expect(existsSync(join(home, "out.bvh"))).toBe(false);

    const provenance = await openProvenanceFor(
      readConfig({ env: { GENGA_HOME: home } }),
      createLogger({ level: "silent", prompt_privacy: true }),
    );
    try {
      expect(await provenance.audited).toEqual({ size: 1 });
      expect(provenance.log.leaf(0)?.record?.job_id).toBe("job-that-died");
      // The job runs again and is sealed again; its file is found under the entry of its own.
      const bytes = Buffer.from("HIERARCHY\nROOT Hips\n");
      const record = makeRecord({ task: "motion", job_id: "job-that-died", created: "2026-11-22T10:05:00.000Z" });
      const sealed = await provenance.seal({ bytes, mime: "text/plain", title: "m", record, inputs: [] });
      expect(sealed.log).toMatchObject({ index: 1, tree_size: 2 });
      const found = await provenance.verify(sealed.bytes, "text/plain", sealed.sidecar);
      expect(found).toMatchObject({ state: "trusted", log: { index: 1 }, record: { created: record.created } });
      expect(await provenance.log.audit()).toEqual({ size: 2 });
    } finally {
      await provenance.close();
    }
    expect(readdirSync(home)).not.toContain("out.bvh");
  } finally {
    remove();
  }
}, 30_000);
