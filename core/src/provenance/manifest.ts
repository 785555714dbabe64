import { DIGITAL_SOURCE_TYPE, type DigitalSourceType } from "../formats/xmp.ts";
import type { LibraryModel, MeshSource } from "../protocol/mesh.ts";
import type { MotionFacts, SegmentOrigin } from "../protocol/motion.ts";
import { type DeclaredModel, type GenerationRecord, RECORD_ASSERTION_LABEL } from "../protocol/record.ts";
import type { IngredientInput } from "./provenance.ts";

/** A manifest definition as c2pa-rs reads it. */
export interface ManifestDefinition {
  title: string;
  format: string;
  claim_generator_info: { name: string; version: string }[];
  assertions: { label: string; data: unknown; kind?: "Json"; created?: boolean }[];
}

/** An ingredient definition as c2pa-rs reads it, and the file it stands for if there is one. */
export interface ManifestIngredient {
  definition: {
    title: string;
    /** Name by which actions refer to it: `ingredientIds`. */
    label: string;
    relationship: "parentOf" | "componentOf" | "inputTo";
    format: string;
    instance_id?: string;
    description: string;
    data_types?: { type: string }[];
  };
  source?: { bytes: Uint8Array; mime: string };
}

/** Roles of inputs that are the picture, motion or mesh itself, not guidance: it is then edited, not created. */
const PARENT_ROLES: ReadonlySet<string> = new Set(["init_image", "source", "mesh"]);

/** A shape program follows rules that people wrote; a model of a library was made by a person, and is fitted. */
const MESH_SOURCE_TYPES: Readonly<Record<MeshSource, DigitalSourceType>> = {
  parametric: DIGITAL_SOURCE_TYPE.algorithmicMedia,
  library: DIGITAL_SOURCE_TYPE.algorithmicallyEnhanced,
  generated: DIGITAL_SOURCE_TYPE.trainedAlgorithmicMedia,
};

const notAllowed = { use: "notAllowed" };
/** Says that a file may not be used to train models: CAWG Training and Data Mining Assertion 1.1 §2. */
export const NOT_FOR_TRAINING = {
  label: "cawg.training-mining",
  data: {
    entries: {
      "cawg.ai_inference": notAllowed,
      "cawg.ai_generative_training": notAllowed,
      "cawg.ai_training": notAllowed,
      "cawg.data_mining": notAllowed,
    },
  },
};

/**
 * Gives the digital source type of what a job makes: by a model; in part by one, where a picture or a mesh was edited or a recorded
 * motion made anew in part; a recorded motion or a library's model that was only fitted; or a mesh by a shape program, without a model.
 */
export function digitalSourceTypeOf(record: GenerationRecord): DigitalSourceType {
  if (record.motion !== undefined) return motionSourceType(record.motion);
  if (record.mesh !== undefined) return MESH_SOURCE_TYPES[record.mesh.origin.source];
  const isComposite = record.inputs.some((input) => PARENT_ROLES.has(input.role));
  return isComposite
    ? DIGITAL_SOURCE_TYPE.compositeWithTrainedAlgorithmicMedia
    : DIGITAL_SOURCE_TYPE.trainedAlgorithmicMedia;
}

function motionSourceType({ origin }: MotionFacts): DigitalSourceType {
  const is = (...kinds: SegmentOrigin["kind"][]) => origin.every(({ kind }) => kinds.includes(kind));
  if (is("generated")) return DIGITAL_SOURCE_TYPE.trainedAlgorithmicMedia;
  if (is("retrieved", "source")) return DIGITAL_SOURCE_TYPE.algorithmicallyEnhanced;
  return DIGITAL_SOURCE_TYPE.compositeWithTrainedAlgorithmicMedia;
}

/**
 * Builds the manifest of one output (C2PA 2.2): what was done (`c2pa.created`, or `c2pa.opened` and `c2pa.edited` when it began with a
 * picture), from which inputs and models, that it may not be used for training, and the generation record.
 */
export function buildManifest(options: {
  record: GenerationRecord;
  inputs: readonly IngredientInput[];
  /** Inputs with a readable credential of their own, which goes into the new manifest. */
  credentialed: ReadonlySet<IngredientInput>;
  title: string;
  mime: string;
}): { manifest: ManifestDefinition; ingredients: ManifestIngredient[] } {
  const { record, title, mime } = options;
  const inputs = options.inputs.map((input, index, all) => inputIngredient(input, index, all, options.credentialed));
  const models = record.models.flatMap((model) =>
    model.files.map((file) => modelIngredient(model.name, file, record.models.indexOf(model))),
  );
  const outside = (record.backend?.models ?? []).map((model, index) => outsideModelIngredient(model, index, true));
  const library = record.mesh?.origin.model;
  const originals = library === undefined ? [] : [libraryIngredient(library)];
  const ingredients = [...inputs, ...originals, ...models, ...outside];
  const labels = (relationship: "parentOf" | "inputTo") =>
    ingredients
      .filter(({ definition }) => definition.relationship === relationship)
      .map(({ definition }) => definition.label);
  const generation = {
    digitalSourceType: digitalSourceTypeOf(record),
    softwareAgent: agentOf(record),
    when: record.created,
    ...(labels("inputTo").length === 0 ? {} : { parameters: { ingredientIds: labels("inputTo") } }),
  };
  const actions =
    labels("parentOf").length === 0
      ? [{ action: "c2pa.created", ...generation }]
      : [
          { action: "c2pa.opened", when: record.created, parameters: { ingredientIds: labels("parentOf") } },
          { action: "c2pa.edited", ...generation },
        ];
  const manifest: ManifestDefinition = {
    title,
    format: mime,
    claim_generator_info: [softwareOf(record.software)],
    assertions: [
      { label: "c2pa.actions.v2", data: { actions }, created: true },
      // JSON, not CBOR: a person can read it in the file, and numbers stay as they were.
      { label: RECORD_ASSERTION_LABEL, data: record, kind: "Json", created: true },
      NOT_FOR_TRAINING,
    ],
  };
  return { manifest, ingredients };
}

/** C2PA allows one parent; a second picture to start from would be an input. */
function inputIngredient(
  input: IngredientInput,
  index: number,
  all: readonly IngredientInput[],
  credentialed: ReadonlySet<IngredientInput>,
): ManifestIngredient {
  const isParent = all.findIndex(({ role }) => PARENT_ROLES.has(role)) === index;
  return {
    definition: {
      title: input.name ?? input.role,
      label: `input_${index}`,
      relationship: isParent ? "parentOf" : "inputTo",
      format: input.mime,
      instance_id: `urn:sha256:${input.sha256}`,
      description: `${input.role}, SHA-256 ${input.sha256}`,
    },
    ...(credentialed.has(input) ? { source: { bytes: input.bytes, mime: input.mime } } : {}),
  };
}

/** The original of a mesh that came from a bundle's library. */
function libraryIngredient({ name, author, licence, source, sha256 }: LibraryModel): ManifestIngredient {
  const hash = sha256 === undefined ? "" : `, SHA-256 ${sha256} as declared`;
  return {
    definition: {
      title: name,
      label: "library_model",
      relationship: "inputTo",
      format: "application/octet-stream",
      ...(sha256 === undefined ? {} : { instance_id: `urn:sha256:${sha256}` }),
      description: `library model by ${author}, ${licence}, ${source}${hash}`,
    },
  };
}

/**
 * Gives the ingredient of a model that ran outside the core.
 *
 * @param hashed whether the core computed the hash; else somebody declared it
 */
export function outsideModelIngredient(
  { name, role, sha256 }: DeclaredModel,
  index: number,
  hashed: boolean,
): ManifestIngredient {
  return {
    definition: {
      title: name,
      label: `model_${index}`,
      relationship: "inputTo",
      format: "application/octet-stream",
      ...(sha256 === undefined ? {} : { instance_id: `urn:sha256:${sha256}` }),
      description:
        sha256 === undefined
          ? `${role}, no hash was given`
          : `${role}, SHA-256 ${sha256}${hashed ? "" : " as declared"}`,
      data_types: [{ type: "c2pa.types.model" }],
    },
  };
}

/** The program that made the pixels. */
function agentOf({ backend, software }: GenerationRecord): { name: string; version: string } {
  return backend === undefined ? softwareOf(software) : { name: backend.name, version: backend.version };
}

function modelIngredient(
  bundle: string,
  file: GenerationRecord["models"][number]["files"][number],
  bundleIndex: number,
): ManifestIngredient {
  return {
    definition: {
      title: `${bundle}: ${file.file}`,
      label: `model_${bundleIndex}_${file.component}_${file.sha256.slice(0, 8)}`.replace(/[^A-Za-z0-9_]/g, "_"),
      relationship: "inputTo",
      format: "application/octet-stream",
      instance_id: `urn:sha256:${file.sha256}`,
      description: `${file.component}, SHA-256 ${file.sha256}`,
      data_types: [{ type: "c2pa.types.model.onnx" }],
    },
  };
}

/** `genga 0.1.0` → name and version. */
export function softwareOf(software: string): { name: string; version: string } {
  const [name = "genga", ...version] = software.split(" ");
  return { name, version: version.join(" ") || "0" };
}
