import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { constants, copyFile, mkdir, open as openFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Config } from "./config.ts";
import { CoreError } from "./protocol/errors.ts";
import { openCheckpointKey } from "./provenance/keys.ts";
import type { LogBeginning } from "./provenance/log-leaf.ts";
import { MerkleLog } from "./provenance/merkle-log.ts";

/**
 * Puts this GENGA_HOME's log aside and begins another whose first leaf names the old one: its size, the root of its leaves, its last
 * checkpoint, what its audit found, and the hash of its file. No core may run for the home meanwhile.
 *
 * The other log is finished beside the old one and takes its place by one rename, so that no crash leaves a home without a log: a core
 * would begin an empty one in silence.
 *
 * @throws CoreError INVALID_REQUEST if there is no log
 */
export async function beginLogAnew(
  config: Config,
  { reason, now }: { reason: string; now: Date },
): Promise<LogBeginning & { archive_folder: string }> {
  const folder = config.paths.provenance;
  const file = join(folder, "log.mdb");
  const archive = now.toISOString().replace(/[:.]/g, "-");
  const archive_folder = join(folder, "archive", archive);
  const key = await openCheckpointKey(config.paths.keys);
  const { open } = await import("lmdb");
  const withLog = async <T>(path: string, use: (log: MerkleLog) => Promise<T>): Promise<T> => {
    const store = open({ path, noSubdir: true, maxDbs: 16, overlappingSync: false });
    try {
      return await use(new MerkleLog(store, key));
    } finally {
      await store.close();
    }
  };
  const file_sha256 = await sha256Of(file).catch((cause: unknown) => {
    throw new CoreError("INVALID_REQUEST", "This GENGA_HOME has no log yet, so there is nothing to put aside.", {
      cause,
    });
  });
  await mkdir(archive_folder, { recursive: true, mode: 0o700 });
  const kept = join(archive_folder, "log.mdb");
  // A copy of its own, taken and synced before the library opens the file: evidence must stay as it was found.
  await copyFile(file, kept, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  const handle = await openFile(kept, "r+");
  await handle.sync().finally(() => handle.close());

  const previous = await withLog(file, async (log) => {
    const { fault } = await log.audit();
    const { size, root } = log.found();
    return {
      archive,
      file_sha256,
      size,
      root_hash: Buffer.from(root).toString("hex"),
      checkpoint: log.checkpoint,
      ...(fault === undefined ? {} : { fault }),
    };
  });
  const beginning: LogBeginning = { version: 1, kind: "beginning", created: now.toISOString(), reason, previous };
  const draft = join(folder, "log.mdb.draft");
  await rm(draft, { force: true });
  await withLog(draft, (log) => log.append(beginning));
  await rename(draft, file);
  await rm(`${draft}-lock`, { force: true });
  await rm(`${file}-lock`, { force: true });
  return { ...beginning, archive_folder };
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
