import type { GraphSession } from "../inference/session.ts";
import type { MeshBundle } from "../models/bundle.ts";
import type { MeshDiffusionConfig } from "../models/mesh-diffusion-config.ts";
import { CoreError } from "../protocol/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { breathe } from "./breathe.ts";
import { floatsOf } from "./floats-of.ts";
import type { PipelineContext } from "./pipeline.ts";

/** What a bundle's field is at points. */
export interface FieldSample {
  /** Below 0 inside, 0 at the surface, above 0 outside, [n]; distances in the units of the bundle's box where the field is an sdf. */
  readonly values: Float32Array;
  /** sRGB in [0, 1], [n, 3]; of bundles whose decoder gives colour. */
  readonly colours?: Float32Array;
  /** Roughness and metalness in [0, 1], [n, 2]; of bundles whose decoder gives them. */
  readonly materials?: Float32Array;
}

/** The field that a latent stands for. */
export interface MeshField {
  /** Gives the values alone at points [n, 3] in the bundle's box; a cancel is heard between calls of the graph. */
  values(points: Float32Array): Promise<Float32Array>;
  /** Gives all that the decoder knows at points [n, 3]. */
  sample(points: Float32Array): Promise<FieldSample>;
}

/**
 * Opens the field of a latent: runs the latent decoder, where there is one, once; the field decoder is then asked as often as needed, with
 * at most points_per_call points.
 *
 * @param latent [1, tokens, channels]
 * @throws CoreError BUNDLE_INVALID, BUNDLE_CORRUPT, OUT_OF_MEMORY, INFERENCE_FAILED; the signal's reason when aborted
 */
export async function openMeshField(
  latent: Tensor,
  { bundle, sessions, signal }: Pick<PipelineContext<MeshBundle>, "bundle" | "sessions" | "signal">,
): Promise<MeshField> {
  const { components, mesh_diffusion } = bundle.manifest;
  const config = mesh_diffusion.field;
  if (config === undefined) throw new Error("a bundle that generates has a field");
  let decoded: Tensor = latent;
  if (components.latent_decoder !== undefined) {
    const output = (await (await sessions.session("latent_decoder")).run({ latent }, ["decoded"])).decoded;
    decoded = { dims: output?.dims ?? [], data: floatsOf(output === undefined ? {} : { decoded: output }, "decoded") };
    await breathe(signal);
  }
  const decoder = await sessions.session("field_decoder");
  const input = components.latent_decoder === undefined ? "latent" : "decoded";
  const ask = (points: Float32Array, outputs: readonly FieldOutput[]) =>
    askField(decoder, { [input]: decoded }, points, outputs, config.points_per_call, signal);
  const wanted = OUTPUTS.filter((name) => name === "field" || (name === "colour" ? config.colour : config.material));
  return {
    values: async (points) => toSigned((await ask(points, ["field"])).field, config),
    async sample(points) {
      const { field, colour, material } = await ask(points, wanted);
      return {
        values: toSigned(field, config),
        ...(config.colour ? { colours: colour } : {}),
        ...(config.material ? { materials: material } : {}),
      };
    },
  };
}

type FieldOutput = "field" | "colour" | "material";
const OUTPUTS: readonly FieldOutput[] = ["field", "colour", "material"];
/** Numbers of a point. */
const WIDTHS = { field: 1, colour: 3, material: 2 } as const;

/** Runs the field decoder over points, some at a time. */
async function askField(
  decoder: GraphSession,
  feeds: Record<string, Tensor>,
  points: Float32Array,
  outputs: readonly FieldOutput[],
  most: number,
  signal: AbortSignal,
): Promise<Record<FieldOutput, Float32Array>> {
  const count = points.length / 3;
  const found = { field: new Float32Array(), colour: new Float32Array(), material: new Float32Array() };
  for (const name of outputs) found[name] = new Float32Array(count * WIDTHS[name]);
  for (let start = 0; start < count; start += most) {
    const end = Math.min(start + most, count);
    const part: Tensor = { dims: [1, end - start, 3], data: points.slice(start * 3, end * 3) };
    const result = await decoder.run({ ...feeds, points: part }, outputs);
    for (const name of outputs) found[name].set(floatsOf(result, name), start * WIDTHS[name]);
    await breathe(signal);
  }
  return found;
}

/** A density below this is none: the logarithm stays finite. */
const LEAST_DENSITY = 1e-30;

/**
 * Turns what a graph gives into numbers below 0 inside. Densities grow like an exponential, so their logarithm is what lies straight
 * between two samples: the surface is the same, and less stepped.
 */
function toSigned(field: Float32Array, { kind, level, inside }: NonNullable<MeshDiffusionConfig["field"]>) {
  const sign = inside === "below" ? 1 : -1;
  const scaled = kind === "density" && level > 0;
  const surface = scaled ? Math.log(level) : level;
  for (let i = 0; i < field.length; i++) {
    const value = field[i] ?? 0;
    if (Number.isNaN(value)) {
      throw new CoreError("INFERENCE_FAILED", `The field decoder gave no number at point ${i} of ${field.length}.`, {
        remedy: "Try another seed; if it stays so, export the bundle again in float32.",
      });
    }
    // float16 weights may overflow; what is endless counts as very much.
    const finite = Math.min(Math.max(value, -MOST), MOST);
    field[i] = sign * ((scaled ? Math.log(Math.max(finite, LEAST_DENSITY)) : finite) - surface);
  }
  return field;
}

const MOST = 1e30;
