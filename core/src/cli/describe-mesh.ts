import type { MeshFacts, TextureFacts } from "../protocol/mesh.ts";

/** Tells in a line what answered: `library: "Oak Chair" by Ann (CC0-1.0, https://…), recoloured`. */
export function describeMeshOrigin({ origin }: MeshFacts): string {
  const { source, category, model } = origin;
  if (model === undefined) return category === undefined ? source : `${source}: ${category}`;
  const { name, author, licence, source: place, changes } = model;
  return [`${source}: "${name}" by ${author} (${licence}, ${place})`, ...changes].join(", ");
}

/** Tells in a line what a file of a mesh holds: `1284 triangles, 0.45 × 0.9 × 0.5 m, closed`. */
export function describeMeshShape({ triangles, size_m, closed, lod }: MeshFacts): string {
  const size = size_m.map((metres) => String(Number(metres.toPrecision(3)))).join(" × ");
  return [
    ...(lod === 0 ? [] : [`level of detail ${lod}`]),
    `${triangles} triangles`,
    `${size} m`,
    closed ? "closed" : "open",
  ].join(", ");
}

/** Tells in a line how a mesh was painted: `body, wheel: 97 % of what shows, 8 views, 1024 × 1024 pixels`. */
export function describeTexture({ objects, painted, views, texture_size }: TextureFacts): string {
  // Never 100 % of what is not whole.
  const percent = Math.floor(painted * 1000) / 10;
  return `${objects.join(", ")}: ${percent} % of what shows, ${views} ${views === 1 ? "view" : "views"}, ${texture_size} × ${texture_size} pixels`;
}
