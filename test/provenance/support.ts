import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open, type RootDatabase } from "lmdb";
import type { GenerationRecord } from "../../core/src/protocol/record.ts";
import {
  type OpenProvenance,
  openProvenance,
  type ProvenanceOptions,
} from "../../core/src/provenance/open-provenance.ts";
import type { IngredientInput } from "../../core/src/provenance/provenance.ts";
import type { RawImage } from "../../core/src/tensor/image.ts";

/** A moment within the validity of everything that tests make. */
export const NOW = new Date();

/** A new folder that is removed when the tests of the file have ended. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "genga-provenance-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Provenance with keys and log of its own in a new folder. */
export async function openTemporaryProvenance(
  options: Partial<ProvenanceOptions> = {},
): Promise<{ provenance: OpenProvenance; folder: string; store: RootDatabase; remove(): Promise<void> }> {
  const { path, remove } = temporaryFolder();
  const store = open({ path: join(path, "store"), compression: false });
  const provenance = await openProvenance({
    store,
    keys_folder: join(path, "keys"),
    policy: "open",
    prompt_privacy: false,
    now: () => NOW,
    ...options,
  });
  return {
    provenance,
    folder: path,
    store,
    remove: async () => {
      await provenance.close();
      await store.close();
      remove();
    },
  };
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A record as the job runner makes it. */
export function makeRecord(changes: Partial<GenerationRecord> = {}): GenerationRecord {
  return {
    version: 1,
    task: "image",
    job_id: "job-1",
    output_index: 0,
    created: "2026-11-22T10:00:00.000Z",
    software: "genga 0.1.0",
    params: {
      bundle: "test-bundle",
      prompt: 'a "stone" bridge & <river>, 原画',
      negative_prompt: "blurry",
      width: 96,
      height: 64,
      num_inference_steps: 20,
      guidance_scale: 7.5,
      scheduler: "ddim",
      regions: [{ prompt: "mossy arch", weight: 1.2, color: "#ff0000" }],
      numbers: [1, 2.5, 300],
    },
    seed: 42,
    models: [
      {
        bundle: "test-bundle",
        name: "Test bundle",
        version: "1.0",
        manifest_sha256: "a".repeat(64),
        licence: { spdx: "Apache-2.0", commercial_use: true },
        training_data: [{ name: "Made-up set", source: "made by the test", licence: "CC0-1.0", used_for: "training" }],
        files: [
          { component: "unet", file: "unet.onnx", sha256: "b".repeat(64) },
          { component: "text_encoder", file: "text_encoder.onnx", sha256: "c".repeat(64) },
        ],
      },
    ],
    inputs: [],
    who: { client: "test 1", user: "Ada", project: "Bridge", shot: "010" },
    execution: { provider: "cpu", device: "cpu", runtime: "onnxruntime-node 1.30.0", platform: "linux x64" },
    policy: "open",
    ...changes,
  };
}

/** An input as the job runner hands it over. */
export function makeInput(role: string, mime: string, bytes: Uint8Array, name = `${role}.png`): IngredientInput {
  return { role, mime, bytes, name, sha256: sha256(bytes) };
}

/** A picture like a photograph in its statistics, different for each seed: waves with amplitudes that fall with frequency, discs. */
export function makePicture(seed: number, width = 96, height = 64, channels: 1 | 3 | 4 = 3): RawImage {
  let state = (seed + 1) * 2654435761;
  const random = () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
  for (let warm = 0; warm < 8; warm++) random();
  const waves = Array.from({ length: 24 }, () => {
    const [fx, fy] = [(random() - 0.5) * 10, (random() - 0.5) * 10];
    const amplitude = 80 / (1 + Math.hypot(fx, fy) ** 1.5);
    return {
      fx,
      fy,
      phase: random() * 6.283,
      gain: [0.5 + random(), 0.5 + random(), 0.5 + random()].map((gain) => gain * amplitude),
    };
  });
  const discs = Array.from({ length: 8 }, () => ({
    x: random(),
    y: random(),
    r: 0.05 + random() * 0.15,
    colour: [random() * 100 - 50, random() * 100 - 50, random() * 100 - 50],
  }));
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [x / width, y / height];
      for (let channel = 0; channel < channels; channel++) {
        let value = 128;
        for (const { fx, fy, phase, gain } of waves) {
          value += (gain[channel % 3] ?? 0) * Math.sin(6.283 * (fx * u + fy * v) + phase);
        }
        for (const disc of discs)
          if (Math.hypot(u - disc.x, v - disc.y) < disc.r) value += disc.colour[channel % 3] ?? 0;
        data[(y * width + x) * channels + channel] = channel === 3 ? 255 : Math.max(0, Math.min(255, value));
      }
    }
  }
  return { width, height, channels, data };
}
