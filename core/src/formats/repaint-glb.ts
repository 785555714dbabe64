import { GlbBinary } from "./glb-binary.ts";
import type { GlbFile, GltfJson, MaterialJson, PrimitiveJson, TextureInfoJson } from "./glb-file.ts";
import type { PaintablePrimitive } from "./open-paintable.ts";
import { reindexPrimitive } from "./reindex-primitive.ts";

/** A picture as it stands in a file. */
export interface EncodedTexture {
  readonly bytes: Uint8Array;
  readonly mime: "image/png" | "image/webp";
}

/** A texture and what it is painted on. */
export interface Repaint {
  readonly primitives: readonly PaintablePrimitive[];
  readonly baseColour: EncodedTexture;
  /** Replaces the one of the material, if given. */
  readonly metallicRoughness?: EncodedTexture;
  /** New texture coordinates of each primitive's corners, [triangles × 3, 2]; absent = the file's stay. */
  readonly uvs?: readonly Float32Array[];
  /** Name of a material that is made anew. */
  readonly name: string;
}

/** What the painted materials are made of beside their colour. */
export interface RepaintOptions {
  readonly roughness?: number;
  readonly metallic?: number;
}

/**
 * Puts textures into a GLB. Everything else in the file stays: its JSON is edited, not written anew, so that extensions, extras, animations
 * and accessors that this program knows nothing of are kept, and no number of the geometry is touched.
 *
 * A material that something else uses as well is copied first, and so is a mesh that a node shows which is not painted. A picture that
 * only the painted material used is replaced and not left behind.
 */
export function repaintGlb(file: GlbFile, repaints: readonly Repaint[], options: RepaintOptions): GlbFile {
  const json = structuredClone(file.json);
  const binary = new GlbBinary(json, file.binary);
  const painted = new Set(repaints.flatMap(({ primitives }) => primitives.map(({ node }) => node)));
  const meshOf = copySharedMeshes(json, painted, repaints);
  for (const repaint of repaints) {
    const primitives = new Map<PrimitiveJson, { source: PaintablePrimitive; index: number }>();
    for (const [index, source] of repaint.primitives.entries()) {
      const mesh = json.meshes?.[meshOf(source)];
      const primitive = mesh?.primitives[source.primitive];
      if (primitive !== undefined && !primitives.has(primitive)) primitives.set(primitive, { source, index });
    }
    const freeSet = 1 + Math.max(...[...primitives.keys()].map(lastTexcoord));
    let old: number | undefined;
    for (const [primitive, { index }] of primitives) {
      old ??= primitive.material;
      // A texture with the vertices' colours over it would not be what was painted.
      const { COLOR_0: _, ...attributes } = primitive.attributes;
      primitive.attributes = attributes;
      const uvs = repaint.uvs?.[index];
      if (uvs !== undefined) reindexPrimitive(json, binary, primitive, uvs, freeSet);
    }
    const material = ownMaterial(json, new Set(primitives.keys()), old, repaint.name);
    for (const primitive of primitives.keys()) primitive.material = material.index;
    if (repaint.uvs !== undefined && freeSet > 0) moveTexcoords(material.json, freeSet);
    if (repaint.uvs !== undefined && freeSet === 0) dropTextures(material.json);
    setTextures(json, binary, material.json, repaint, options);
  }
  return { json, binary: binary.finish() };
}

/** Gives the mesh to edit for a node: the file's, or a copy if a node that is not painted shows it, too. */
function copySharedMeshes(json: GltfJson, painted: ReadonlySet<number>, repaints: readonly Repaint[]) {
  const copies = new Map<number, number>();
  const nodes = json.nodes ?? [];
  const isShownElsewhere = (mesh: number) => nodes.some((node, index) => node.mesh === mesh && !painted.has(index));
  for (const { mesh } of repaints.flatMap(({ primitives }) => primitives)) {
    const source = json.meshes?.[mesh];
    if (copies.has(mesh) || source === undefined || !isShownElsewhere(mesh)) continue;
    copies.set(mesh, json.meshes?.length ?? 0);
    json.meshes?.push(structuredClone(source));
  }
  for (const index of painted) {
    const node = nodes[index];
    const copy = node?.mesh === undefined ? undefined : copies.get(node.mesh);
    if (node !== undefined && copy !== undefined) node.mesh = copy;
  }
  return ({ mesh }: PaintablePrimitive) => copies.get(mesh) ?? mesh;
}

function lastTexcoord({ attributes }: PrimitiveJson): number {
  let last = -1;
  while (attributes[`TEXCOORD_${last + 1}`] !== undefined) last += 1;
  return last;
}

/** Gives a material that only these primitives use. */
function ownMaterial(json: GltfJson, users: ReadonlySet<PrimitiveJson>, index: number | undefined, name: string) {
  json.materials ??= [];
  const old = index === undefined ? undefined : json.materials[index];
  const others = (json.meshes ?? []).flatMap(({ primitives }) => primitives).filter((one) => !users.has(one));
  // Variants name materials, too.
  const isShared = others.some(
    (one) => one.material === index || JSON.stringify(one.extensions ?? {}).includes("material"),
  );
  if (index !== undefined && old !== undefined && !isShared) return { index, json: old };
  const made: MaterialJson =
    old === undefined ? { name } : { ...structuredClone(old), name: `${old.name ?? name} painted` };
  json.materials.push(made);
  return { index: json.materials.length - 1, json: made };
}

/** Every reference to a texture in a material, in extensions, too. */
function textureInfos(value: unknown): TextureInfoJson[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    if (typeof child !== "object" || child === null) return [];
    const info = key.endsWith("Texture") && typeof (child as TextureInfoJson).index === "number";
    return info ? [child as TextureInfoJson, ...textureInfos(child)] : textureInfos(child);
  });
}

/** Lets the material's other textures lie where they lay: the coordinates that were the first set are now another one. */
function moveTexcoords(material: MaterialJson, set: number): void {
  for (const info of textureInfos(material)) {
    if ((info.texCoord ?? 0) === 0) info.texCoord = set;
    const transform = info.extensions?.KHR_texture_transform as { texCoord?: number } | undefined;
    if (transform?.texCoord === 0) transform.texCoord = set;
  }
}

/** Takes away textures that never had coordinates to lie on: on the new ones they would lie anywhere. */
function dropTextures(material: MaterialJson): void {
  const { normalTexture: _, occlusionTexture: __, emissiveTexture: ___, ...rest } = material as Record<string, unknown>;
  for (const key of Object.keys(material)) if (!(key in rest)) delete (material as Record<string, unknown>)[key];
  const { metallicRoughnessTexture: ____, ...pbr } = material.pbrMetallicRoughness ?? {};
  material.pbrMetallicRoughness = pbr;
}

function setTextures(
  json: GltfJson,
  binary: GlbBinary,
  material: MaterialJson,
  { baseColour, metallicRoughness, uvs, name }: Repaint,
  { roughness, metallic }: RepaintOptions,
): void {
  const { KHR_materials_pbrSpecularGlossiness: glossiness, ...extensions } = material.extensions ?? {};
  if (glossiness !== undefined) material.extensions = extensions;
  material.pbrMetallicRoughness ??= glossiness === undefined ? {} : { metallicFactor: 0 };
  const pbr = material.pbrMetallicRoughness;
  pbr.baseColorTexture = {
    index: replaceTexture(json, binary, material, pbr.baseColorTexture, baseColour, `${name} base colour`),
  };
  const alpha = pbr.baseColorFactor?.[3] ?? 1;
  pbr.baseColorFactor = [1, 1, 1, alpha];
  if (metallicRoughness !== undefined) {
    const before = pbr.metallicRoughnessTexture;
    const texCoord = before?.texCoord;
    pbr.metallicRoughnessTexture = {
      ...before,
      index: replaceTexture(json, binary, material, before, metallicRoughness, `${name} metallic roughness`),
      ...(texCoord === undefined || uvs === undefined ? {} : { texCoord }),
    };
  }
  if (roughness !== undefined) pbr.roughnessFactor = roughness;
  if (metallic !== undefined) pbr.metallicFactor = metallic;
}

/** Gives a texture with a picture: in the place of the old one if nothing else uses that. */
function replaceTexture(
  json: GltfJson,
  binary: GlbBinary,
  material: MaterialJson,
  old: TextureInfoJson | undefined,
  { bytes, mime }: EncodedTexture,
  name: string,
): number {
  json.textures ??= [];
  json.images ??= [];
  const before = old === undefined ? undefined : json.textures[old.index];
  const references = json.materials?.flatMap(textureInfos).filter(({ index }) => index === old?.index).length ?? 0;
  const isOwn = before !== undefined && references === 1 && textureInfos(material).some((info) => info === old);
  const image = isOwn ? ownImage(json, old?.index ?? -1) : undefined;
  const bufferView = binary.put(bytes, image === undefined ? undefined : json.images[image]?.bufferView);
  const source = image ?? json.images.push({}) - 1;
  json.images[source] = { name, mimeType: mime, bufferView };
  const texture = {
    ...(before?.sampler === undefined ? {} : { sampler: before.sampler }),
    name,
    ...(mime === "image/webp" ? { extensions: { EXT_texture_webp: { source } } } : { source }),
  };
  if (mime === "image/webp") {
    json.extensionsUsed = [...new Set([...(json.extensionsUsed ?? []), "EXT_texture_webp"])];
    json.extensionsRequired = [...new Set([...(json.extensionsRequired ?? []), "EXT_texture_webp"])];
  }
  if (isOwn && old !== undefined) {
    json.textures[old.index] = texture;
    return old.index;
  }
  return json.textures.push(texture) - 1;
}

/** Gives the image of a texture, if it has one only and no other texture has it. */
function ownImage(json: GltfJson, index: number): number | undefined {
  const sources = (texture: NonNullable<GltfJson["textures"]>[number]): number[] => [
    ...(texture.source === undefined ? [] : [texture.source]),
    ...Object.values(texture.extensions ?? {}).flatMap((extension) => {
      const source = (extension as { source?: unknown } | null)?.source;
      return typeof source === "number" ? [source] : [];
    }),
  ];
  const texture = json.textures?.[index];
  const [image, ...more] = texture === undefined ? [] : new Set(sources(texture));
  if (image === undefined || more.length > 0) return undefined;
  const isShared = json.textures?.some((other, at) => at !== index && sources(other).includes(image));
  return isShared ? undefined : image;
}
