// Entry of a worker thread of the inference process.
import { generateImages } from "../pipelines/controlnet-image.ts";
import { type EncodedMotion, encodeMotion } from "../pipelines/encode-motion.ts";
import { generateMotion } from "../pipelines/text-to-motion.ts";
import { ownedImage } from "./owned-image.ts";
import { serveWorker } from "./serve-worker.ts";

serveWorker({
  image: {
    run: ({ params }, context) => generateImages(params, context),
    handOver: (generated) => {
      const image = ownedImage(generated.image);
      return { generated: { ...generated, image }, buffers: [image.data.buffer] };
    },
  },
  motion: {
    run: async ({ params, prompt_privacy = false }, context) => {
      const encoded: EncodedMotion[] = [];
      for (const generated of await generateMotion(params, context)) {
        encoded.push(await encodeMotion(generated, params, { prompt_privacy, signal: context.signal }));
      }
      return encoded;
    },
    // Copied: small files share a buffer of Node's.
    handOver: (generated) => ({ generated, buffers: [] }),
  },
});
