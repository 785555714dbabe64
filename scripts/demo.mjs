// `npm run demo`: installs, builds, starts a core of its own, makes signed pictures from the village scene's control maps, a signed
// motion and a signed mesh over the WebSocket protocol, verifies the files and says where they are.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { installPackages } from "./install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const maps = `${root}test/fixtures/scene/maps`;
const out = `${root}demo-output`;
const home = `${root}.cache/demo-home`;

installPackages();
const { buildCore } = await import("./build.mjs");
await buildCore();
const { connectCore, homeFolder, noteInstallation } = await import("../dist/client.js");

mkdirSync(out, { recursive: true });
console.log("Starting the core …");
const core = spawn(process.execPath, [`${root}core/bin/genga.js`, "serve", "--port", "0", "--json"], {
  env: { ...process.env, GENGA_HOME: home, GENGA_LOG_LEVEL: "warn" },
  stdio: ["ignore", "pipe", "inherit"],
});
let status = 1;
try {
  const listening = await firstLine(core);
  const token = process.env.GENGA_TOKEN ?? readFileSync(listening.token_file, "utf8").trim();
  const client = await connectCore(
    { url: `ws://127.0.0.1:${listening.port}`, token },
    { name: "genga-demo", version: "0.1.0" },
  );
  const pictures = await makePictures(client);
  const motions = await makeMotion(client);
  const meshes = await makeMesh(client);
  status = pictures && motions && meshes ? 0 : 1;
  tellHowToVerify();
  client.close();
} finally {
  core.kill("SIGTERM");
  await once(core, "exit");
}
process.exit(status);

async function makePictures(client) {
  const { bundles } = client.welcome.capabilities;
  const bundle =
    bundles.find(({ purpose, task }) => task === "image" && purpose === "starter") ??
    bundles.find(({ task }) => task === "image");
  console.log(`Bundle: ${bundle.name} (${bundle.id}), licence ${bundle.licence.spdx}`);
  if (bundle.purpose === "test") {
    console.log("Its weights are random: the pictures show that the way through the product works, and nothing else.");
  }
  const controls = [];
  for (const kind of ["depth", "normal", "lineart", "light", "segmentation"]) {
    const asset = await client.putAsset(readFileSync(`${maps}/${kind}.png`), "image/png", `${kind}.png`);
    const taken = bundle.controls.includes(kind);
    // The segmentation map says which pixels are whose even to a bundle that is not guided by it.
    if (taken || kind === "segmentation") {
      controls.push({ kind, image: asset.sha256, conditioning_scale: taken ? 1 : 0 });
    }
  }
  const regions = JSON.parse(readFileSync(`${maps}/regions.json`, "utf8"));
  const requests = [
    { name: "village-anime", prompt: "anime illustration of a village by day" },
    { name: "village-sunset", prompt: "anime illustration of a village at sunset" },
    { name: "village-watercolour", prompt: "watercolour of a village in the morning" },
    { name: "village-clay", prompt: "clay model of a village by day" },
  ];
  let good = true;
  for (const { name, prompt } of requests) {
    const { width, height } = bundle.defaults;
    const params = { bundle: bundle.id, prompt, width, height, seed: 1, controls, regions };
    good = (await make(client, "image", name, params, () => ".png")) && good;
  }
  return good;
}

async function makeMotion(client) {
  const bundle = client.welcome.capabilities.bundles.find(
    ({ task, default: preferred }) => task === "motion" && preferred,
  );
  if (bundle === undefined) {
    console.log("No bundle makes motion here.");
    return true;
  }
  console.log(`Bundle: ${bundle.name} (${bundle.id}), licence ${bundle.licence.spdx}`);
  const params = {
    bundle: bundle.id,
    segments: [
      { prompt: "a person walks forward", duration_s: 4 },
      { prompt: "a person waves with the right hand", duration_s: 2 },
    ],
    seed: 1,
    output: { formats: ["bvh", "glb"] },
  };
  return await make(client, "motion", "walk-and-wave", params, ({ format }) => `.${format}`);
}

async function makeMesh(client) {
  const bundle = client.welcome.capabilities.bundles.find(
    ({ task, default: preferred }) => task === "mesh" && preferred,
  );
  if (bundle === undefined) {
    console.log("No bundle makes meshes here.");
    return true;
  }
  console.log(`Bundle: ${bundle.name} (${bundle.id}), licence ${bundle.licence.spdx}`);
  const params = { bundle: bundle.id, prompt: "a red wooden chair", seed: 1 };
  return await make(client, "mesh", "red-chair", params, () => ".glb");
}

/** Runs a job, saves its files with their credentials beside them, and tells whether all are as signed. */
async function make(client, task, name, params, endingOf) {
  const { job_id } = await client.submit(task, params);
  let good = true;
  for await (const event of client.events(job_id)) {
    if (event.type === "progress") progress(`${name}  ${Math.round(event.progress * 100)} %  ${event.stage}`);
    if (event.type === "failed")
      throw new Error(`${event.error.code}: ${event.error.message} ${event.error.remedy ?? ""}`);
    if (event.type !== "result") continue;
    for (const made of event.outputs) {
      const file = `${out}/${name}${endingOf(made)}`;
      writeFileSync(file, await client.getAsset(made.asset.sha256));
      const beside = made.sidecar === undefined ? {} : { sidecar: made.sidecar.sha256 };
      if (made.sidecar !== undefined) writeFileSync(`${file}.c2pa`, await client.getAsset(made.sidecar.sha256));
      const { verification } = await client.call({ type: "verify", sha256: made.asset.sha256, ...beside }, "verified");
      progress("");
      console.log(
        `${file}\n  ${event.duration_ms} ms, seed ${made.seed}, credential ${verification.state}, signed by ${verification.issuer}`,
      );
      if (made.mesh !== undefined) console.log(`  ${made.mesh.origin.source}, ${made.mesh.triangles} triangles`);
      if (made.asset.mime === "model/gltf-binary") good = (await isValidGlb(file)) && good;
      if (verification.state !== "trusted" && verification.state !== "valid") good = false;
    }
  }
  return good;
}

/** Asks the Khronos validator. */
async function isValidGlb(file) {
  const { default: validator } = await import("gltf-validator");
  const { numErrors, numWarnings } = (await validator.validateBytes(new Uint8Array(readFileSync(file)))).issues;
  console.log(`  glTF validator: ${numErrors} errors, ${numWarnings} warnings`);
  return numErrors === 0;
}

function tellHowToVerify() {
  const root_pem = `${out}/root.pem`;
  spawnSync(process.execPath, [`${root}core/bin/genga.js`, "trust", "export", "--out", root_pem], {
    env: { ...process.env, GENGA_HOME: home },
  });
  console.log("What made a picture, a motion or a mesh, from the files alone:");
  console.log(
    "  npx genga verify demo-output/village-anime.png demo-output/walk-and-wave.glb demo-output/red-chair.glb --trust demo-output/root.pem",
  );
  try {
    noteInstallation(homeFolder(process.env));
    console.log("The Blender extension finds this Genga from now on.");
  } catch (error) {
    console.log(`The Blender extension must be told where this Genga is: ${error.message}`);
  }
}

function progress(text) {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${text}`);
  else if (text !== "") console.log(text);
}

async function firstLine(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    child.stdout.resume();
    return JSON.parse(line);
  }
  throw new Error("The core did not start.");
}
