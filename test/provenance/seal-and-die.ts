/** Seals a file in the home folder given, and is killed before it can hand it out. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../../core/src/config.ts";
import { createLogger } from "../../core/src/logger.ts";
import { openProvenanceFor } from "../../core/src/open-provenance-for.ts";
import { makeRecord } from "./support.ts";

async function main(home: string): Promise<void> {
  const provenance = await openProvenanceFor(
    readConfig({ env: { GENGA_HOME: home } }),
    createLogger({ level: "silent", prompt_privacy: true }),
  );
  const append = provenance.log.append.bind(provenance.log);
  // The log's own append, synced to disk; then the worst moment.
  provenance.log.append = async (leaf) => {
    const entry = await append(leaf);
    process.kill(process.pid, "SIGKILL");
    return entry;
  };
  const record = makeRecord({ task: "motion", job_id: "job-that-died" });
  const bytes = Buffer.from("HIERARCHY\nROOT Hips\n");
  const sealed = await provenance.seal({ bytes, mime: "text/plain", title: "m", record, inputs: [] });
  writeFileSync(join(home, "out.bvh"), sealed.bytes);
}

const [home] = process.argv.slice(2);
if (home !== undefined) await main(home);
