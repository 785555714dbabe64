// Entry of a worker thread of the inference process.
import { generateImages } from "../pipelines/controlnet-image.ts";
import { generateMotion } from "../pipelines/text-to-motion.ts";
import { ownedImage } from "./owned-image.ts";
import { ownedMotion } from "./owned-motion.ts";
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
    run: ({ params }, context) => generateMotion(params, context),
    handOver: (generated) => {
      const motion = ownedMotion(generated.motion);
      const { root, rotations, contacts } = motion;
      return {
        generated: { ...generated, motion },
        buffers: [root, rotations, ...(contacts ? [contacts] : [])].map(({ buffer }) => buffer),
      };
    },
  },
});
