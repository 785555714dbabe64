import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { Component, TensorSpec } from "../models/component.ts";
import { CoreError } from "../protocol/errors.ts";
import { fromHalf, toHalf } from "../tensor/float16.ts";
import { elementCount, type Tensor, type TensorData } from "../tensor/tensor.ts";
import { ortError } from "./ort-errors.ts";
import type { ProviderName } from "./provider-choice.ts";
import { ORT_NAMES } from "./providers.ts";
import type { GraphSession, NamedTensors } from "./session.ts";

/** A graph that holds memory until it is released. */
export interface LoadedGraph extends GraphSession {
  release(): Promise<void>;
}

/** Options of {@link createOrtSession}. */
export interface OrtSessionOptions {
  /** The graph's file. */
  file: string;
  component: Component;
  /** Component and bundle as the person knows them: `unet of bundle "sd15"`. */
  label: string;
  provider: ProviderName;
  /** Threads inside an operator. The same number gives the same bytes; another number may change the last bit of a sum. */
  threads: number;
  /** Further settings of the runtime, for the graph cache. */
  options?: InferenceSession.SessionOptions;
}

/**
 * Loads a graph. Names, types and ranks are held against the manifest here, the tensors of each run later, so that a wrong feed
 * is named instead of failing somewhere inside a graph.
 *
 * float16 stays inside: float32 tensors are converted on the way in, and outputs on the way out.
 *
 * @throws CoreError OUT_OF_MEMORY, BUNDLE_CORRUPT, BUNDLE_INVALID, INFERENCE_FAILED
 */
export async function createOrtSession(settings: OrtSessionOptions): Promise<LoadedGraph> {
  const { file, component, label, provider, threads, options } = settings;
  const session = await InferenceSession.create(file, {
    executionProviders: provider === "cpu" ? ["cpu"] : [ORT_NAMES[provider], "cpu"],
    executionMode: "sequential",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    // Failures come back as errors and are told once; the runtime's own log would say them a second time.
    logSeverityLevel: 4,
    ...(provider === "directml" ? { enableMemPattern: false } : {}),
    ...options,
  }).catch((thrown: unknown) => {
    throw ortError(thrown, { action: "load", label, provider });
  });
  try {
    checkValues(component.inputs, session.inputMetadata, label, "input");
    checkValues(component.outputs, session.outputMetadata, label, "output");
  } catch (thrown) {
    await session.release();
    throw thrown;
  }
  const outputNames = component.outputs.map(({ name }) => name);
  return {
    provider,
    run: async (feeds, outputs = outputNames) => {
      const inputs = toOrtFeeds(feeds, component.inputs, label);
      const missing = outputs.find((name) => !outputNames.includes(name));
      if (missing !== undefined) {
        throw failed(label, `has no output "${missing}"; it has: ${outputNames.join(", ")}`);
      }
      const results = await session.run(inputs, outputs).catch((thrown: unknown) => {
        throw ortError(thrown, { action: "run", label, provider });
      });
      return fromOrt(results, outputs, label);
    },
    release: () => session.release(),
  };
}

/** Holds what the manifest says of inputs or outputs against the graph itself. */
function checkValues(
  specs: readonly TensorSpec[],
  values: readonly InferenceSession.ValueMetadata[],
  label: string,
  kind: "input" | "output",
): void {
  const listed = values.map(({ name }) => name).join(", ");
  for (const spec of specs) {
    const value = values.find(({ name }) => name === spec.name);
    if (value === undefined) throw mismatch(label, `has no ${kind} "${spec.name}"; it has: ${listed}`);
    if (!value.isTensor || value.type !== spec.dtype) {
      throw mismatch(
        label,
        `${kind} "${spec.name}" is ${value.isTensor ? value.type : "no tensor"}; bundle.json says ${spec.dtype}`,
      );
    }
    if (value.shape.length !== spec.shape.length) {
      throw mismatch(
        label,
        `${kind} "${spec.name}" has ${value.shape.length} axes; bundle.json says ${spec.shape.length}`,
      );
    }
  }
  const unknown = values.find(({ name }) => !specs.some((spec) => spec.name === name));
  if (kind === "input" && unknown !== undefined)
    throw mismatch(label, `wants "${unknown.name}", which bundle.json does not name`);
}

function toOrtFeeds(feeds: NamedTensors, specs: readonly TensorSpec[], label: string): Record<string, OrtTensor> {
  const stranger = Object.keys(feeds).find((name) => !specs.some((spec) => spec.name === name));
  if (stranger !== undefined) {
    throw failed(label, `takes no "${stranger}"; it takes: ${specs.map(({ name }) => name).join(", ")}`);
  }
  return Object.fromEntries(
    specs.map((spec) => {
      const tensor = feeds[spec.name];
      if (tensor === undefined) throw failed(label, `was given no "${spec.name}"`);
      checkShape(spec, tensor, label);
      return [spec.name, toOrt(spec, tensor, label)];
    }),
  );
}

function checkShape(spec: TensorSpec, { dims, data }: Tensor<TensorData>, label: string): void {
  const fits =
    dims.length === spec.shape.length && spec.shape.every((dim, axis) => typeof dim === "string" || dim === dims[axis]);
  if (!fits)
    throw failed(label, `was given "${spec.name}" of shape [${dims.join(", ")}]; expected [${spec.shape.join(", ")}]`);
  if (data.length !== elementCount(dims)) {
    throw failed(label, `was given "${spec.name}" with ${data.length} elements for the shape [${dims.join(", ")}]`);
  }
}

function toOrt({ name, dtype }: TensorSpec, { dims, data }: Tensor<TensorData>, label: string): OrtTensor {
  if (dtype === "float32" && data instanceof Float32Array) return new OrtTensor("float32", data, dims);
  if (dtype === "float16" && data instanceof Float32Array) return new OrtTensor("float16", toHalf(data), dims);
  if (dtype === "float16" && data instanceof Uint16Array) return new OrtTensor("float16", data, dims);
  if (dtype === "int64" && data instanceof BigInt64Array) return new OrtTensor("int64", data, dims);
  if (dtype === "int32" && data instanceof Int32Array) return new OrtTensor("int32", data, dims);
  if ((dtype === "bool" || dtype === "uint8") && data instanceof Uint8Array) return new OrtTensor(dtype, data, dims);
  throw failed(label, `was given "${name}" as ${data.constructor.name}; it wants ${dtype}`);
}

function fromOrt(results: InferenceSession.ReturnType, outputs: readonly string[], label: string): NamedTensors {
  return Object.fromEntries(
    outputs.map((name) => {
      const value = results[name];
      if (!(value instanceof OrtTensor)) throw failed(label, `gave no "${name}"`);
      return [name, { dims: value.dims, data: dataOf(value, name, label) }];
    }),
  );
}

/** The runtime gives each output its own buffer, so it is handed on as it is; float16 becomes float32. */
function dataOf({ type, data }: OrtTensor, name: string, label: string): TensorData {
  if (type === "float16" && ArrayBuffer.isView(data)) {
    return fromHalf(new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2));
  }
  if (
    data instanceof Float32Array ||
    data instanceof BigInt64Array ||
    data instanceof Int32Array ||
    data instanceof Uint8Array
  ) {
    return data;
  }
  throw failed(label, `gave "${name}" as ${type}, which the core does not read`);
}

function mismatch(label: string, what: string): CoreError {
  return new CoreError("BUNDLE_INVALID", `The ${label} ${what}.`, { remedy: "Export the bundle again." });
}

function failed(label: string, what: string): CoreError {
  return new CoreError("INFERENCE_FAILED", `The ${label} ${what}.`, {
    remedy: "The bundle does not fit the pipeline; export it again.",
  });
}
