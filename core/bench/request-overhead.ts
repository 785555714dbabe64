// What the protocol costs: `validate` of a whole image request over loopback, one after the other, beside a bare WebSocket echo
// of the same bytes in the same run. `npm run build`, then `npx tsx core/bench/request-overhead.ts`.
import { once } from "node:events";
import { WebSocket, WebSocketServer } from "ws";
import { connectCore } from "../src/client/connect.ts";
import { encodeMessage } from "../src/protocol/codec.ts";
import { quantile, report, runCore, temporaryHome } from "./running-core.ts";

const WARM_UP = 500;
const REQUESTS = 3000;
const params = {
  bundle: "tiny-random-sd",
  prompt: "a wooden barrel beside a stone well, morning light, painted background of an animated film",
  negative_prompt: "blurry, text",
  width: 64,
  height: 64,
  num_inference_steps: 20,
  seed: 7,
};

const { home, remove } = temporaryHome();
const core = await runCore(home);
try {
  const client = await connectCore(core, { name: "bench", version: "1" });
  const validate = await measure(() => client.call({ type: "validate", task: "image", params }, "validated"));
  client.close();
  const echo = await measureEcho();
  report("request-overhead", {
    "validate p50, ms (target 1)": quantile(validate, 0.5),
    "validate p99, ms (target 5)": quantile(validate, 0.99),
    "bare WebSocket echo p50, ms": quantile(echo, 0.5),
    "bare WebSocket echo p99, ms": quantile(echo, 0.99),
    "validate / echo, p50": quantile(validate, 0.5) / quantile(echo, 0.5),
    requests: REQUESTS,
  });
} finally {
  await core.stop();
  remove();
}

async function measure(once: () => Promise<unknown>): Promise<number[]> {
  for (let index = 0; index < WARM_UP; index++) await once();
  const times: number[] = [];
  for (let index = 0; index < REQUESTS; index++) {
    const started = performance.now();
    await once();
    times.push(performance.now() - started);
  }
  return times;
}

async function measureEcho(): Promise<number[]> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  await once(server, "listening");
  server.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const socket = new WebSocket(`ws://127.0.0.1:${address.port}`, { perMessageDeflate: false });
  await once(socket, "open");
  const bytes = encodeMessage({ type: "validate", id: "1", task: "image", params });
  const times = await measure(() => {
    socket.send(bytes);
    return once(socket, "message");
  });
  socket.close();
  server.close();
  return times;
}
