// Entry of the inference process: `fork("host.js", [worker entry], { serialization: "advanced" })`.
import { expose } from "comlink";
import { createHost } from "./create-host.ts";
import { processEndpoint } from "./process-endpoint.ts";
import { transferErrors } from "./transfer-errors.ts";

const MAX_UNSENT = 8;
const workerEntry = process.argv[2];
if (workerEntry === undefined || process.send === undefined) {
  process.stderr.write("The inference process is started by the core: run `genga serve`.\n");
  process.exit(64);
}
let unsent = 0;
const host = createHost(workerEntry, (event) => {
  // A core that does not keep up gets fewer previews; nothing else is dropped.
  if (event.event === "preview" && unsent >= MAX_UNSENT) return;
  unsent++;
  process.send?.(event, () => {
    unsent--;
  });
});
// The core has ended or let go. Leaving through exit() would wait for a graph that runs; nothing here needs saving.
process.on("disconnect", () => {
  if (host.busy) process.kill(process.pid, "SIGKILL");
  process.exit(0);
});
// The core decides about Ctrl+C for all its processes: a signal to the group must not end a step that the core lets finish.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
transferErrors();
expose(host.api, processEndpoint(process));
