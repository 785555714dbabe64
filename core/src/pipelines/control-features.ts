import type { GraphSession, NamedTensors } from "../inference/session.ts";
import type { ImageBundle } from "../models/bundle.ts";
import { zeros } from "../tensor/tensor.ts";
import type { PromptEmbedding } from "./encode-prompts.ts";
import type { PreparedControl } from "./prepare-controls.ts";
import type { PromptBatch } from "./prompt-batch.ts";

/** Where the regions are, and their phrases, for a bundle that takes them natively. */
export interface NativeRegions {
  /** Region of each pixel, [height × width]: 0 = the prompt, 1 … = regions. */
  readonly ids: BigInt64Array;
  readonly phrases: readonly PromptEmbedding[];
  readonly width: number;
  readonly height: number;
}

/**
 * Runs a bundle's control encoder: once, and again only when a control begins or ends by its guidance range.
 *
 * `maps_present` holds each map's conditioning_scale. In the row of the negative prompt every region has the negative prompt's
 * phrase; maps and places are the same, so that guidance acts on the words alone.
 */
export class ControlFeatures {
  readonly #bundle: ImageBundle;
  readonly #session: GraphSession;
  readonly #regions: NativeRegions;
  readonly #latest = new Map<PromptBatch, { active: readonly PreparedControl[]; features: NamedTensors }>();

  constructor(bundle: ImageBundle, session: GraphSession, regions: NativeRegions) {
    this.#bundle = bundle;
    this.#session = session;
    this.#regions = regions;
  }

  /** Gives the UNet's feature inputs for a batch while these controls are in range. */
  async of(batch: PromptBatch, active: readonly PreparedControl[]): Promise<NamedTensors> {
    const latest = this.#latest.get(batch);
    if (
      latest !== undefined &&
      latest.active.length === active.length &&
      active.every((c) => latest.active.includes(c))
    ) {
      return latest.features;
    }
    const encoder = this.#bundle.manifest.stable_diffusion.control_encoder;
    const features = await this.#session.run(this.#feeds(batch, active), encoder?.features ?? []);
    this.#latest.set(batch, { active, features });
    return features;
  }

  #feeds(batch: PromptBatch, active: readonly PreparedControl[]): NamedTensors {
    const { controls, control_encoder } = this.#bundle.manifest.stable_diffusion;
    const { ids, phrases, width, height } = this.#regions;
    const kinds = control_encoder?.maps ?? [];
    const channels = kinds.map((kind) => controls.find((support) => support.kind === kind)?.channels ?? 0);
    const rows = batch.rows.length;
    const plane = width * height;
    const depth = channels.reduce((sum, count) => sum + count, 0);
    const dim = batch.rows[0]?.embedding.phrase.length ?? 0;

    const maps = zeros([rows, depth, height, width]);
    const maps_present = zeros([rows, kinds.length]);
    const phrase_embeddings = zeros([rows, phrases.length + 1, dim]);
    const region_ids = new BigInt64Array(rows * plane);
    for (const [row, { embedding }] of batch.rows.entries()) {
      let channel = 0;
      for (const [i, kind] of kinds.entries()) {
        const given = active.find(({ control, session }) => session === undefined && control.kind === kind);
        if (given !== undefined) {
          maps.data.set(given.map.data, (row * depth + channel) * plane);
          maps_present.data[row * kinds.length + i] = given.control.conditioning_scale;
        }
        channel += channels[i] ?? 0;
      }
      region_ids.set(ids, row * plane);
      const negative = batch.startsNegative && row === 0;
      for (const [i, { phrase }] of [embedding, ...phrases].entries()) {
        phrase_embeddings.data.set(negative ? embedding.phrase : phrase, (row * (phrases.length + 1) + i) * dim);
      }
    }
    return { maps, maps_present, region_ids: { dims: [rows, height, width], data: region_ids }, phrase_embeddings };
  }
}
