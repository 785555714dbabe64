import { describe, expect, it } from "vitest";
import type { Bundle } from "../../core/src/models/bundle.ts";
import { BundleManifestSchema } from "../../core/src/models/bundle-manifest.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { admitBundle, parseAllowList } from "../../core/src/provenance/policy.ts";

const DECLARED = [{ name: "Own renders", source: "rendered here", licence: "CC0-1.0", used_for: "training" }];

function makeBundle(training_data: unknown, hash = "a".repeat(64), purpose = "starter"): Bundle {
  const manifest = BundleManifestSchema.parse({
    format: "genga.bundle.v1",
    id: "test",
    version: "1",
    name: "Test",
    purpose,
    task: "image",
    family: "stable-diffusion",
    made_by: "a test",
    licence: { spdx: "Apache-2.0", commercial_use: true },
    training_data,
    memory_bytes: 1,
    components: {
      unet: {
        file: "unet.onnx",
        sha256: "b".repeat(64),
        size: 1,
        external_data: [{ file: "unet.data", sha256: "c".repeat(64), size: 1 }],
        inputs: [],
        outputs: [],
      },
    },
    tokenizer: {
      file: "t.json",
      config_file: "c.json",
      sha256: "d".repeat(64),
      config_sha256: "e".repeat(64),
      max_length: 77,
      bos_token_id: 0,
      eos_token_id: 1,
      pad_token_id: 1,
    },
    stable_diffusion: {
      latent_channels: 4,
      vae_scale_factor: 8,
      scaling_factor: 0.18215,
      noise_schedule: {},
      defaults: { width: 512, height: 512, num_inference_steps: 20, guidance_scale: 7.5, scheduler: "ddim" },
      size: { multiple: 8, min: 64, max: 1024 },
    },
  });
  return { manifest, folder: "/nowhere", manifest_sha256: hash };
}

const listed = new Set(["a".repeat(64)]);
const none = new Set<string>();
const unknownSource = [{ ...DECLARED[0], source: "unknown" }];

describe("policy", () => {
  it.each([
    ["open", "undeclared", none, []],
    ["open", DECLARED, none, []],
    ["declared", DECLARED, none, []],
    ["declared", "undeclared", none, ["training_data"]],
    ["declared", [], none, ["training_data"]],
    ["declared", unknownSource, none, ["training_data[0].source"]],
    ["strict", DECLARED, listed, []],
    ["strict", DECLARED, none, ["allow_list"]],
    ["strict", "undeclared", listed, ["training_data"]],
    ["strict", "undeclared", none, ["training_data", "allow_list"]],
  ] as const)("%s, training data %j, allow-list %j: missing %j", (mode, training_data, allow_list, missing) => {
    const bundle = makeBundle(training_data);
    const admit = () => admitBundle(bundle, { mode, allow_list });
    if (missing.length === 0) {
      expect(admit()).toMatchObject({
        bundle: "test",
        manifest_sha256: bundle.manifest_sha256,
        training_data,
        files: [
          { component: "unet", file: "unet.onnx", sha256: "b".repeat(64) },
          { component: "unet", file: "unet.data", sha256: "c".repeat(64) },
        ],
      });
      return;
    }
    try {
      admit();
      expect.unreachable("the bundle was admitted");
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      expect([error.code, error.data.missing]).toEqual(["POLICY_REFUSED", missing]);
      for (const fact of missing)
        expect(error.message).toContain(fact === "allow_list" ? "is not on the allow-list" : fact);
      expect(error.remedy).toMatch(/declaration|allow-list/);
    }
  });

  it("takes an empty list, trained on nothing, from test bundles with random weights only", () => {
    const hash = "a".repeat(64);
    for (const mode of ["declared", "strict"] as const) {
      const policy = { mode, allow_list: listed };
      expect(admitBundle(makeBundle([], hash, "test"), policy).training_data).toEqual([]);
      for (const purpose of ["starter", "production"]) {
        expect(() => admitBundle(makeBundle([], hash, purpose), policy)).toThrow(/lacks training_data/);
      }
      expect(() => admitBundle(makeBundle("undeclared", hash, "test"), policy)).toThrow(/lacks training_data/);
    }
    expect(() => admitBundle(makeBundle([], hash, "test"), { mode: "strict", allow_list: none })).toThrow(/allow-list/);
  });

  it("reads an allow-list with notes, and names a line that is no hash", () => {
    const text = `# shot 010\n${"A".repeat(64)}  starter bundle\n\n${"b".repeat(64)}\r\n`;
    expect([...parseAllowList(text)]).toEqual(["a".repeat(64), "b".repeat(64)]);
    expect(() => parseAllowList("# ok\nstarter-image\n")).toThrow(/Line 2 .*"starter-image"/);
  });
});
