// What asset-transfer.ts is compared with: a bare Node HTTP server that does with an upload what the asset store must do too, and
// nothing else. It hashes the bytes as they come, writes them to a file beside its place, syncs it, renames it, syncs the folder.
import { createHash } from "node:crypto";
import { open, rename } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";

const folder = process.argv[2] ?? ".";
let number = 0;
const server = createServer((request, response) => {
  void (async () => {
    const temporary = join(folder, `incoming-${number++}`);
    const file = await open(temporary, "w");
    const hash = createHash("sha256");
    for await (const piece of request) {
      hash.update(piece);
      await file.write(piece);
    }
    await file.sync();
    await file.close();
    const sha256 = hash.digest("hex");
    await rename(temporary, join(folder, sha256));
    const directory = await open(folder, "r");
    await directory.sync();
    await directory.close();
    response.end(sha256);
  })().catch((error: unknown) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address !== "string") process.stdout.write(`${address.port}\n`);
});
process.on("SIGTERM", () => process.exit(0));
