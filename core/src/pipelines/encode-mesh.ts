import { hiddenPrompt } from "../formats/hidden-prompt.ts";
import { encodeMeshGlb } from "../formats/mesh-glb.ts";
import { encodeObj } from "../formats/obj.ts";
import { encodePly } from "../formats/ply.ts";
import { countOpenEdges, measureModel } from "../mesh/measure-model.ts";
import type { Model } from "../mesh/mesh.ts";
import { turnUp } from "../mesh/turn-up.ts";
import type { MeshFormat } from "../protocol/mesh.ts";
import { breathe } from "./breathe.ts";
import type { GeneratedMesh } from "./generated-mesh.ts";
import type { ResolvedMeshParams } from "./mesh-params.ts";

/** One file of a mesh, not yet signed. */
export interface EncodedMeshFile {
  format: MeshFormat;
  /** Level of detail, 0 = all triangles. */
  lod: number;
  bytes: Uint8Array;
  triangles: number;
  vertices: number;
  /** Extent along x, y, z as in the file, metres. */
  size_m: [number, number, number];
  /** Whether the whole is watertight. */
  closed: boolean;
  /** Edges with one triangle only. */
  open_edges: number;
}

/** A finished mesh in the formats that were asked for, not yet signed. */
export interface EncodedMesh extends Pick<GeneratedMesh, "seed" | "origin"> {
  /** Name of the thing, for titles: one English noun or a library's name. */
  name: string;
  /** Level by level, each in the order of the request's formats. */
  files: EncodedMeshFile[];
}

/** Options of {@link encodeMesh}. */
export interface EncodeMeshOptions {
  /** Whether prompts are kept out of the files. */
  prompt_privacy: boolean;
  signal: AbortSignal;
}

/**
 * Writes every level of a mesh in every format of its request. Textures take a while to pack, so it is done where graphs run, and the
 * signal is heard between two files.
 *
 * @throws the signal's reason when aborted
 */
export async function encodeMesh(
  { levels, seed, origin }: GeneratedMesh,
  params: ResolvedMeshParams,
  { prompt_privacy, signal }: EncodeMeshOptions,
): Promise<EncodedMesh> {
  const prompt = prompt_privacy ? hiddenPrompt(params.prompt) : params.prompt;
  const files: EncodedMeshFile[] = [];
  for (const [lod, level] of levels.entries()) {
    const open_edges = countOpenEdges(level);
    // What was made of the words tells the words.
    const { category, values } = prompt_privacy ? {} : origin;
    const extras = { prompt, seed, lod, source: origin.source, category, values };
    for (const format of params.output.formats) {
      await breathe(signal);
      const model = format === "glb" ? level : turnUp(level, params.up_axis);
      const { triangles, vertices, size } = measureModel(model);
      const bytes = await encode(format, model, params, extras);
      files.push({ format, lod, bytes, triangles, vertices, size_m: [...size], closed: open_edges === 0, open_edges });
    }
  }
  return { seed, origin, name: levels[0]?.name ?? "mesh", files };
}

async function encode(
  format: MeshFormat,
  model: Model,
  { output: { texture_mime } }: ResolvedMeshParams,
  extras: Record<string, unknown>,
): Promise<Uint8Array> {
  switch (format) {
    case "glb":
      return await encodeMeshGlb(model, { texture_mime, extras });
    case "obj":
      return encodeObj(model);
    case "ply":
      return encodePly(model);
  }
}
