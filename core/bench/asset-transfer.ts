// A 64 MB file into the store over the protocol, against a plain HTTP upload to a bare Node server (plain-http-server.ts) in a
// process of its own on the same disk. Both servers hash, write, sync and rename before they answer. Over the protocol the client
// hashes the file first too, since an asset's hash is its name; the HTTP upload is timed with such a hash and without one.
// Runs alternate, so that a busy machine hurts both. `npm run build`, then `npx tsx core/bench/asset-transfer.ts`.
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectCore } from "../src/client/connect.ts";
import { quantile, report, runCore, temporaryHome } from "./running-core.ts";

const BYTES = 64 * 1024 * 1024;
const RUNS = 7;

const { home, remove } = temporaryHome();
const core = await runCore(home);
const plainFolder = join(home, "plain");
mkdirSync(plainFolder);
const plain = spawn(
  process.execPath,
  ["--import", "tsx", fileURLToPath(new URL("plain-http-server.ts", import.meta.url)), plainFolder],
  { stdio: ["ignore", "pipe", "inherit"] },
);
try {
  const plainPort = Number(String((await once(plain.stdout, "data"))[0]));
  const client = await connectCore(core, { name: "bench", version: "1" });
  const protocol: number[] = [];
  const http: number[] = [];
  const bareHttp: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const first = randomBytes(BYTES);
    const second = randomBytes(BYTES);
    const ours = await time(() => client.putAsset(first, "application/octet-stream"));
    const hashing = await time(async () => createHash("sha256").update(second).digest("hex"));
    const uploading = await time(() => upload(plainPort, second));
    // The first run warms both up.
    if (run === 0) continue;
    protocol.push(ours);
    http.push(hashing + uploading);
    bareHttp.push(uploading);
  }
  client.close();
  report("asset-transfer", {
    "protocol, median, MB/s": (BYTES / 1e6 / quantile(protocol, 0.5)) * 1000,
    "HTTP with the client's hash, median, MB/s": (BYTES / 1e6 / quantile(http, 0.5)) * 1000,
    "HTTP without it, median, MB/s": (BYTES / 1e6 / quantile(bareHttp, 0.5)) * 1000,
    "protocol / HTTP with hash (target 0.8)": quantile(http, 0.5) / quantile(protocol, 0.5),
    "protocol / HTTP without hash": quantile(bareHttp, 0.5) / quantile(protocol, 0.5),
    runs: RUNS,
  });
} finally {
  plain.kill("SIGTERM");
  await core.stop();
  remove();
}

async function time(what: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await what();
  return performance.now() - started;
}

async function upload(port: number, bytes: Uint8Array): Promise<void> {
  const post = request({ host: "127.0.0.1", port, method: "POST", headers: { "Content-Length": bytes.byteLength } });
  post.end(bytes);
  const [response] = await once(post, "response");
  response.resume();
  await once(response, "end");
}
