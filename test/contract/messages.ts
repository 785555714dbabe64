import { createHash } from "node:crypto";
import type { z } from "zod";
import type { ClientMessageSchema } from "../../core/src/protocol/client-messages.ts";
import type { CoreMessageSchema } from "../../core/src/protocol/core-messages.ts";

/** A golden message, as a sender may write it: fields with defaults may be absent. */
export interface Golden {
  name: string;
  message: z.input<typeof ClientMessageSchema> | z.input<typeof CoreMessageSchema>;
}

const sha = (text: string) => createHash("sha256").update(text).digest("hex");
const time = "2026-11-22T08:30:00.000Z";
const depth = sha("depth");
const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0xff]);
const asset = { sha256: sha("picture"), size: 5_000_000_000, mime: "image/png", name: "castle 城.png" };
const licence = { spdx: "Apache-2.0", commercial_use: true, url: "https://www.apache.org/licenses/LICENSE-2.0" };
const training_data = [
  {
    name: "Renders of our own",
    source: "models/training/render.py",
    licence: "Apache-2.0",
    sha256: sha("data"),
    used_for: "training",
    notice: "None.",
  },
];
const bundle = {
  id: "starter-image",
  name: "Starter image",
  version: "1.0.0",
  task: "image" as const,
  family: "stable-diffusion",
  purpose: "starter" as const,
  licence,
  training_data,
  allowed: true,
  default: true,
  memory_bytes: 6_442_450_944,
  controls: ["depth" as const, "normal" as const, "light" as const],
  requires_control: true,
  defaults: {
    width: 256,
    height: 256,
    num_inference_steps: 20,
    guidance_scale: 7.5,
    scheduler: "dpmpp_2m_karras" as const,
  },
  size: { multiple: 64, min: 128, max: 1024 },
  supports_guidance: true,
  takes_init_image: true,
  max_regions: 64,
};
const refused = {
  ...bundle,
  id: "imported",
  purpose: "production" as const,
  training_data: "undeclared" as const,
  allowed: false,
  refusal: "Its training data is not declared.",
  default: false,
  defaults: undefined,
};
const remote = {
  ...bundle,
  id: "comfyui:default/dream.safetensors",
  default: false,
  backend: "comfyui:default",
  online: false,
};
const record = {
  version: 1 as const,
  task: "image" as const,
  job_id: "job-1",
  output_index: 0,
  created: time,
  software: "genga 0.1.0",
  params: {
    prompt: "a castle",
    width: 512,
    strength: 0.8,
    controls: [{ kind: "depth", image: depth }],
    init_image: null,
  },
  seed: 4_294_967_295,
  models: [
    {
      bundle: "starter-image",
      name: "Starter image",
      version: "1.0.0",
      manifest_sha256: sha("manifest"),
      licence,
      training_data,
      files: [{ component: "unet", file: "unet.onnx", sha256: sha("unet") }],
    },
  ],
  inputs: [
    { role: "control:depth", sha256: depth, mime: "image/png", name: "depth.png", credential: "unsigned" as const },
  ],
  who: { client: "genga-blender 0.1.0", user: "Aya", project: "Short", shot: "010" },
  execution: { provider: "cpu", device: "8 cores", runtime: "onnxruntime 1.30.0", platform: "linux x64" },
  policy: "declared" as const,
};
const motionBundle = {
  ...bundle,
  id: "starter-motion",
  name: "Starter motion",
  task: "motion" as const,
  family: "motion-diffusion",
  controls: [],
  requires_control: false,
  defaults: undefined,
  size: undefined,
  supports_guidance: undefined,
  takes_init_image: undefined,
  max_regions: undefined,
  motion: {
    actions: [{ name: "walk", prompts: ["a person walks forward", "歩く"] }],
    modes: ["hybrid" as const, "generated" as const, "retrieved" as const],
    conditions: ["path" as const, "height" as const, "heading" as const, "pose" as const],
    defaults: { num_inference_steps: 20, guidance_scale: 2.5, duration_s: 4 },
    max_duration_s: 120,
  },
};
const motionRecord = {
  ...record,
  task: "motion" as const,
  params: { segments: [{ prompt: "walks", duration_s: 2.5 }], output: { formats: ["bvh"], fps: 24 } },
  motion: {
    format: "bvh" as const,
    variation: 1,
    frames: 60,
    fps: 24,
    origin: [
      {
        segment: 0,
        kind: "varied" as const,
        clips: [{ id: "walk-1", licence: "CC0-1.0", source: "https://example.org/walks", sha256: sha("clip") }],
      },
    ],
    warnings: ["Segment 1 says an action that the bundle does not know."],
  },
};
const meshBundle = {
  ...motionBundle,
  id: "starter-mesh",
  name: "Starter mesh",
  task: "mesh" as const,
  family: "mesh-diffusion",
  motion: undefined,
  mesh: {
    categories: [
      { name: "chair", prompts: ["a red wooden chair", "木の椅子"], size_m: [0.75, 1.3] as [number, number] },
    ],
    sources: ["parametric" as const, "library" as const, "generated" as const],
    conditioning: "text" as const,
    defaults: { source: "auto" as const, num_inference_steps: 30, guidance_scale: 4, grid_resolution: 128 },
  },
};
const meshShape = {
  variation: 1,
  triangles: 1284,
  vertices: 2400,
  size_m: [0.45, 0.9, 0.5] as [number, number, number],
  closed: true,
};
const parametricMesh = {
  ...meshShape,
  format: "glb" as const,
  lod: 0,
  origin: {
    source: "parametric" as const,
    reason: "It knows every word.",
    confidence: 0.95,
    category: "chair",
    values: { seat_height: 0.45, arms: true, wood: "oak" },
    warnings: [],
  },
};
const libraryMesh = {
  ...meshShape,
  format: "ply" as const,
  lod: 2,
  closed: false,
  origin: {
    source: "library" as const,
    reason: "No shape program knows the word.",
    confidence: 0.5,
    model: {
      id: "fox-1",
      name: "Fox",
      author: "Ann",
      licence: "CC0-1.0",
      source: "https://example.org/fox",
      sha256: sha("fox"),
      changes: ["recoloured"],
    },
    warnings: ['The library knows no "purple".'],
  },
};
const meshRecord = {
  ...record,
  task: "mesh" as const,
  params: { prompt: "a red wooden chair", target_triangles: 5000, lods: [0.5, 0.25] },
  mesh: parametricMesh,
};
const painted = {
  objects: ["Body", "Räder"],
  views: 8,
  painted: 0.975,
  texture_size: 1024,
  warnings: ["Two sides share their texels."],
};
const textureRecord = {
  ...record,
  task: "texture" as const,
  params: { mesh: sha("mesh"), prompt: "weathered oak" },
  inputs: [
    { role: "mesh", sha256: sha("mesh"), mime: "model/gltf-binary", name: "table.glb", credential: "known" as const },
  ],
  texture: painted,
};
const declaredModel = {
  name: "toon.safetensors",
  role: "lora",
  sha256: sha("lora"),
  version: "2",
  weight: 0.7,
  licence,
  training_data,
};
const signing = {
  version: 1 as const,
  created: time,
  software: "genga 0.1.0",
  title: "Castle, painted over",
  source: { sha256: asset.sha256, mime: "image/png", name: "castle.png", credential: "valid" as const },
  ingredients: [
    {
      sha256: asset.sha256,
      mime: "image/png",
      name: "castle.png",
      credential: "valid" as const,
      relationship: "parentOf" as const,
      role: "source",
    },
  ],
  declared_by: { client: "genga-comfyui 0.1.0", user: "Aya" },
  actions: [
    { action: "c2pa.opened" as const },
    { action: "c2pa.edited" as const, digital_source_type: "humanEdits" as const },
  ],
  software_agent: { name: "ComfyUI" },
  models: [{ name: "unknown.ckpt", role: "checkpoint", training_data: "undeclared" as const }, declaredModel],
  parameters: { prompt: "a castle" },
  prompt_privacy: false,
  policy: "open" as const,
};
const entry = { index: 0, leaf_hash: sha("leaf"), tree_size: 1, root_hash: sha("root") };
const error = {
  code: "OUT_OF_MEMORY" as const,
  message: "The picture of 8192 × 8192 does not fit into 4 GiB.",
  remedy: "Choose a smaller picture.",
  data: { needed_bytes: 9_000_000_000, pixels: [8192, 8192] },
};
const event = { job_id: "job-1", time };
const job = {
  job_id: "job-1",
  task: "image" as const,
  state: "running" as const,
  client: "genga-blender",
  priority: -5,
  attempts: 1,
  created: time,
  started: time,
  label: "a castle",
  progress: 0.25,
  outputs: [],
  project: "Short",
  shot: "010",
};
const failedJob = {
  ...job,
  job_id: "job-2",
  state: "failed" as const,
  ended: time,
  progress: 1,
  outputs: [asset],
  error,
};

/** Every message of both directions, with each optional field present at least once. */
export const GOLDENS: { client: Golden[]; core: Golden[] } = {
  client: [
    {
      name: "hello",
      message: {
        type: "hello",
        client: { name: "genga-blender", version: "0.1.0", user: "Aya" },
        protocols: ["genga.v1"],
        token: "0123456789abcdef",
      },
    },
    {
      name: "hello-without-token",
      message: { type: "hello", client: { name: "c", version: "1" }, protocols: ["x", "genga.v1"] },
    },
    {
      name: "request",
      message: {
        type: "request",
        id: "1",
        task: "image",
        params: {
          prompt: "a (castle:1.2) at dawn, 夜明けの城 🏯",
          negative_prompt: "",
          width: 512,
          height: 768,
          seed: 4_294_967_295,
          guidance_scale: 7.5,
          strength: 1,
          controls: [{ kind: "depth", image: depth, conditioning_scale: 0.65, control_guidance_end: 0.8 }],
          regions: [{ prompt: "a red roof", color: "#ff0000", weight: 1 }],
          output: { mime: "image/webp", quality: 100 },
        },
        idempotency_key: "shot-010/frame-0001",
        priority: -5,
        project: "Short",
        shot: "010",
        prompt_privacy: true,
        attach: false,
      },
    },
    {
      name: "request-motion",
      message: {
        type: "request",
        id: "1",
        task: "motion",
        params: {
          segments: [
            { prompt: "walks forward", duration_s: 4 },
            { prompt: "sits down", duration_s: 2.5 },
          ],
          seed: 7,
          path: { points: [{ position: [0, 0] }, { position: [0.5, 3], time_s: 4 }], facing: "along" },
          key_poses: [{ time_s: 0, root: [0, 0.93, 0], rotations: { left_knee: [0.5, 0, 0, 0.8660254] } }],
          rig: {
            name: "Ann",
            bones: [{ name: "hips", parent: -1, head: [0, 1, 0], tail: [0, 1.1, 0], rotation: [0, 0, 0, 1] }],
            map: { pelvis: "hips" },
          },
          output: { formats: ["bvh", "glb", "json"], fps: 29.97 },
        },
      },
    },
    {
      name: "request-mesh",
      message: {
        type: "request",
        id: "1",
        task: "mesh",
        params: {
          prompt: "a red wooden chair",
          source: "auto",
          seed: 7,
          num_meshes_per_prompt: 2,
          target_triangles: 5000,
          lods: [0.5, 0.25],
          texture_size: 1024,
          up_axis: "Z",
          size_m: 0.9,
          output: { formats: ["glb", "ply"], texture_mime: "image/webp" },
        },
      },
    },
    {
      name: "request-texture",
      message: {
        type: "request",
        id: "1",
        task: "texture",
        params: {
          mesh: sha("mesh"),
          prompt: "weathered oak",
          objects: ["Body"],
          conditioning_scale: { depth: 1, normal: 0.5 },
          max_views: 8,
          unwrap: "missing",
          roughness: 0.8,
        },
      },
    },
    { name: "request-with-defaults", message: { type: "request", id: "2", task: "mesh", params: {} } },
    { name: "validate", message: { type: "validate", id: "3", task: "image", params: { prompt: "x" } } },
    { name: "cancel", message: { type: "cancel", id: "4", job_id: "job-1" } },
    { name: "attach", message: { type: "attach", id: "5", job_id: "job-1", after_event: 70_000 } },
    { name: "attach-with-defaults", message: { type: "attach", id: "6", job_id: "job-1" } },
    { name: "jobs-list", message: { type: "jobs_list", id: "7", states: ["queued", "failed"], limit: 1000 } },
    { name: "jobs-list-with-defaults", message: { type: "jobs_list", id: "8" } },
    {
      name: "jobs-update",
      message: { type: "jobs_update", id: "9", action: "move", job_ids: ["job-2", "job-3"], before: "job-1" },
    },
    { name: "jobs-update-all", message: { type: "jobs_update", id: "10", action: "pause" } },
    { name: "asset-put", message: { type: "asset_put", id: "11", ...asset } },
    { name: "asset-put-empty", message: { type: "asset_put", id: "12", sha256: sha(""), size: 0, mime: "text/plain" } },
    { name: "asset-chunk", message: { type: "asset_chunk", id: "11", offset: 4_294_967_296, bytes: png } },
    { name: "asset-chunk-empty", message: { type: "asset_chunk", id: "12", offset: 0, bytes: new Uint8Array() } },
    {
      name: "asset-chunk-long",
      message: { type: "asset_chunk", id: "13", offset: 0, bytes: new Uint8Array(300).fill(7) },
    },
    { name: "asset-get", message: { type: "asset_get", id: "14", sha256: depth, offset: 1_048_576 } },
    { name: "asset-get-with-defaults", message: { type: "asset_get", id: "15", sha256: depth } },
    { name: "verify", message: { type: "verify", id: "16", sha256: depth, sidecar: sha("sidecar") } },
    { name: "verify-embedded", message: { type: "verify", id: "17", sha256: depth } },
    { name: "status", message: { type: "status", id: "18" } },
    {
      name: "sign",
      message: {
        type: "sign",
        id: "19",
        asset: asset.sha256,
        sidecar: sha("sidecar"),
        title: "Castle, painted over",
        actions: [{ action: "c2pa.edited", digital_source_type: "humanEdits", description: "Painted over." }],
        ingredients: [
          { sha256: depth, relationship: "inputTo", role: "control:depth" },
          { sha256: sha("texture"), sidecar: sha("texture sidecar"), relationship: "componentOf" },
        ],
        models: [declaredModel],
        software_agent: { name: "ComfyUI", version: "0.3.75" },
        parameters: { prompt: "a castle", workflow: { "3": { class_type: "KSampler", inputs: { seed: 5 } } } },
        prompt_privacy: true,
        project: "Short",
        shot: "010",
      },
    },
    { name: "sign-with-defaults", message: { type: "sign", id: "20", asset: depth } },
  ],
  core: [
    {
      name: "welcome",
      message: {
        type: "welcome",
        protocol: "genga.v1",
        core: { name: "genga", version: "0.1.0" },
        capabilities: {
          tasks: ["image", "motion", "mesh", "texture"],
          bundles: [bundle, refused, motionBundle, meshBundle],
          schedulers: ["ddim", "lcm"],
        },
        limits: {
          max_message_bytes: 4_194_304,
          max_chunk_bytes: 1_048_576,
          max_asset_bytes: 8_589_934_592,
          max_open_jobs_per_client: 1000,
          max_prompt_bytes: 16_384,
          max_pixels: 16_777_216,
          max_images_per_request: 16,
        },
      },
    },
    { name: "accepted", message: { type: "accepted", reply_to: "1", job_id: "job-1", position: 3, duplicate: false } },
    {
      name: "validated",
      message: {
        type: "validated",
        reply_to: "3",
        params: { prompt: "x", width: 512, eta: 0.5, controls: [] },
        memory_bytes: 5_000_000_000,
      },
    },
    { name: "validated-without-estimate", message: { type: "validated", reply_to: "3", params: {} } },
    { name: "done", message: { type: "done", reply_to: "4" } },
    { name: "error", message: { type: "error", reply_to: "1", error } },
    {
      name: "error-without-message",
      message: {
        type: "error",
        error: { code: "MALFORMED_MESSAGE", message: "The frame of 3 bytes is not plain MessagePack." },
      },
    },
    { name: "queued", message: { type: "queued", ...event, sequence: 1, position: 0 } },
    { name: "paused", message: { type: "paused", ...event, sequence: 2 } },
    { name: "started", message: { type: "started", ...event, sequence: 3, attempt: 1 } },
    {
      name: "progress",
      message: {
        type: "progress",
        ...event,
        sequence: 4,
        stage: "denoise",
        progress: 0.4,
        step: 8,
        total_steps: 20,
        eta_ms: 90_000,
      },
    },
    {
      name: "progress-without-estimate",
      message: { type: "progress", ...event, sequence: 5, stage: "load", progress: 0, step: 0, total_steps: 20 },
    },
    {
      name: "preview",
      message: { type: "preview", ...event, sequence: 6, mime: "image/jpeg", bytes: png, output_index: 0, step: 8 },
    },
    {
      name: "result",
      message: {
        type: "result",
        ...event,
        sequence: 7,
        outputs: [
          { asset, seed: 4_294_967_295, width: 512, height: 768, record },
          { asset, seed: 0, sidecar: { sha256: sha("sidecar"), size: 900, mime: "application/c2pa" }, record },
        ],
        duration_ms: 61_234,
      },
    },
    {
      name: "result-motion",
      message: {
        type: "result",
        ...event,
        sequence: 7,
        outputs: [
          {
            asset: { ...asset, mime: "application/x-bvh", name: "motion-8.bvh" },
            seed: 8,
            format: "bvh",
            variation: 1,
            frames: 60,
            sidecar: { sha256: sha("sidecar"), size: 900, mime: "application/c2pa", name: "motion-8.bvh.c2pa" },
            record: motionRecord,
          },
        ],
        duration_ms: 812,
      },
    },
    {
      name: "result-mesh",
      message: {
        type: "result",
        ...event,
        sequence: 7,
        outputs: [
          {
            asset: { ...asset, mime: "model/gltf-binary", name: "mesh-8.glb" },
            seed: 8,
            mesh: parametricMesh,
            sidecar: { sha256: sha("sidecar"), size: 900, mime: "application/c2pa", name: "mesh-8.glb.c2pa" },
            record: meshRecord,
          },
          {
            asset: { ...asset, mime: "application/x-ply", name: "mesh-8_LOD2.ply" },
            seed: 8,
            mesh: libraryMesh,
            record: { ...meshRecord, mesh: libraryMesh },
          },
        ],
        duration_ms: 5120,
      },
    },
    {
      name: "result-texture",
      message: {
        type: "result",
        ...event,
        sequence: 7,
        outputs: [
          {
            asset: { ...asset, mime: "model/gltf-binary", name: "texture-8.glb" },
            seed: 8,
            texture: painted,
            record: textureRecord,
          },
        ],
        duration_ms: 60_500,
      },
    },
    { name: "failed", message: { type: "failed", ...event, sequence: 8, error } },
    { name: "cancelled", message: { type: "cancelled", ...event, sequence: 9 } },
    {
      name: "jobs",
      message: { type: "jobs", reply_to: "7", jobs: [{ ...job, position: 1 }, failedJob], paused: true },
    },
    { name: "jobs-empty", message: { type: "jobs", reply_to: "8", jobs: [], paused: false } },
    { name: "asset-ready", message: { type: "asset_ready", reply_to: "11", offset: 1_048_576 } },
    { name: "asset-ready-present", message: { type: "asset_ready", reply_to: "11", offset: 5_000_000_000, asset } },
    { name: "asset-progress", message: { type: "asset_progress", reply_to: "11", offset: 2_097_152 } },
    { name: "asset-stored", message: { type: "asset_stored", reply_to: "11", asset } },
    {
      name: "asset-data",
      message: { type: "asset_data", reply_to: "14", asset, offset: 1_048_576, bytes: png, last: false },
    },
    {
      name: "verified",
      message: {
        type: "verified",
        reply_to: "16",
        verification: {
          state: "trusted",
          sha256: asset.sha256,
          mime: "image/png",
          sidecar: false,
          issuer: "Genga on this machine",
          signed_with: "genga 0.1.0",
          record,
          actions: ["c2pa.created"],
          ingredients: ["depth.png"],
          problems: [],
          log: entry,
          perceptual_distance: 2,
        },
      },
    },
    {
      name: "verified-tampered",
      message: {
        type: "verified",
        reply_to: "17",
        verification: {
          state: "tampered",
          sha256: depth,
          mime: "image/png",
          sidecar: true,
          actions: [],
          ingredients: [],
          problems: [{ code: "assertion.dataHash.mismatch", explanation: "The bytes were changed after signing." }],
        },
      },
    },
    {
      name: "verified-signed-for-others",
      message: {
        type: "verified",
        reply_to: "17",
        verification: {
          state: "valid",
          sha256: depth,
          mime: "image/png",
          sidecar: false,
          signing,
          actions: ["c2pa.opened", "c2pa.edited"],
          ingredients: ["castle.png"],
          problems: [],
        },
      },
    },
    {
      name: "signed",
      message: { type: "signed", reply_to: "19", file: { asset, record: signing, log: entry } },
    },
    {
      name: "signed-with-sidecar",
      message: {
        type: "signed",
        reply_to: "20",
        file: {
          asset,
          sidecar: { sha256: sha("sidecar"), size: 900, mime: "application/c2pa", name: "rock.glb.c2pa" },
          record: signing,
          log: entry,
        },
      },
    },
    {
      name: "capabilities-changed",
      message: {
        type: "capabilities_changed",
        capabilities: { tasks: ["image"], bundles: [bundle, remote], schedulers: ["euler"] },
      },
    },
    {
      name: "core-status",
      message: {
        type: "core_status",
        reply_to: "18",
        uptime_s: 12.5,
        provider: "cpu",
        device: "8 cores",
        memory_bytes: 157_286_400,
        queued: 3,
        running: 1,
        clients: 2,
        policy: "strict",
        prompt_privacy: true,
        bundles: [bundle],
      },
    },
  ],
};
