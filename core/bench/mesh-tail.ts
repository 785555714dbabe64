// Times the stages from a distance grid to a textured GLB, on a knotted shape at 128³:
//   npx tsx core/bench/mesh-tail.ts [samples a side] [triangles] [texture size]
// Prints JSON: milliseconds of processor time a stage (a busy machine does not change them), what came out, and the peak of memory. mesh-tail.py compares two stages with Python.
import { cpuUsage, resourceUsage } from "node:process";
import { encodeMeshGlb } from "../src/formats/mesh-glb.ts";
import { bakeTextures } from "../src/mesh/bake.ts";
import { sampleDistance } from "../src/mesh/distance-grid.ts";
import { extractSurface } from "../src/mesh/extract-surface.ts";
import { makeGridSurface } from "../src/mesh/grid-surface.ts";
import { largestComponent } from "../src/mesh/largest-component.ts";
import { measureTopology } from "../src/mesh/measure-topology.ts";
import { measureUvs } from "../src/mesh/measure-uvs.ts";
import { simplify } from "../src/mesh/simplify.ts";
import { addTangents, smoothNormals } from "../src/mesh/smooth-normals.ts";
import { unwrap } from "../src/mesh/unwrap.ts";

const [side = 128, triangles = 20_000, textureSize = 1024] = process.argv.slice(2).map(Number);

/** A gyroid cut out of a ball, on a plate: folds everywhere, with sharp rims. The same formula stands in mesh-tail.py. */
const shape = (x: number, y: number, z: number) => {
  const wave =
    Math.sin(6 * x) * Math.cos(6 * y) + Math.sin(6 * y) * Math.cos(6 * z) + Math.sin(6 * z) * Math.cos(6 * x);
  const ball = Math.max(Math.hypot(x, y, z) - 0.85, (Math.abs(wave) - 0.55) / 9);
  return Math.min(ball, Math.max(Math.hypot(x, z) - 0.6, Math.abs(y + 0.82) - 0.07));
};

const stages: Record<string, number> = {};
async function timed<T>(stage: string, work: () => T | Promise<T>): Promise<T> {
  const start = cpuUsage();
  const result = await work();
  const { user, system } = cpuUsage(start);
  stages[stage] = Math.round((user + system) / 1000);
  return result;
}

const grid = sampleDistance({ size: [side, side, side], origin: [-1, -1, -1], spacing: 2 / (side - 1) }, shape);
const surface = await timed("surface", () => extractSurface(grid));
const whole = await timed("largest piece", () => largestComponent(surface));
const simple = await timed("simplify", () => simplify(whole, triangles));
const normals = await timed("normals", () => smoothNormals(simple));
const unwrapped = await timed("unwrap", () => unwrap(normals, { textureSize }));
const mesh = await timed("tangents", () => addTangents(unwrapped));
const textures = await timed("bake", () => {
  const onto = makeGridSurface(grid);
  const near = new Float64Array(6);
  return bakeTextures([mesh], textureSize, ({ positions, normals }) => {
    const detail = normals.slice();
    for (let at = 0; at < positions.length; at += 3) {
      if (!onto(positions[at] as number, positions[at + 1] as number, positions[at + 2] as number, near)) continue;
      for (let k = 0; k < 3; k += 1) detail[at + k] = near[3 + k] as number;
    }
    const rough = new Float32Array(positions.length / 3).fill(0.7);
    return {
      baseColour: positions.map((value) => 0.5 + value / 2),
      roughness: rough,
      metallic: new Float32Array(rough.length),
      normals: detail,
    };
  });
});
const material = { name: "baked", baseColour: [1, 1, 1], roughness: 1, metallic: 1, ...textures } as const;
const model = { name: "knot", parts: [{ name: "knot", mesh, material: 0 }], materials: [material] };
const glb = await timed("encode", () => encodeMeshGlb(model));
const topology = measureTopology(mesh);
const { overlapping, coverage } = measureUvs([mesh]);
const report = {
  total_cpu_ms: Object.values(stages).reduce((sum, ms) => sum + ms, 0),
  stages_cpu_ms: stages,
  surface_triangles: surface.indices.length / 3,
  whole_triangles: whole.indices.length / 3,
  triangles: topology.triangles,
  watertight: topology.watertight,
  manifold: topology.manifold,
  uv_overlapping: overlapping,
  uv_coverage: Number(coverage.toFixed(3)),
  glb_bytes: glb.length,
  peak_memory_mb: Math.round(resourceUsage().maxRSS / 1024),
};
process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);
