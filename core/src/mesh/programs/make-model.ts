import { CoreError } from "../../protocol/errors.ts";
import { ModelBuilder } from "../kit/model-builder.ts";
import type { Model } from "../mesh.ts";
import type { PackChartsOptions } from "../pack-charts.ts";
import { PROGRAMS } from "./index.ts";
import type { Parameter, ParameterValues, Program } from "./program.ts";

/** Options of {@link makeModel}. */
export interface MakeModelOptions extends PackChartsOptions {
  /**
   * Triangles that there is room for: what is round is made of more faces, up to {@link FINEST} times as many around and along, as long
   * as the whole stays within. Absent = as the program makes it. A program that makes more than these makes them all.
   */
  maxTriangles?: number;
}

/** From here on more faces around and along can no longer be seen. */
const FINEST = 4;

/**
 * Makes the model of a category.
 *
 * @throws CoreError INVALID_REQUEST if there is no such category, or a value is missing, unknown or out of range
 */
export function makeModel(
  category: string,
  values: ParameterValues,
  { maxTriangles = 0, ...options }: MakeModelOptions = {},
): Model {
  const program = findProgram(category);
  checkValues(program, values);
  const builder = new ModelBuilder();
  program.build(values, builder);
  let finer = 1;
  while (finer < FINEST && builder.countTriangles(finer + 1) <= maxTriangles) finer += 1;
  return builder.finish(category, { ...options, finer });
}

/** Finds the program of a category. @throws CoreError INVALID_REQUEST */
export function findProgram(category: string): Program {
  const program = PROGRAMS.find((known) => known.category === category);
  if (program !== undefined) return program;
  const known = PROGRAMS.map((one) => one.category).join(", ");
  throw new CoreError("INVALID_REQUEST", `There is no shape program for "${category}"; expected one of: ${known}.`, {
    remedy: "Choose one of these categories.",
  });
}

/**
 * Draws values for a program: `random` gives numbers in [0, 1). What may be left out ("none" or "same" first in the
 * options) is left out half of the time, so that plain wood comes up beside twelve paints.
 */
export function drawValues(program: Program, random: () => number): ParameterValues {
  return Object.fromEntries(
    Object.entries(program.parameters).map(([name, parameter]) => {
      const at = random();
      if (parameter.kind === "choice") {
        return [name, drawOption(parameter.options, at)];
      }
      const { min, max } = parameter;
      return [name, parameter.kind === "count" ? min + Math.floor(at * (max - min + 1)) : min + at * (max - min)];
    }),
  );
}

function drawOption(options: readonly string[], at: number): string {
  const [first, ...others] = options as readonly [string, ...string[]];
  if (first !== "none" && first !== "same") return options[Math.floor(at * options.length)] as string;
  return at < 0.5 ? first : (others[Math.floor((at - 0.5) * 2 * others.length)] as string);
}

function checkValues({ category, parameters }: Program, values: ParameterValues): void {
  const refuse = (name: string, met: unknown, right: string): never => {
    throw new CoreError(
      "INVALID_REQUEST",
      `The ${category}'s ${name} is ${JSON.stringify(met) ?? "missing"}; expected ${right}.`,
      {
        remedy: "Give every parameter a value in its range.",
        data: { category, parameter: name },
      },
    );
  };
  for (const name of Object.keys(values)) {
    if (!(name in parameters))
      refuse(name, values[name], `one of the parameters ${Object.keys(parameters).join(", ")}`);
  }
  for (const [name, parameter] of Object.entries(parameters)) {
    if (!isIn(parameter, values[name])) refuse(name, values[name], rangeOf(parameter));
  }
}

function isIn(parameter: Parameter, value: unknown): boolean {
  if (parameter.kind === "choice") return typeof value === "string" && parameter.options.includes(value);
  if (typeof value !== "number" || !(value >= parameter.min && value <= parameter.max)) return false;
  return parameter.kind === "number" || Number.isInteger(value);
}

function rangeOf(parameter: Parameter): string {
  if (parameter.kind === "choice") return `one of ${parameter.options.join(", ")}`;
  return `${parameter.kind === "count" ? "a whole number" : "a number"} from ${parameter.min} to ${parameter.max}`;
}
