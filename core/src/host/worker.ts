// Entry of a worker thread of the inference process.
import { generateImages } from "../pipelines/controlnet-image.ts";
import { serveWorker } from "./serve-worker.ts";

serveWorker({ image: ({ params }, context) => generateImages(params, context) });
