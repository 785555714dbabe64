import type { NamedTensors } from "../inference/session.ts";
import { componentOf, type ImageBundle } from "../models/bundle.ts";
import type { TensorSpec } from "../models/component.ts";
import { elementCount, type Tensor, zeros } from "../tensor/tensor.ts";
import { breathe } from "./breathe.ts";
import type { PromptEmbedding } from "./encode-prompts.ts";
import { floatsOf } from "./floats-of.ts";
import type { PreparedControl } from "./prepare-controls.ts";

/** A prompt that the UNet sees, and how much it counts in each latent cell; absent = everywhere. */
export interface PromptShare {
  readonly embedding: PromptEmbedding;
  readonly share?: Float32Array;
}

/** One UNet run: its rows, and the inputs that stay the same over the steps. */
export class PromptBatch {
  readonly rows: readonly PromptShare[];
  /** Whether the first row is the negative prompt. */
  readonly startsNegative: boolean;
  /** Inputs that UNet and ControlNets share. */
  readonly feeds: NamedTensors;
  readonly #sample: Tensor;
  readonly #timestep: Tensor<Float32Array | BigInt64Array>;
  readonly #maps: ReadonlyMap<PreparedControl, Tensor>;
  readonly #scales: ReadonlyMap<PreparedControl, Tensor>;
  readonly #noResiduals: NamedTensors;

  constructor(
    rows: readonly PromptShare[],
    bundle: ImageBundle,
    controls: readonly PreparedControl[],
    [, channels = 0, height = 0, width = 0]: readonly number[],
    startsNegative: boolean,
  ) {
    this.rows = rows;
    this.startsNegative = startsNegative;
    const { manifest } = bundle;
    const count = rows.length;
    const { tokens = 0, dim = 0 } = rows[0]?.embedding ?? {};
    const hidden = zeros([count, tokens, dim]);
    for (const [row, { embedding }] of rows.entries()) hidden.data.set(embedding.hidden, row * tokens * dim);
    this.#sample = zeros([count, channels, height, width]);
    const inputs = componentOf(bundle, "unet").inputs;
    const timestepDims = scalarDims(inputs, "timestep", count);
    const length = elementCount(timestepDims);
    this.#timestep = {
      dims: timestepDims,
      data: manifest.stable_diffusion.timestep_dtype === "int64" ? new BigInt64Array(length) : new Float32Array(length),
    };
    this.feeds = { sample: this.#sample, timestep: this.#timestep, encoder_hidden_states: hidden };

    const nets = controls.filter(({ session }) => session !== undefined);
    this.#maps = new Map(nets.map((control) => [control, repeat(control.map, count)]));
    this.#scales = new Map(
      nets.map((control) => {
        const scaleDims = scalarDims(componentOf(bundle, control.component).inputs, "conditioning_scale", count);
        const data = new Float32Array(elementCount(scaleDims)).fill(control.control.conditioning_scale);
        return [control, { dims: scaleDims, data }];
      }),
    );
    this.#noResiduals = Object.fromEntries(
      manifest.stable_diffusion.residuals.map(({ name, channels: depth, downscale }) => [
        name,
        zeros([count, depth, Math.ceil(height / downscale), Math.ceil(width / downscale)]),
      ]),
    );
  }

  /** Puts the same sample and timestep into every row. */
  setSample(sample: Float32Array, timestep: number): void {
    for (let row = 0; row < this.rows.length; row++) this.#sample.data.set(sample, row * sample.length);
    const { data } = this.#timestep;
    if (data instanceof BigInt64Array) data.fill(BigInt(Math.round(timestep)));
    else data.fill(timestep);
  }

  /** Runs the ControlNets among `active` and sums their residuals; zeros when there are none. */
  async residuals(active: readonly PreparedControl[], signal: AbortSignal): Promise<NamedTensors> {
    const names = Object.keys(this.#noResiduals);
    let sum: NamedTensors | undefined;
    for (const control of active) {
      const controlnet_cond = this.#maps.get(control);
      const conditioning_scale = this.#scales.get(control);
      if (control.session === undefined || controlnet_cond === undefined || conditioning_scale === undefined) continue;
      await breathe(signal);
      const outputs = await control.session.run({ ...this.feeds, controlnet_cond, conditioning_scale }, names);
      if (sum === undefined) sum = outputs;
      else for (const name of names) addTo(floatsOf(sum, name), floatsOf(outputs, name));
    }
    return sum ?? this.#noResiduals;
  }
}

function addTo(target: Float32Array, added: Float32Array): void {
  for (let k = 0; k < target.length; k++) target[k] = (target[k] ?? 0) + (added[k] ?? 0);
}

/** Gives the shape of an input that holds one number for the batch: [], [1], or [batch] where the graph names that axis. */
function scalarDims(inputs: readonly TensorSpec[], name: string, batch: number): number[] {
  const batchAxis = inputs.find((input) => input.name === "sample")?.shape[0];
  const shape = inputs.find((input) => input.name === name)?.shape ?? [];
  return shape.map((axis) => (typeof axis === "string" && axis === batchAxis ? batch : 1));
}

function repeat({ dims, data }: Tensor, count: number): Tensor {
  const repeated = zeros([count, ...dims.slice(1)]);
  for (let row = 0; row < count; row++) repeated.data.set(data, row * data.length);
  return repeated;
}
