// Worker of the host's tests: the "pipeline" runs the small graphs, as the prompt says.
import { ownedImage } from "../../core/src/host/owned-image.ts";
import { serveWorker, type TaskWorkers } from "../../core/src/host/serve-worker.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";

const SIZE = 128;
const x = {
  dims: [SIZE, SIZE],
  data: Float32Array.from({ length: SIZE * SIZE }, (_, index) => Math.sin(index * 1.7) * 2),
};

const run: TaskWorkers["image"]["run"] = async ({ params }, context) => {
  const { prompt, num_inference_steps: total_steps, seed } = params;
  switch (prompt) {
    case "steps": {
      const unet = await context.sessions.session("slow");
      let state = x;
      for (let step = 0; step < total_steps; step++) {
        context.signal.throwIfAborted();
        const iterations = { dims: [], data: BigInt64Array.of(BigInt(params.width)) };
        const { result } = await unet.run({ x: state, iterations });
        if (!(result?.data instanceof Float32Array)) throw new Error("no result");
        state = { dims: [SIZE, SIZE], data: new Float32Array(result.data) };
        context.onProgress({ stage: "denoise", progress: (step + 1) / total_steps, step: step + 1, total_steps });
      }
      const image = { width: SIZE, height: SIZE, channels: 4, data: new Uint8Array(state.data.buffer) } as const;
      context.onPreview({ image, output_index: 0, step: total_steps });
      return [{ image, seed }];
    }
    case "stuck": {
      const unet = await context.sessions.session("slow");
      context.onProgress({ stage: "denoise", progress: 0, step: 0, total_steps });
      await unet.run({ x, iterations: { dims: [], data: BigInt64Array.of(10n ** 12n) } });
      throw new Error("a run of years ended");
    }
    case "allocate": {
      const graph = await context.sessions.session("allocate");
      await graph.run({ shape: { dims: [1], data: BigInt64Array.of(1n << 50n) } });
      throw new Error("a petabyte was there");
    }
    case "heap": {
      const kept: number[][] = [];
      for (;;) kept.push(new Array<number>(1_000_000).fill(kept.length + 0.5));
    }
    case "read": {
      const bytes = await context.readAsset(params.init_image ?? "");
      return [{ image: { width: bytes.length, height: 1, channels: 1, data: bytes }, seed }];
    }
    case "fault":
      throw new TypeError("a fault of the pipeline's own");
    case "refuse":
      throw new CoreError("UNSUPPORTED_CONTROL", "No such control.", {
        remedy: "Take another.",
        data: { kind: "depth" },
      });
    case "abort":
      process.kill(process.pid, "SIGABRT");
      break;
    default:
      return [{ image: { width: 1, height: 1, channels: 1, data: new Uint8Array(1) }, seed }];
  }
  return [];
};

const none = {
  run: () => Promise.reject(new Error("these tests make pictures alone")),
  handOver: <T>(generated: T) => ({ generated, buffers: [] }),
};

serveWorker({
  image: {
    run,
    handOver: ({ image, seed }) => {
      const owned = ownedImage(image);
      return { generated: { image: owned, seed }, buffers: [owned.data.buffer] };
    },
  },
  motion: none,
  mesh: none,
  texture: none,
});
