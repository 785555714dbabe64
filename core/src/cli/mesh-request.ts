import { basename, dirname, join } from "node:path";
import { MESH_FORMS } from "../formats/mesh-forms.ts";
import { CoreError } from "../protocol/errors.ts";
import { type MeshFormat, MeshFormatSchema } from "../protocol/mesh.ts";
import { definedOnly } from "./defined-only.ts";
import { isFolderName } from "./is-folder-name.ts";
import { onePrompt } from "./one-prompt.ts";

/** Options of `genga generate mesh`, as commander gives them. */
export interface GenerateMeshOptions {
  prompt?: string;
  bundle?: string;
  image?: string;
  source?: string;
  seed?: number;
  count?: number;
  steps?: number;
  guidance?: number;
  grid?: number;
  triangles?: number;
  lods?: string;
  textureSize?: number;
  textureFormat?: string;
  symmetry?: string;
  upAxis?: string;
  size?: number;
  format?: string;
  out: string;
}

/** Where meshes are saved: `<base><ending>`, or in a folder by the names that the core gives. */
export type MeshPlace = { folder: string } | { base: string };

/** Gives the parameters that words and options name, with a file name where the protocol has a hash. @throws CoreError INVALID_REQUEST */
export function meshParams(words: string | undefined, options: GenerateMeshOptions): Record<string, unknown> {
  return definedOnly({
    bundle: options.bundle,
    prompt: onePrompt(words, options.prompt),
    image: options.image,
    source: options.source,
    seed: options.seed,
    num_meshes_per_prompt: options.count,
    num_inference_steps: options.steps,
    guidance_scale: options.guidance,
    grid_resolution: options.grid,
    target_triangles: options.triangles,
    lods: options.lods === undefined ? undefined : lodsOf(options.lods),
    texture_size: options.textureSize,
    symmetry: options.symmetry,
    up_axis: options.upAxis?.toUpperCase(),
    size_m: options.size,
    output: definedOnly({
      formats: formatsOf(options),
      texture_mime: options.textureFormat === undefined ? undefined : `image/${options.textureFormat}`,
    }),
  });
}

/** Gives the place that `--out` names: a file if it ends like one, else a folder. */
export function meshPlace(out: string): MeshPlace {
  const ending = isFolderName(out) ? undefined : endingOf(out);
  return ending === undefined ? { folder: out } : { base: join(dirname(out), basename(out).slice(0, -ending.length)) };
}

/** What a file of a mesh is, of those that one job made. */
export interface MadeMesh {
  /** Name that the core gave. */
  name: string;
  format: MeshFormat;
  variation: number;
  lod: number;
}

/**
 * Gives the file of an output: `chair.glb`, `chair-2.glb` for the second of several variations, `chair_LOD1.glb` for a level of detail. Of
 * the name that a core gives only the last part counts, since a core may be another machine's.
 */
export function meshFile(place: MeshPlace, { name, format, variation, lod }: MadeMesh, variations: number): string {
  const { ending } = MESH_FORMS[format];
  if ("folder" in place) return join(place.folder, basename(name.replaceAll("\\", "/")) || `mesh${ending}`);
  const number = variations === 1 ? "" : `-${variation + 1}`;
  return `${place.base}${number}${lod === 0 ? "" : `_LOD${lod}`}${ending}`;
}

/** Gives the formats that the options ask for: those named, else that of the file's ending; undefined = the protocol's default. */
function formatsOf({ format, out }: GenerateMeshOptions): MeshFormat[] | undefined {
  if (format !== undefined) {
    return format.split(",").map((name) => {
      const parsed = MeshFormatSchema.safeParse(name.trim().toLowerCase());
      if (parsed.success) return parsed.data;
      throw new CoreError(
        "INVALID_REQUEST",
        `Cannot write the format "${name.trim()}"; expected some of: ${MeshFormatSchema.options.join(", ")}.`,
        { remedy: "Write for instance --format glb,obj" },
      );
    });
  }
  const ending = isFolderName(out) ? undefined : endingOf(out);
  return ending === undefined
    ? undefined
    : MeshFormatSchema.options.filter((name) => MESH_FORMS[name].ending === ending);
}

function endingOf(file: string): string | undefined {
  const name = basename(file).toLowerCase();
  return Object.values(MESH_FORMS)
    .map(({ ending }) => ending)
    .find((ending) => name.endsWith(ending) && name.length > ending.length);
}

/** Reads `0.5,0.25`. */
function lodsOf(text: string): number[] {
  return text.split(",").map((part) => {
    const share = Number(part);
    if (part.trim() !== "" && Number.isFinite(share)) return share;
    throw new CoreError(
      "INVALID_REQUEST",
      `Cannot read the level of detail "${part.trim()}"; expected shares of the triangles, for instance 0.5,0.25.`,
    );
  });
}
