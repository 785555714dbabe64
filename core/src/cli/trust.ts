import type { Config } from "../config.ts";
import { CoreError } from "../protocol/errors.ts";
import { openKeys } from "../provenance/keys.ts";
import type { Output } from "./output.ts";
import { saveFile } from "./save-output.ts";

/** `genga trust export`: saves the root certificate; makes the local authority if this is its first use. */
export async function exportTrust(config: Config, out: string, output: Output): Promise<void> {
  const keys = await openKeys({
    folder: config.paths.keys,
    ...(config.signing_cert === undefined ? {} : { signing_cert: config.signing_cert }),
    ...(config.signing_key === undefined ? {} : { signing_key: config.signing_key }),
    now: new Date(),
  });
  if (keys.root_pem === undefined) {
    throw new CoreError(
      "CREDENTIAL_INVALID",
      "This core signs with the studio's own certificate, so it has no root of its own.",
      {
        remedy: "Give those who verify the root certificate of the authority that issued it.",
      },
    );
  }
  await saveFile(out, Buffer.from(keys.root_pem));
  output.tell(
    { event: "trust_exported", file: out },
    `${out}: those who trust this certificate see files of this machine as trusted (genga verify FILE --trust ${out}).`,
  );
}
