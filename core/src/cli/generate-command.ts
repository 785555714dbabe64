import type { Command } from "commander";
import { addCoreOptions, type CoreOptions, chooseCore } from "./core-options.ts";
import type { GenerateImageOptions } from "./image-request.ts";
import type { GenerateMeshOptions } from "./mesh-request.ts";
import type { GenerateMotionOptions } from "./motion-request.ts";
import { collect, collectNumber, parseNumber, parseSize, parseWhole } from "./parse-numbers.ts";

/** Adds `genga generate image`, `genga generate motion` and `genga generate mesh`. */
export function addGenerateCommand(program: Command): void {
  const generate = program.command("generate").description("Makes something and saves it signed.");
  addImage(generate);
  addMotion(generate);
  addMesh(generate);
}

function addImage(generate: Command): void {
  const image = generate
    .command("image")
    .description("Makes pictures from a prompt, guided by control maps of the scene.")
    .requiredOption("--prompt <text>", "what the picture shows; (word:1.2) weighs a word")
    .option("--negative-prompt <text>", "what it must not show")
    .option("--bundle <id>", "model to use; `genga models list` shows them")
    .option("--control <KIND=FILE[:scale[:start-end]]>", "control map, may be repeated", collect, [])
    .option(
      "--region <ID_OR_MASK=PHRASE[:weight]>",
      "phrase for an id colour (#rrggbb) of the segmentation map, or for a mask file; may be repeated",
      collect,
      [],
    )
    .option("--regions <file>", "JSON list of regions: color or mask, prompt, weight")
    .option("--init <file>", "picture to start from (img2img)")
    .option("--strength <0-1>", "how much of it may change", parseNumber)
    .option("--mask <file>", "where to repaint it: white (inpaint)")
    .option("--steps <number>", "denoising steps", parseWhole)
    .option("--guidance <number>", "classifier-free guidance scale", parseNumber)
    .option("--scheduler <name>", "ddim, euler, euler_ancestral, dpmpp_2m, dpmpp_2m_karras, unipc or lcm")
    .option("--seed <number>", "seed; picture i of --count starts from seed + i", parseWhole)
    .option("--size <WxH>", "width and height in pixels, multiples of 8", parseSize)
    .option("--count <number>", "pictures", parseWhole)
    .option("--clip-skip <number>", "layers of the text encoder left out", parseWhole)
    .requiredOption("--out <file>", "where to save it: .png, .jpg or .webp");
  addCoreOptions(image).action(async ({ url, json = false, ...options }: GenerateImageOptions & CoreOptions) => {
    const [{ generateImage }, { Output }] = await Promise.all([import("./generate-image.ts"), import("./output.ts")]);
    await generateImage(chooseCore(url === undefined ? { json } : { url, json }), options, new Output(json));
  });
}

function addMotion(generate: Command): void {
  const motion = generate
    .command("motion")
    .description("Makes motion of a figure from prompts, along a path, through key poses, on a rig.")
    .option("--prompt <text>", "what the figure does; again for what comes after it", collect, [])
    .option("--duration <seconds>", "of the prompt before it; one for all if given once", collectNumber, [])
    .option("--bundle <id>", "model to use; `genga models list` shows them")
    .option(
      "--source <file>",
      "motion (JSON or BVH) to retarget, loop, resample or write in other formats, instead of prompts",
    )
    .option("--mode <name>", "hybrid, generated or retrieved")
    .option("--seed <number>", "seed; variation i starts from seed + i", parseWhole)
    .option("--variations <number>", "motions, each with its own seed", parseWhole)
    .option("--variation <0-1>", "how much of a recorded clip is made anew", parseNumber)
    .option("--steps <number>", "denoising steps", parseWhole)
    .option("--guidance <number>", "classifier-free guidance scale", parseNumber)
    .option("--speed <factor>", "how fast it is done; the durations stay", parseNumber)
    .option("--style <words>", "how it is done: tired, proud, sneaky")
    .option("--path <points>", 'where the pelvis goes: "x,z x,z@seconds …" in metres, or a JSON file')
    .option("--facing <along|free>", "whether the figure looks where the path goes")
    .option("--heading <angles>", 'where it looks: "seconds:degrees …", to the left positive')
    .option("--key-poses <file>", "JSON list of poses that are hit")
    .option("--loop", "let the end run into the start without a seam", false)
    .option("--in-place", "take the way over the ground out", false)
    .option("--no-foot-lock", "let feet that bear weight slide as the model made them")
    .option("--rig <file>", "JSON skeleton of a character; its curves stand in the json file")
    .option("--fps <number>", "frames a second", parseNumber)
    .option("--format <names>", "bvh, glb, json and openpose, with commas; by the ending of --out if it is a file")
    .option("--keyframes <every_frame|simplified>", "keys in glb and in the rig's curves")
    .option("--key-error <degrees>", "largest error of simplified keys", parseNumber)
    .option("--camera <file>", "JSON camera for openpose")
    .requiredOption("--out <folder-or-file>", "where to save: a folder, or a file such as walk.bvh");
  addCoreOptions(motion).action(async ({ url, json = false, ...options }: GenerateMotionOptions & CoreOptions) => {
    const [{ generateMotion }, { Output }] = await Promise.all([import("./generate-motion.ts"), import("./output.ts")]);
    await generateMotion(chooseCore(url === undefined ? { json } : { url, json }), options, new Output(json));
  });
}

function addMesh(generate: Command): void {
  const mesh = generate
    .command("mesh")
    .description("Makes textured meshes from a prompt, or from a picture with a bundle that takes one.")
    .argument("[prompt]", "what to make: a thing with its colours, parts, materials")
    .option("--prompt <text>", "the prompt, in place of the argument")
    .option("--image <file>", "reference picture, transparent around the thing or on a plain ground")
    .option("--bundle <id>", "model to use; `genga models list` shows them")
    .option("--source <name>", "auto, parametric, library or generated; auto takes the one that knows the words best")
    .option("--seed <number>", "seed; variation i of --count starts from seed + i", parseWhole)
    .option("--count <number>", "variations, each with its own seed", parseWhole)
    .option("--triangles <number>", "most triangles", parseWhole)
    .option("--lods <shares>", "further levels of detail as shares of the triangles, for instance 0.5,0.25")
    .option("--texture-size <pixels>", "side of the textures", parseWhole)
    .option("--texture-format <png|webp>", "how textures are stored")
    .option("--size <metres>", "longest side; as things of its kind are if left out", parseNumber)
    .option("--up-axis <Y|Z>", "axis that points up in obj and ply; glb is always +Y up")
    .option("--symmetry <none|x>", "generated: x makes the left side the mirror image of the right one")
    .option("--steps <number>", "generated: denoising steps", parseWhole)
    .option("--guidance <number>", "generated: classifier-free guidance scale", parseNumber)
    .option("--grid <cells>", "generated: cells along a side that the surface is found in", parseWhole)
    .option("--format <names>", "glb, obj and ply, with commas; by the ending of --out if it is a file")
    .requiredOption("--out <folder-or-file>", "where to save: a folder, or a file such as chair.glb")
    .addHelpText(
      "after",
      [
        "\nExamples:",
        '  genga generate mesh "a red wooden chair" --out chair.glb',
        '  genga generate mesh "an oak tree" --count 4 --lods 0.5,0.25 --out trees/',
        '  genga generate mesh "a small blue car" --source generated --format glb,obj --out car/',
      ].join("\n"),
    );
  addCoreOptions(mesh).action(
    async (words: string | undefined, { url, json = false, ...options }: GenerateMeshOptions & CoreOptions) => {
      const [{ generateMesh }, { Output }] = await Promise.all([import("./generate-mesh.ts"), import("./output.ts")]);
      await generateMesh(chooseCore(url === undefined ? { json } : { url, json }), words, options, new Output(json));
    },
  );
}
