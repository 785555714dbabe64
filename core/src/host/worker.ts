// Entry of a worker thread of the inference process.
import { generateImages } from "../pipelines/controlnet-image.ts";
import { type EncodedMesh, encodeMesh } from "../pipelines/encode-mesh.ts";
import { type EncodedMotion, encodeMotion } from "../pipelines/encode-motion.ts";
import { generateMeshes } from "../pipelines/text-to-3d.ts";
import { generateMotion } from "../pipelines/text-to-motion.ts";
import { textureMesh } from "../pipelines/texture-mesh.ts";
import { ownedBytes } from "./owned-bytes.ts";
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
  mesh: {
    run: async ({ params, prompt_privacy = false }, context) => {
      const encoded: EncodedMesh[] = [];
      for (const generated of await generateMeshes(params, context)) {
        encoded.push(await encodeMesh(generated, params, { prompt_privacy, signal: context.signal }));
      }
      return encoded;
    },
    handOver: (generated) => {
      const files = generated.files.map((file) => ({ ...file, bytes: ownedBytes(file.bytes) }));
      return { generated: { ...generated, files }, buffers: files.map(({ bytes }) => bytes.buffer) };
    },
  },
  texture: {
    run: ({ params }, context) => textureMesh(params, context),
    handOver: (generated) => {
      const bytes = ownedBytes(generated.bytes);
      return { generated: { ...generated, bytes }, buffers: [bytes.buffer] };
    },
  },
});
