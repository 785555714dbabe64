import type { Command } from "commander";
import { addCoreOptions, type CoreOptions, chooseCore } from "./core-options.ts";
import { collect } from "./parse-numbers.ts";
import type { SignOptions } from "./sign.ts";

/** Adds `genga sign`. */
export function addSignCommand(program: Command): void {
  const sign = program
    .command("sign <files...>")
    .description(
      "Signs files that were made elsewhere, with what you say of them. Changes no pixel; adds no claim of its own.",
    )
    .option(
      "--action <NAME[:ORIGIN]>",
      "what was done, in C2PA's words: created, edited, converted …; ORIGIN is how the content came about: digitalCreation, humanEdits, trainedAlgorithmicMedia …; may be repeated",
      collect,
      [],
    )
    .option("--parent <file>", "file that this one is an edited version of")
    .option("--component <file>", "file that is a part of it; may be repeated", collect, [])
    .option("--input <file>", "file that guided how it was made; may be repeated", collect, [])
    .option("--model <ROLE=FILE>", "model file that took part, named by its hash; may be repeated", collect, [])
    .option("--models <file>", "JSON list of models with licence and training data")
    .option("--software <NAME VERSION>", "program that made it, for instance 'Blender 5.2'")
    .option("--parameters <file>", "JSON of the settings it was made with")
    .option("--private", "keep prompts and workflows out; a file that holds some is refused")
    .option("--title <text>", "title; by default the file's name")
    .option("--project <name>", "for the record")
    .option("--shot <name>", "for the record")
    .option("--out <file>", "where to save the signed file; by default NAME-signed beside it")
    .option("--replace", "put the signed file in the place of the original");
  addCoreOptions(sign).action(
    async (files: string[], { url, json = false, ...options }: Omit<SignOptions, "files"> & CoreOptions) => {
      const [{ signFiles }, { Output }] = await Promise.all([import("./sign.ts"), import("./output.ts")]);
      const choice = chooseCore(url === undefined ? { json } : { url, json });
      await signFiles(choice, { ...options, files }, new Output(json));
    },
  );
}
