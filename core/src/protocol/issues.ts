import type { z } from "zod";

/** One thing that is wrong with a value; goes out in `data.issues` of INVALID_REQUEST. */
export interface Issue {
  /** Where: `controls[0].kind`; empty for the value itself. */
  path: string;
  /** What, with the value met and what would be right: `must be at most 1000, is 5000`. */
  message: string;
}

type ZodIssue = z.core.$ZodIssue;

const SHOWN_ISSUES = 5;

/** Gives zod's issues as paths and sentences; parse with `{ reportInput: true }`, or the values met are missing. */
export function listIssues(issues: readonly ZodIssue[], root = ""): Issue[] {
  return issues.flatMap((issue) => describe(issue, join(root, issue.path)));
}

/** Gives issues as one readable sentence, the first five in full. */
export function formatIssues(issues: readonly Issue[]): string {
  const shown = issues.slice(0, SHOWN_ISSUES).map(({ path, message }) => (path ? `${path} ${message}` : message));
  const more = issues.length - shown.length;
  return `${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}.`;
}

function describe(issue: ZodIssue, path: string): Issue[] {
  const met = showMet(issue, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ path: join(path, [key]), message: "is not a field that is known here" }));
    case "invalid_type":
      if (issue.input === undefined) return [{ path, message: `is missing; expected ${typeName(issue.expected)}` }];
      return [{ path, message: `must be ${typeName(issue.expected)}${met}` }];
    case "too_big":
      return [{ path, message: `must ${bound(issue, Number(issue.maximum), "at most", "less than")}${met}` }];
    case "too_small":
      return [{ path, message: `must ${bound(issue, Number(issue.minimum), "at least", "more than")}${met}` }];
    case "not_multiple_of":
      return [{ path, message: `must be a multiple of ${issue.divisor}${met}` }];
    case "invalid_value":
      if (issue.input === undefined) return [{ path, message: `is missing; expected ${oneOf(issue.values)}` }];
      return [{ path, message: `must be ${oneOf(issue.values)}${met}` }];
    case "invalid_union":
      if (issue.discriminator !== undefined) return [{ path, message: issue.message }];
      return [{ path, message: `fits none of the forms that are allowed${met}` }];
    default:
      return [{ path, message: `${issue.message}${met}` }];
  }
}

function bound(
  issue: ZodIssue & { origin: string; inclusive?: boolean },
  limit: number,
  to: string,
  past: string,
): string {
  const amount = `${issue.inclusive === false ? past : to} ${limit}`;
  if (issue.origin === "string") return `have ${amount} characters`;
  if (issue.origin === "array" || issue.origin === "set") return `have ${amount} items`;
  return `be ${amount}`;
}

function typeName(expected: string): string {
  if (expected === "int" || expected === "safeint") return "an integer";
  if (expected === "number") return "a finite number";
  if (expected === "record" || expected === "object") return "a map";
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}

function oneOf(values: readonly unknown[]): string {
  const names = values.map((value) => (typeof value === "string" ? value : String(value)));
  return names.length === 1 ? `"${names[0]}"` : `one of: ${names.join(", ")}`;
}

/** The value met, short; never a token. */
function showMet(issue: ZodIssue, path: string): string {
  if (issue.input === undefined || /(^|\.)token$/.test(path)) return "";
  return `, is ${show(issue.input)}`;
}

function show(value: unknown): string {
  if (typeof value === "string") {
    return value.length > 60
      ? `${JSON.stringify(value.slice(0, 60))}… (${value.length} characters)`
      : JSON.stringify(value);
  }
  if (value instanceof Uint8Array) return `${value.byteLength} bytes of binary data`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return "a map";
  return String(value);
}

function join(root: string, path: readonly PropertyKey[]): string {
  let text = root;
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += text === "" ? String(part).slice(0, 80) : `.${String(part).slice(0, 80)}`;
  }
  return text;
}
