import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createOrtSession, type LoadedGraph } from "../../../core/src/inference/ort-session.ts";
import type { BundleSessions, NamedTensors } from "../../../core/src/inference/session.ts";
import { bundleFile, componentOf, type ImageBundle, isFor } from "../../../core/src/models/bundle.ts";
import { readBundle } from "../../../core/src/models/read-bundle.ts";
import { generateImages } from "../../../core/src/pipelines/controlnet-image.ts";
import { resolveImageParams } from "../../../core/src/pipelines/image-params.ts";
import { LIMITS_DEFAULTS } from "../../../core/src/protocol/limits.ts";

interface Case {
  name: string;
  params: Record<string, unknown> & { controls?: Record<string, unknown>[] };
  shape: number[];
  largest: number;
  latents: string;
}

/** A seed that no golden file was made with. */
const SEED = 90_210;
const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "genga-parity-"));
const graphs = new Map<string, LoadedGraph>();
let bundle: ImageBundle;
let cases: Case[];

beforeAll(async () => {
  const python = join(root, ".venv-full", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const { status, stderr, error } = spawnSync(
    python,
    ["test/full/fresh_cases.py", "--seed", String(SEED), "--out", folder],
    { cwd: root, encoding: "utf8", timeout: 550_000, env: { ...process.env, OMP_NUM_THREADS: "1" } },
  );
  if (status !== 0) throw new Error(`The fresh cases could not be made: ${error?.message ?? stderr}`);
  const made = await readBundle(join(folder, "bundle"));
  if (!isFor("image", made)) throw new Error("no bundle that makes pictures");
  bundle = made;
  cases = JSON.parse(readFileSync(join(folder, "cases.json"), "utf8")).cases;
});

afterAll(async () => {
  for (const graph of graphs.values()) await graph.release();
  rmSync(folder, { recursive: true });
});

/** Runs a case in the core's pipeline and gives what went into the VAE decoder, scaled back: the final latents. */
async function runCase({ params }: Case): Promise<number[]> {
  const assets = new Map<string, Uint8Array>();
  const asset = (file: unknown) => {
    const bytes = readFileSync(join(folder, String(file)));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    assets.set(sha256, bytes);
    return sha256;
  };
  const { init_image, mask_image, controls = [] } = params;
  const request = {
    ...params,
    ...(init_image === undefined ? {} : { init_image: asset(init_image) }),
    ...(mask_image === undefined ? {} : { mask_image: asset(mask_image) }),
    controls: controls.map((control) => ({ ...control, image: asset(control.image) })),
  };
  const decoded: NamedTensors[] = [];
  await generateImages(resolveImageParams(request, { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 0 }), {
    bundle,
    sessions: recording(decoded),
    signal: new AbortController().signal,
    readAsset: async (sha256) => assets.get(sha256) ?? new Uint8Array(),
    onProgress: () => {},
    onPreview: () => {},
  });
  const { scaling_factor } = bundle.manifest.stable_diffusion;
  return decoded.flatMap(({ latents }) => [...(latents?.data ?? [])].map((value) => Number(value) * scaling_factor));
}

/** The core's own sessions; keeps what the VAE decoder was given. */
function recording(decoded: NamedTensors[]): BundleSessions {
  return {
    async session(name) {
      const component = componentOf(bundle, name);
      const file = bundleFile(bundle, component.file);
      const graph =
        graphs.get(name) ?? (await createOrtSession({ file, component, label: name, provider: "cpu", threads: 1 }));
      graphs.set(name, graph);
      return {
        provider: graph.provider,
        run: (feeds, outputs) => {
          if (name === "vae_decoder") decoded.push(feeds);
          return graph.run(feeds, outputs);
        },
      };
    },
  };
}

describe("parity with diffusers on fresh weights, seeds and prompts", () => {
  it("ends every request with diffusers' latents", async () => {
    const report: string[] = [];
    const failures: string[] = [];
    for (const entry of cases) {
      const latents = await runCase(entry);
      const bytes = Buffer.from(entry.latents, "base64");
      const expected = new Float32Array(new Uint8Array(bytes).buffer);
      expect(latents.length, entry.name).toBe(expected.length);
      const worst = expected.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (latents[i] ?? Number.NaN))),
        0,
      );
      const line = `${entry.name}: ${worst.toExponential(1)} of ${entry.largest.toFixed(1)}`;
      report.push(line);
      // A difference that is not a number must not pass.
      if (!(worst <= Math.max(1e-4, 5e-6 * entry.largest))) failures.push(line);
    }
    console.log(report.join("\n"));
    expect(cases.length).toBeGreaterThanOrEqual(63);
    expect(failures).toEqual([]);
  });
});
