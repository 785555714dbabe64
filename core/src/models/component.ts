import { z } from "zod";
import { Sha256Schema } from "../protocol/fields.ts";

/** File inside a bundle: a plain relative path with forward slashes, no `..`. */
export const BundleFileSchema = z
  .string()
  .max(200)
  .regex(
    /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/,
    "expected a relative path inside the bundle",
  );

const TensorSpecSchema = z
  .strictObject({
    name: z.string().describe("Name in the graph."),
    shape: z.array(z.union([z.int(), z.string()])).describe("Numbers, or names of dynamic axes."),
    dtype: z.enum(["float32", "float16", "int64", "int32", "bool", "uint8"]).describe("Type of the elements."),
  })
  .meta({ id: "TensorSpec", description: "Name, shape and type of a graph's input or output." });
export type TensorSpec = z.infer<typeof TensorSpecSchema>;

/** Any other file of a bundle. */
export const HashedFileSchema = z
  .strictObject({
    file: BundleFileSchema.describe("Name inside the bundle."),
    sha256: Sha256Schema,
    size: z.int().min(1).describe("Bytes."),
  })
  .meta({ id: "HashedFile", description: "A file of a bundle that is no graph." });
export type HashedFile = z.infer<typeof HashedFileSchema>;

/** One ONNX graph of a bundle. */
export const ComponentSchema = z
  .strictObject({
    file: BundleFileSchema.describe("ONNX file."),
    sha256: Sha256Schema,
    size: z.int().min(1).describe("Bytes."),
    external_data: z
      .array(
        z.strictObject({
          file: BundleFileSchema.describe("Name that the graph uses."),
          sha256: Sha256Schema,
          size: z.int().min(1).describe("Bytes."),
        }),
      )
      .default([])
      .describe("Weight files beside the graph, by the names that the graph uses."),
    inputs: z.array(TensorSpecSchema).describe("Inputs of the graph."),
    outputs: z.array(TensorSpecSchema).describe("Outputs of the graph."),
  })
  .meta({ id: "Component", description: "One ONNX graph of a bundle." });
export type Component = z.infer<typeof ComponentSchema>;
