import type { Tensor, TensorData } from "../tensor/tensor.ts";

/** Named tensors that go into or come out of a graph. */
export type NamedTensors = Record<string, Tensor<TensorData>>;

/** A loaded ONNX graph as the pipelines see it. */
export interface GraphSession {
  /** Execution provider that runs it. */
  readonly provider: string;
  /**
   * Runs the graph once; blocks its thread until it is done.
   *
   * @throws CoreError OUT_OF_MEMORY, INFERENCE_FAILED
   */
  run(feeds: NamedTensors, outputs?: readonly string[]): Promise<NamedTensors>;
}

/** Gives the sessions of one bundle; loads them when first asked for, keeps them while the memory budget allows. */
export interface BundleSessions {
  /** @throws CoreError BUNDLE_CORRUPT, OUT_OF_MEMORY, PROVIDER_UNAVAILABLE */
  session(component: string): Promise<GraphSession>;
}
