import type { JobSummary } from "../protocol/core-messages.ts";
import type { AssetRef } from "../protocol/fields.ts";
import { element } from "./dom.ts";
import { drawSkeleton, skeletonColorsOf } from "./draw-skeleton.ts";
import { loadModelStage } from "./load-model-stage.ts";
import { shownModel, shownMotion } from "./shown-file.ts";
import type { ShownMotion } from "./skeleton-pose.ts";

/** Pixels of a side, twice what a card shows. */
const SIDE = 384;
/** A larger model is not fetched for a small picture, bytes. */
const MODEL_LIMIT = 64 * 1024 ** 2;

/** Address of the picture of each file that was drawn, or is being: a card that is made again finds it. */
const drawn = new Map<string, Promise<string>>();
/** The last drawing: they come one after another. */
let last: Promise<unknown> = Promise.resolve();
/** What to do with the cards that come into sight. */
const waiting = new Map<Element, () => void>();
const sight = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    sight.unobserve(target);
    waiting.get(target)?.();
    waiting.delete(target);
  }
});

/**
 * Gives a small picture of a motion's or a mesh's file: the pose in its middle, or the model as the turntable starts. It is drawn when it
 * comes into sight; until then, and where it cannot be drawn, the form of the file stands there in a word.
 */
export function renderThumbnail(asset: AssetRef, job: JobSummary): HTMLElement {
  const place = element("span", { className: "file" }, element("strong", { className: "form" }, formOf(asset)));
  const motion = shownMotion(asset, job);
  const model = shownModel(asset, job);
  const shown = motion ?? (model !== undefined && model.size <= MODEL_LIMIT ? model : undefined);
  if (shown === undefined) return place;
  const { sha256 } = shown;
  const show = () => {
    const picture =
      drawn.get(sha256) ?? after(() => (motion === undefined ? pictureOfModel(sha256) : pictureOfMotion(sha256)));
    drawn.set(sha256, picture);
    picture
      .then((src) => place.replaceChildren(element("img", { src, alt: job.label })))
      // The word stays; a click on the card tells why.
      .catch(() => undefined);
  };
  if (drawn.has(sha256)) show();
  else {
    waiting.set(place, show);
    sight.observe(place);
  }
  return place;
}

function after(draw: () => Promise<string>): Promise<string> {
  const next = last.then(draw);
  last = next.catch(() => undefined);
  return next;
}

async function pictureOfModel(sha256: string): Promise<string> {
  const [response, { drawModel }] = await Promise.all([fetchAsset(sha256), loadModelStage()]);
  return URL.createObjectURL(await drawModel(await response.arrayBuffer(), SIDE));
}

async function pictureOfMotion(sha256: string): Promise<string> {
  // The core that served this page made the file, so it is what the type says.
  const motion: ShownMotion = await (await fetchAsset(sha256)).json();
  const canvas = element("canvas", { width: SIDE, height: SIDE });
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser cannot draw.");
  const frame = Math.floor(motion.frames / 2);
  const [x = 0, , z = 0] = motion.root[frame] ?? [];
  const orbit = { target: [x, 0.9, z] as [number, number, number], yaw: 0.6, pitch: 0.2, distance: 3.4 };
  drawSkeleton(context, motion, frame, orbit, skeletonColorsOf(document.documentElement));
  return URL.createObjectURL(
    await new Promise<Blob>((resolve, reject) =>
      canvas.toBlob((blob) =>
        blob === null ? reject(new Error("The browser cannot keep the picture.")) : resolve(blob),
      ),
    ),
  );
}

async function fetchAsset(sha256: string): Promise<Response> {
  const response = await fetch(`/assets/${sha256}`);
  if (!response.ok) throw new Error(`The file cannot be fetched (${response.status}).`);
  return response;
}

/** The form of a file in a word, by the end of its name: GLB, BVH, JSON, OPENPOSE. */
function formOf({ name = "", mime }: AssetRef): string {
  const [, form] = /\.(openpose(?=\.json$)|[a-z0-9]+$)/i.exec(name) ?? [];
  return form === undefined ? mime : form.toUpperCase();
}
