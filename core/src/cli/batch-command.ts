import { type Command, Option } from "commander";
import type { BatchOptions } from "./batch.ts";
import { addCoreOptions, type CoreOptions, chooseCore } from "./core-options.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { parseWhole } from "./parse-numbers.ts";

/** Adds `genga batch`. */
export function addBatchCommand(program: Command): void {
  const command = program
    .command("batch")
    .description(
      "Runs a request file over a frame range, one signed output each; run again, it makes only what is missing.",
    )
    .requiredOption(
      "--request <file>",
      'JSON: {"task": "image", "motion", "mesh" or "texture", "params": …} with file names; #### becomes the frame number',
    )
    .requiredOption("--frames <range>", "for instance 1-240, 1-240x2 or 1,5,9-12")
    .requiredOption("--out <folder>", "where the frames go")
    .option("--name <pattern>", "file name of a frame (default: frame.#### with the ending of its format)")
    .addOption(
      new Option("--seed-policy <policy>", "one seed for all frames, or seed + frame")
        .choices(["fixed", "per-frame"])
        .default("fixed"),
    )
    .option("--ahead <number>", "frames submitted at once", parseWhole, 4)
    .option("--force", "make frames again that are there", false);
  addCoreOptions(command).action(async ({ url, json = false, ...options }: BatchOptions & CoreOptions) => {
    const [{ batch }, { Output }] = await Promise.all([import("./batch.ts"), import("./output.ts")]);
    const whole = await batch(chooseCore(url === undefined ? { json } : { url, json }), options, new Output(json));
    process.exitCode = whole ? EXIT_CODES.OK : EXIT_CODES.FAILED;
  });
}
