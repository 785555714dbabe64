import type { MeshBundle } from "../models/bundle.ts";
import { CoreError } from "../protocol/errors.ts";
import { formatIssues, type Issue } from "../protocol/issues.ts";
import type { Limits } from "../protocol/limits.ts";
import { type MeshParams, MeshParamsSchema } from "../protocol/mesh.ts";
import { parseParams } from "../protocol/parse.ts";

/** Fields of the request that may be absent and are always there once it was checked. */
type FilledIn = "bundle" | "source" | "num_inference_steps" | "guidance_scale" | "grid_resolution" | "seed";

/** Parameters with every default filled in, so that nothing is chosen behind the record's back. */
export type ResolvedMeshParams = MeshParams & { [Field in FilledIn]: NonNullable<MeshParams[Field]> };

/** A level of detail with fewer triangles than a tetrahedron in each direction is no thing any more. */
const MIN_LEVEL_TRIANGLES = 12;
/** Places, normals, tangents, colours and the finished textures of a texel. */
const BYTES_PER_TEXEL = 96;
/** A field's value with its grid of crossings, and the dense surface of it. */
const BYTES_PER_CELL = 40;
/** A vertex in the file and in the tables of what is made of it. */
const BYTES_PER_TRIANGLE = 400;

/** What a request is held against. */
export interface ResolveMeshOptions {
  bundle: MeshBundle;
  limits: Pick<Limits, "max_prompt_bytes">;
  /** Gives a random unsigned 32-bit number; called once if the request has no seed. */
  drawSeed(): number;
}

/**
 * Checks the parameters of a mesh request and fills in every default: the one place where that is done. What passes can run, but for
 * an `image`, whose bytes are looked at when they are there. Words that the bundle does not know are no error.
 *
 * @throws CoreError INVALID_REQUEST with `data.issues`
 */
export function resolveMeshParams(value: unknown, options: ResolveMeshOptions): ResolvedMeshParams {
  const { bundle, limits, drawSeed } = options;
  const parsed = parseParams(MeshParamsSchema, value);
  const { defaults } = bundle.manifest.mesh_diffusion;
  const params: ResolvedMeshParams = {
    ...parsed,
    bundle: bundle.manifest.id,
    // A picture is what only a network can use.
    source: parsed.source ?? (parsed.image === undefined ? defaults.source : "generated"),
    num_inference_steps: parsed.num_inference_steps ?? defaults.num_inference_steps,
    guidance_scale: parsed.guidance_scale ?? defaults.guidance_scale,
    grid_resolution: parsed.grid_resolution ?? defaults.grid_resolution,
    seed: parsed.seed ?? drawSeed(),
  };
  const issues = [
    ...promptIssues(params, bundle, limits),
    ...sourceIssues(params, bundle),
    ...imageIssues(params, bundle),
    ...variationIssues(params, bundle),
    ...levelIssues(params),
    ...outputIssues(params),
  ];
  if (issues.length > 0) throw new CoreError("INVALID_REQUEST", formatIssues(issues), { data: { issues } });
  return params;
}

function promptIssues(
  { prompt, image }: ResolvedMeshParams,
  bundle: MeshBundle,
  { max_prompt_bytes }: ResolveMeshOptions["limits"],
): Issue[] {
  const path = "params.prompt";
  const bytes = Buffer.byteLength(prompt);
  if (bytes > max_prompt_bytes) return [{ path, message: `must have at most ${max_prompt_bytes} bytes, has ${bytes}` }];
  if (prompt.trim() !== "" || image !== undefined) return [];
  const { conditioning, categories } = bundle.manifest.mesh_diffusion;
  const example = categories[0]?.prompts[0] ?? "a red wooden chair";
  const picture = conditioning === "image" ? ", or params.image" : "";
  return [{ path, message: `is empty; expected what to make, such as ${JSON.stringify(example)}${picture}` }];
}

function sourceIssues({ source }: ResolvedMeshParams, { manifest }: MeshBundle): Issue[] {
  const { sources } = manifest.mesh_diffusion;
  if (source === "auto" || sources.includes(source)) return [];
  const known = ["auto", ...sources].join(", ");
  return [{ path: "params.source", message: `must be one of ${known} with this bundle, is ${source}` }];
}

function imageIssues({ image, source, prompt }: ResolvedMeshParams, { manifest }: MeshBundle): Issue[] {
  const { conditioning, sources } = manifest.mesh_diffusion;
  if (image !== undefined && conditioning !== "image") {
    return [{ path: "params.image", message: "must be left out with this bundle, which makes meshes from words" }];
  }
  if (image !== undefined && source !== "generated" && source !== "auto") {
    return [{ path: "params.source", message: `must be auto or generated with an image, is ${source}` }];
  }
  const onlyPictures = source === "generated" || sources.every((one) => one === "generated");
  if (image === undefined && conditioning === "image" && onlyPictures && prompt.trim() !== "") {
    return [
      {
        path: "params.image",
        message: "must be given with this bundle, which makes meshes from a picture; make one from the words first",
      },
    ];
  }
  return [];
}

/** Where nothing is drawn by the seed, variations would be copies. */
function variationIssues({ num_meshes_per_prompt, source }: ResolvedMeshParams, { manifest }: MeshBundle): Issue[] {
  const { sampler, sources } = manifest.mesh_diffusion;
  const onlyNetwork = source === "generated" || sources.every((one) => one === "generated");
  if (num_meshes_per_prompt === 1 || sampler?.type !== "one_pass" || !onlyNetwork) return [];
  const message = `must be 1 with this bundle, which makes one mesh of a picture whatever the seed, is ${num_meshes_per_prompt}`;
  return [{ path: "params.num_meshes_per_prompt", message }];
}

function levelIssues({ lods, target_triangles }: ResolvedMeshParams): Issue[] {
  const issues: Issue[] = [];
  lods.forEach((share, at) => {
    const path = `params.lods[${at}]`;
    const before = lods[at - 1];
    if (before !== undefined && share >= before) {
      issues.push({ path, message: `must be below the level before it, ${before}, is ${share}` });
    }
    const triangles = Math.floor(share * target_triangles);
    if (triangles < MIN_LEVEL_TRIANGLES) {
      issues.push({
        path,
        message: `must leave at least ${MIN_LEVEL_TRIANGLES} of ${target_triangles} triangles, leaves ${triangles}`,
      });
    }
  });
  return issues;
}

function outputIssues({ output: { formats } }: ResolvedMeshParams): Issue[] {
  const twice = formats.find((format, i) => formats.indexOf(format) !== i);
  return twice === undefined ? [] : [{ path: "params.output.formats", message: `names ${twice} twice` }];
}

/**
 * Estimates the memory that a job needs: what the bundle needs, the textures while they are baked, the field's grid where one is made,
 * and the finished meshes.
 */
export function estimateMeshMemory(params: ResolvedMeshParams, bundle: MeshBundle): number {
  const { memory_bytes, mesh_diffusion } = bundle.manifest;
  const mayGenerate =
    params.source === "generated" || (params.source === "auto" && mesh_diffusion.sources.includes("generated"));
  const texels = params.texture_size ** 2;
  const levels = 1 + params.lods.reduce((sum, share) => sum + share, 0);
  const mesh = params.target_triangles * levels * BYTES_PER_TRIANGLE + texels * 9;
  return (
    memory_bytes +
    texels * BYTES_PER_TEXEL +
    (mayGenerate ? params.grid_resolution ** 3 * BYTES_PER_CELL : 0) +
    mesh * params.num_meshes_per_prompt
  );
}
