import { ERROR_CODES } from "../../core/src/protocol/errors.ts";
import { type Definitions, definition, descriptionOf, type JsonSchema, refName } from "./definitions.ts";

/** Gives one definition as a section: description, and a table of its fields or its values. */
export function emitSection(name: string, definitions: Definitions): string {
  const schema = definition(definitions, name);
  const lines = [`### ${name}`, "", cell(schema.description ?? ""), ""];
  if (schema.properties === undefined) lines.push(`Type: ${typeText(schema)}${limitText(schema)}`, "");
  else lines.push(...fieldTable(schema, definitions));
  return lines.join("\n");
}

/** Gives the table of error codes. */
export function emitErrorTable(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, meaning]) => `| \`${code}\` | ${cell(meaning)} |`);
  return ["| code | meaning |", "|---|---|", ...rows, ""].join("\n");
}

/** Gives the members of a union as links with what each is for. */
export function emitUnionTable(name: string, definitions: Definitions): string {
  const members = definition(definitions, name).oneOf ?? [];
  const rows = members.map((member) => {
    const id = refName(member) ?? "";
    const schema = definition(definitions, id);
    return `| \`${schema.properties?.type?.const}\` | ${link(id)} | ${cell(schema.description ?? "")} |`;
  });
  return ["| type | fields | meaning |", "|---|---|---|", ...rows, ""].join("\n");
}

function fieldTable(schema: JsonSchema, definitions: Definitions): string[] {
  return ["| field | type | default | meaning |", "|---|---|---|---|", ...fieldRows(schema, definitions, ""), ""];
}

function fieldRows(schema: JsonSchema, definitions: Definitions, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const required = schema.required?.includes(key) ?? false;
    const path = `${prefix}${key}`;
    const meaning = child.const === undefined ? descriptionOf(child, definitions) : (child.description ?? "");
    const row = `| \`${path}\` | ${typeText(child)}${limitText(child)} | ${defaultText(child, required)} | ${cell(meaning)} |`;
    if (child.properties !== undefined) return [row, ...fieldRows(child, definitions, `${path}.`)];
    if (child.items?.properties !== undefined) return [row, ...fieldRows(child.items, definitions, `${path}[].`)];
    return [row];
  });
}

function defaultText(schema: JsonSchema, required: boolean): string {
  if (required) return "required";
  if (schema.default === undefined) return "absent";
  return `\`${JSON.stringify(schema.default)}\``;
}

function typeText(schema: JsonSchema): string {
  const name = refName(schema);
  if (name !== undefined) return link(name);
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(", ");
  const members = schema.anyOf ?? schema.oneOf;
  if (members !== undefined) return members.map(typeText).join(" or ");
  if (schema.type === "array") return `list of ${typeText(schema.items ?? {})}`;
  if (schema.type === "object") {
    const values = typeof schema.additionalProperties === "object" ? typeText(schema.additionalProperties) : "any";
    return schema.properties === undefined ? `map of ${values}` : "map";
  }
  if (schema.format === "binary") return "bytes";
  return schema.type ?? "any";
}

function limitText(schema: JsonSchema): string {
  const parts: string[] = [];
  const low = schema.minimum ?? schema.exclusiveMinimum;
  const high = schema.maximum ?? schema.exclusiveMaximum;
  if (low !== undefined) parts.push(`${schema.minimum === undefined ? ">" : "≥"} ${low}`);
  if (high !== undefined) parts.push(`${schema.maximum === undefined ? "<" : "≤"} ${high}`);
  if (schema.multipleOf !== undefined) parts.push(`multiple of ${schema.multipleOf}`);
  const unit = schema.type === "array" ? "items" : "characters";
  const shortest = schema.minLength ?? schema.minItems;
  const longest = schema.maxLength ?? schema.maxItems;
  if (shortest !== undefined) parts.push(`at least ${shortest} ${unit}`);
  if (longest !== undefined) parts.push(`at most ${longest} ${unit}`);
  if (schema.pattern !== undefined) parts.push(`pattern \`${schema.pattern.replaceAll("|", "\\|")}\``);
  return parts.length === 0 ? "" : `, ${parts.join(", ")}`;
}

function link(name: string): string {
  return `[${name}](#${name.toLowerCase()})`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");
}
