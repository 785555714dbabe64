import type { ModelBuilder } from "../kit/model-builder.ts";

/** A number in a range; metres unless its name or `unit` says otherwise. */
export interface NumberParameter {
  readonly kind: "number";
  readonly min: number;
  readonly max: number;
  readonly unit?: "degrees" | "share";
}

/** A whole number in a range. */
export interface CountParameter {
  readonly kind: "count";
  readonly min: number;
  readonly max: number;
}

/** One of some words. */
export interface ChoiceParameter<Word extends string = string> {
  readonly kind: "choice";
  readonly options: readonly Word[];
}

/** What a program can be asked for. */
export type Parameter = NumberParameter | CountParameter | ChoiceParameter;

/** Values of a program's parameters by name. */
export type Values<Parameters extends Record<string, Parameter>> = {
  readonly [Name in keyof Parameters]: Parameters[Name] extends ChoiceParameter<infer Word> ? Word : number;
};

/** Values of a program's parameters, as they come from outside. */
export type ParameterValues = Readonly<Record<string, number | string>>;

/** A shape program: makes the parts of one category of things from named parameters. */
export interface Program {
  /** What it makes, one English noun. */
  readonly category: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Least and greatest length of the longest side, metres, over all values. */
  readonly size: readonly [number, number];
  /** Adds the parts: +Y up, the front to +Z. The values must have been checked against `parameters`. */
  build(values: ParameterValues, builder: ModelBuilder): void;
}

/** A program whose `build` knows its own parameters. */
export interface ProgramDefinition<Parameters extends Record<string, Parameter>> extends Omit<Program, "build"> {
  readonly parameters: Parameters;
  build(values: Values<Parameters>, builder: ModelBuilder): void;
}

/** Makes a program of a definition; inside `build` the compiler knows the words and numbers. */
export function defineProgram<const Parameters extends Record<string, Parameter>>(
  definition: ProgramDefinition<Parameters>,
): Program {
  // makeModel checks every value against `parameters`, which the narrower type is made of.
  return { ...definition, build: (values, builder) => definition.build(values as Values<Parameters>, builder) };
}

/** A number from min to max, metres. */
export function metres(min: number, max: number): NumberParameter {
  return { kind: "number", min, max };
}

/** A share of something, from min to max. */
export function share(min: number, max: number): NumberParameter {
  return { kind: "number", min, max, unit: "share" };
}

/** A whole number from min to max. */
export function count(min: number, max: number): CountParameter {
  return { kind: "count", min, max };
}

/** One of the words. */
export function oneOf<const Word extends string>(...options: readonly Word[]): ChoiceParameter<Word> {
  return { kind: "choice", options };
}
