import { join } from "node:path";
import type { Config } from "./config.ts";
import type { Logger } from "./logger.ts";
import { makeFolder } from "./make-folder.ts";
import { type OpenProvenance, openProvenance } from "./provenance/open-provenance.ts";

/**
 * Opens keys, policy and log of one GENGA_HOME, for the core and for commands that work without one. The log has an lmdb
 * environment of its own: it is kept for years and backed up by itself, and reading it needs no ownership of the store.
 *
 * @throws CoreError CREDENTIAL_INVALID, CONFIG_INVALID
 */
export async function openProvenanceFor(config: Config, logger: Logger): Promise<OpenProvenance> {
  const folder = config.paths.provenance;
  makeFolder(folder, 0o700);
  const { open } = await import("lmdb");
  const store = open({ path: join(folder, "log.mdb"), noSubdir: true, maxDbs: 16, overlappingSync: false });
  try {
    const provenance = await openProvenance({
      store,
      keys_folder: config.paths.keys,
      policy: config.policy,
      prompt_privacy: config.prompt_privacy,
      now: () => new Date(),
      logger,
      ...(config.allow_list === undefined ? {} : { allow_list: config.allow_list }),
      ...(config.signing_cert === undefined ? {} : { signing_cert: config.signing_cert }),
      ...(config.signing_key === undefined ? {} : { signing_key: config.signing_key }),
    });
    const { close } = provenance;
    return Object.assign(provenance, {
      close: async () => {
        await close.call(provenance);
        await store.close();
      },
    });
  } catch (error) {
    await store.close();
    throw error;
  }
}
