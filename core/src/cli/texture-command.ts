import type { Command } from "commander";
import { addCoreOptions, type CoreOptions, chooseCore } from "./core-options.ts";
import { collect, parseNumber, parseWhole } from "./parse-numbers.ts";
import type { TextureOptions } from "./texture-request.ts";

/** Adds `genga texture`. */
export function addTextureCommand(program: Command): void {
  const command = program
    .command("texture")
    .description("Paints a GLB from a prompt, view by view, into the texture coordinates that it has.")
    .argument("<model>", "glTF 2.0 binary (.glb), not compressed")
    .argument("[prompt]", "what it looks like")
    .option("--prompt <text>", "the prompt, in place of the argument")
    .option("--negative-prompt <text>", "what it must not look like")
    .option("--bundle <id>", "image model to use; `genga models list` shows them")
    .option("--object <name>", "node to paint, may be repeated; none = all", collect, [])
    .option("--seed <number>", "seed", parseWhole)
    .option("--steps <number>", "denoising steps of each view", parseWhole)
    .option("--guidance <number>", "classifier-free guidance scale", parseNumber)
    .option("--strength <0-1>", "below 1 the present look is kept that much", parseNumber)
    .option("--depth <scale>", "how strongly the depth map guides", parseNumber)
    .option("--normal <scale>", "how strongly the normal map guides", parseNumber)
    .option("--lineart <scale>", "how strongly the line map guides", parseNumber)
    .option("--views <number>", "most views", parseWhole)
    .option("--view-size <pixels>", "side of each view", parseWhole)
    .option("--texture-size <pixels>", "side of the texture", parseWhole)
    .option("--texture-format <png|webp>", "how textures are stored")
    .option("--unwrap <never|missing|all>", "which meshes get new texture coordinates")
    .option("--roughness <0-1>", "roughness of the painted material", parseNumber)
    .option("--metallic <0-1>", "metalness of the painted material", parseNumber)
    .requiredOption("--out <file>", "where to save it: a .glb file")
    .addHelpText(
      "after",
      [
        "\nExamples:",
        '  genga texture table.glb "weathered oak" --out oak.glb',
        '  genga texture car.glb "rusty, in red" --object Body --texture-size 2048 --out rusty.glb',
      ].join("\n"),
    );
  addCoreOptions(command).action(
    async (
      model: string,
      words: string | undefined,
      { url, json = false, ...options }: TextureOptions & CoreOptions,
    ) => {
      const [{ texture }, { Output }] = await Promise.all([import("./texture.ts"), import("./output.ts")]);
      await texture(chooseCore(url === undefined ? { json } : { url, json }), model, words, options, new Output(json));
    },
  );
}
