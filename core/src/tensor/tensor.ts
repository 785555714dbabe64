/** Element types that cross the border to an ONNX graph. float16 travels as its bits in a Uint16Array. */
export type TensorData = Float32Array | BigInt64Array | Int32Array | Uint8Array | Uint16Array;

/** A dense row-major tensor. The holder of a tensor owns its buffer; functions never keep a tensor that they were given. */
export interface Tensor<D extends TensorData = Float32Array> {
  readonly dims: readonly number[];
  readonly data: D;
}

/** Gives the number of elements of a shape. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Makes a float32 tensor of zeros. */
export function zeros(dims: readonly number[]): Tensor {
  return { dims, data: new Float32Array(elementCount(dims)) };
}
