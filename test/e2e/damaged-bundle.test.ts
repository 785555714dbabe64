import { createHash } from "node:crypto";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import type { CoreClient } from "../../core/src/client/core-client.ts";
import { params, RunningCores, until } from "./running-cores.ts";

const WHOLE = fileURLToPath(new URL("../../models/tiny-random-sd", import.meta.url));
const ManifestSchema = z.looseObject({
  id: z.string(),
  components: z.record(z.string(), z.looseObject({ file: z.string(), sha256: z.string(), size: z.int() })),
});

let cores: RunningCores;
beforeEach(() => {
  cores = new RunningCores();
});
afterEach(() => cores.remove());

/** Installs a copy of the whole bundle. Its UNet gets other bytes, or its manifest another hash than that of the bytes. */
function install(id: string, fault: "bytes" | "hash"): void {
  const folder = join(cores.home, "bundles", id);
  cpSync(WHOLE, folder, { recursive: true });
  const file = join(folder, "unet.onnx");
  const other = readFileSync(file).fill(0xff, 0, 2000);
  if (fault === "bytes") writeFileSync(file, other);
  const manifest = ManifestSchema.parse(JSON.parse(readFileSync(join(folder, "bundle.json"), "utf8")));
  manifest.id = id;
  const unet = Object.values(manifest.components).find((component) => component.file === "unet.onnx");
  if (unet === undefined) throw new Error("the bundle has no unet.onnx");
  unet.sha256 = createHash("sha256")
    .update(fault === "bytes" ? other : `${id} ${fault}`)
    .digest("hex");
  writeFileSync(join(folder, "bundle.json"), JSON.stringify(manifest));
}

async function failureOf(client: CoreClient, bundle: string) {
  const { job_id } = await client.submit("image", params("p", { bundle }));
  const last = (await until(client, job_id, "failed")).at(-1);
  return last?.type === "failed" ? last.error : undefined;
}

it("a bundle whose graph is no ONNX, or not the file that the manifest names, ends its job with BUNDLE_CORRUPT and harms nobody", async () => {
  install("no-graph", "bytes");
  install("other-hash", "hash");
  const { client } = await cores.start();
  const bystander = await client.submit("image", params("bystander", { num_inference_steps: 3 }));
  for (const bundle of ["no-graph", "other-hash"]) {
    const error = await failureOf(client, bundle);
    expect(error).toMatchObject({ code: "BUNDLE_CORRUPT", remedy: expect.any(String) });
    expect(`${error?.message} ${JSON.stringify(error?.data)}`).toContain("unet");
    expect(JSON.stringify(error)).not.toContain(cores.home);
  }
  await until(client, bystander.job_id, "result");
  const after = await client.submit("image", params("after"));
  await until(client, after.job_id, "result");
  expect((await client.call({ type: "status" }, "core_status")).running).toBe(0);
  client.close();
});
