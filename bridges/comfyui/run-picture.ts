import type { HostJobOptions } from "../../core/src/host/host-api.ts";
import { compositeKept } from "../../core/src/pipelines/inpaint.ts";
import type { GeneratedImage } from "../../core/src/pipelines/pipeline.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import type { RawImage } from "../../core/src/tensor/image.ts";
import type { ComfyEvent } from "./comfy-events.ts";
import type { ComfyFile } from "./comfy-history.ts";
import type { ComfyServer } from "./comfy-server.ts";
import type { RequestPlan, UploadedPictures } from "./plan-request.ts";
import type { PreparedPictures } from "./prepare-pictures.ts";
import { PromptProgress } from "./prompt-progress.ts";

/** One picture of a job. */
export interface PictureRun {
  plan: RequestPlan;
  pictures: PreparedPictures;
  seed: number;
  prompt_id: string;
  job_id: string;
  /** Number of the picture's first output. */
  output_index: number;
  max_pixels: number;
}

/** How it is watched. */
export interface PictureOptions extends HostJobOptions {
  /** Time for which the server may be away before the picture is given up. */
  patience_ms(): number;
}

const MAX_FILE_BYTES = 256 * 1024 * 1024;
const MAX_FILES = 64;
const MAX_PREVIEW_PIXELS = 4096 * 4096;

/**
 * Makes the pictures of one seed on a server: upload, run, fetch.
 *
 * @throws PromptLostError; CoreError as ComfyServer.run, and INFERENCE_FAILED if the graph gave no picture that can be read
 */
export async function runPicture(
  server: ComfyServer,
  run: PictureRun,
  options: PictureOptions,
): Promise<GeneratedImage[]> {
  const { plan, pictures, seed, prompt_id, job_id, max_pixels } = run;
  const { signal } = options;
  const images = await upload(server, pictures, signal);
  const graph = plan.graph(images, seed, server.settings, job_id);
  const progress = new PromptProgress(graph, plan.steps);
  const previews = previewReader(plan.params.preview.every_steps, run.output_index, options.onPreview);
  const onEvent = (event: ComfyEvent) => {
    if (event.type === "preview") previews.take(event.bytes, progress.step);
    else options.onProgress(progress.take(event));
  };
  const preview_method = plan.params.preview.every_steps > 0 ? "auto" : "none";
  const { patience_ms } = options;
  const files = await server.run(prompt_id, graph, { preview_method }, { signal, patience_ms, onEvent });
  await previews.idle();
  const wanted = plan.results(graph);
  const results = files.filter(({ node }) => wanted.has(node)).slice(0, MAX_FILES);
  if (results.length === 0) {
    throw new CoreError("INFERENCE_FAILED", "The graph ran in ComfyUI and gave no picture.", {
      remedy: 'Put "genga:output" into the title of the node whose picture is the result.',
      data: { nodes: [...wanted] },
    });
  }
  const made: GeneratedImage[] = [];
  for (const file of results) {
    const image = await fetchImage(server, file, max_pixels, signal);
    const { kept } = pictures;
    const fits =
      kept !== undefined && plan.keepsPixels && kept.start.width === image.width && kept.start.height === image.height;
    const mask = fits ? { pixels: kept.pixels, cells: new Float32Array() } : undefined;
    made.push({
      image: mask === undefined || kept === undefined ? image : compositeKept(withoutAlpha(image), kept.start, mask),
      seed,
      workflow: graph,
    });
  }
  return made;
}

async function upload(server: ComfyServer, pictures: PreparedPictures, signal: AbortSignal): Promise<UploadedPictures> {
  const one = async (png: Uint8Array | undefined) => (png === undefined ? undefined : await server.upload(png, signal));
  const [init, mask, background] = [await one(pictures.init), await one(pictures.mask), await one(pictures.background)];
  const controls: (string | undefined)[] = [];
  for (const png of pictures.controls) controls.push(await one(png));
  const regions: string[] = [];
  for (const png of pictures.regions) regions.push(await server.upload(png, signal));
  return {
    controls,
    regions,
    ...(init === undefined ? {} : { init }),
    ...(mask === undefined ? {} : { mask }),
    ...(background === undefined ? {} : { background }),
  };
}

async function fetchImage(
  server: ComfyServer,
  file: ComfyFile,
  max_pixels: number,
  signal: AbortSignal,
): Promise<RawImage> {
  const bytes = await server.download(file, MAX_FILE_BYTES, signal);
  try {
    return await decode(bytes, max_pixels);
  } catch (cause) {
    throw new CoreError(
      "INFERENCE_FAILED",
      `ComfyUI gave "${file.filename}", which is no picture of at most ${max_pixels} pixels.`,
      { remedy: "Make the result smaller, or raise the setting max_pixels.", cause },
    );
  }
}

/** Gives pixels as sRGB, with alpha where the file has any. */
async function decode(bytes: Uint8Array, max_pixels: number): Promise<RawImage> {
  const { default: sharp } = await import("sharp");
  const { data, info } = await sharp(bytes, { limitInputPixels: max_pixels })
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels === 1 || channels === 3 || channels === 4) return { width, height, channels, data };
  throw new Error(`${channels} channels`);
}

function withoutAlpha(image: RawImage): RawImage {
  if (image.channels !== 4) return image;
  const { width, height, data } = image;
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < rgb.length; i++) rgb[i] = data[Math.floor(i / 3) * 4 + (i % 3)] ?? 0;
  return { width, height, channels: 3, data: rgb };
}

/** Decodes previews one at a time; those that come meanwhile, or at steps that nobody asked for, are passed over. */
function previewReader(every_steps: number, output_index: number, onPreview: HostJobOptions["onPreview"]) {
  let busy: Promise<void> | undefined;
  let shown = 0;
  return {
    take(bytes: Uint8Array, step: number): void {
      if (every_steps === 0 || busy !== undefined || step - shown < every_steps) return;
      shown = step;
      busy = decode(bytes, MAX_PREVIEW_PIXELS)
        .then((image) => onPreview({ image, output_index, step }))
        // A preview that cannot be read is no reason to lose the picture.
        .catch(() => undefined)
        .finally(() => {
          busy = undefined;
        });
    },
    async idle(): Promise<void> {
      await busy;
    },
  };
}
