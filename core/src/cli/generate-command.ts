import type { Command } from "commander";
import { addCoreOptions, type CoreOptions, chooseCore } from "./core-options.ts";
import type { GenerateImageOptions } from "./image-request.ts";
import { collect, parseNumber, parseSize, parseWhole } from "./parse-numbers.ts";

/** Adds `genga generate image`. */
export function addGenerateCommand(program: Command): void {
  const generate = program.command("generate").description("Makes something and saves it signed.");
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
