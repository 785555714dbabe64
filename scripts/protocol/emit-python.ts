import { ERROR_CODES } from "../../core/src/protocol/errors.ts";
import { type Definitions, definition, descriptionOf, type JsonSchema, refName } from "./definitions.ts";

const HEADER = `# Generated from core/src/protocol by \`npm run protocol\`; do not edit.
"""Every message of the protocol genga.v1 as a frozen dataclass; the words are those on the wire.

Build values with keywords, read fields as attributes. \`genga_client.codec\` turns them into MessagePack and back.
A field that may be absent has the default None; None is never sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, TypeAlias

from .limit import Limit

PROTOCOL_VERSION: Final = "genga.v1"
"""WebSocket sub-protocol that these messages belong to."""
`;

interface PythonField {
  name: string;
  type: string;
  value: string | undefined;
  doc: string;
}

/** Gives protocol.py: standard library only, frozen dataclasses, one for each object of the definitions. */
export function emitPython(definitions: Definitions): string {
  const parts = [HEADER];
  for (const [name, schema] of definitions) parts.push(emitDefinition(name, schema, definitions));
  const codes = Object.entries(ERROR_CODES).map(([code, meaning]) => `    ${quote(code)}: ${quote(meaning)},\n`);
  parts.push(`ERROR_CODES: Final[dict[ErrorCode, str]] = {\n${codes.join("")}}\n"""What each error code means."""\n`);
  return parts.join("\n\n");
}

function emitDefinition(name: string, schema: JsonSchema, definitions: Definitions): string {
  if (schema.properties !== undefined) return emitClass(name, schema, definitions);
  const members = schema.oneOf?.map((member) => pythonType(member, name));
  const type = members === undefined ? pythonType(schema, name) : members.join(" | ");
  return `${name}: TypeAlias = ${type}\n"""${docText(schema.description ?? "")}"""\n`;
}

function emitClass(name: string, schema: JsonSchema, definitions: Definitions): string {
  const nested: string[] = [];
  const fields = Object.entries(schema.properties ?? {}).map(([key, child]): PythonField => {
    const inner = child.items?.properties === undefined ? child : child.items;
    if (inner.properties !== undefined) nested.push(emitClass(nestedName(name, key), inner, definitions));
    const required = schema.required?.includes(key) ?? false;
    const type = pythonType(child, nestedName(name, key));
    const optional = !required && child.default === undefined;
    return {
      name: key,
      type: optional ? `${type} | None` : type,
      value: defaultOf(child, required, type, definitions),
      doc: descriptionOf(child, definitions),
    };
  });
  const lines = fields.map(({ name: key, type, value, doc }) => {
    const assigned = value === undefined ? "" : ` = ${value}`;
    return `    ${key}: ${type}${assigned}\n${doc === "" ? "" : `    """${docText(doc)}"""\n`}`;
  });
  const doc = `    """${docText(schema.description ?? `Part of ${name}.`)}"""\n`;
  return [...nested, `@dataclass(frozen=True, kw_only=True)\nclass ${name}:\n${doc}\n${lines.join("")}`].join("\n\n");
}

function defaultOf(schema: JsonSchema, required: boolean, type: string, definitions: Definitions): string | undefined {
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.default === undefined) return required ? undefined : "None";
  if (Array.isArray(schema.default)) {
    if (schema.default.length > 0) return `field(default_factory=lambda: [${schema.default.map(literal).join(", ")}])`;
    return `field(default_factory=${type.replace(/^Annotated\[(.*), Limit\(.*\)\]$/, "$1")})`;
  }
  if (typeof schema.default === "object") {
    const name = refName(schema);
    if (type.startsWith("dict[") && Object.keys(schema.default ?? {}).length === 0)
      return `field(default_factory=${type})`;
    if (name === undefined || definition(definitions, name).required !== undefined) {
      throw new Error(`A default object must be one whose fields all have defaults: ${type}`);
    }
    return `field(default_factory=${name})`;
  }
  if (schema.type === "number" && Number.isInteger(schema.default)) return `${schema.default}.0`;
  return literal(schema.default);
}

/** The annotation of a value; `nested` is the class made for an object that has no name of its own. */
function pythonType(schema: JsonSchema, nested: string): string {
  const name = refName(schema);
  if (name !== undefined) return name;
  if (schema.const !== undefined) return `Literal[${literal(schema.const)}]`;
  if (schema.enum !== undefined) return `Literal[${schema.enum.map(literal).join(", ")}]`;
  if (schema.anyOf !== undefined) return schema.anyOf.map((member) => pythonType(member, nested)).join(" | ");
  if (schema.properties !== undefined) return nested;
  switch (schema.type) {
    case "string":
      return schema.format === "binary" ? "bytes" : limited("str", schema);
    case "integer":
      return limited("int", schema);
    case "number":
      return limited("float", schema);
    case "boolean":
      return "bool";
    case "array":
      return limited(`list[${pythonType(schema.items ?? {}, nested)}]`, schema);
    case "object": {
      const values = typeof schema.additionalProperties === "object" ? schema.additionalProperties : {};
      return `dict[str, ${pythonType(values, nested)}]`;
    }
    case undefined:
      return "Any";
    default:
      throw new Error(`No Python type for ${JSON.stringify(schema)}`);
  }
}

function limited(type: string, schema: JsonSchema): string {
  const limits: [string, string | number | undefined][] = [
    ["minimum", schema.minimum],
    ["maximum", schema.maximum],
    ["more_than", schema.exclusiveMinimum],
    ["less_than", schema.exclusiveMaximum],
    ["multiple_of", schema.multipleOf],
    ["min_length", schema.minLength ?? schema.minItems],
    ["max_length", schema.maxLength ?? schema.maxItems],
    ["pattern", schema.pattern],
  ];
  const given = limits.filter(([, value]) => value !== undefined);
  if (given.length === 0) return type;
  const values = given.map(([key, value]) => `${key}=${typeof value === "string" ? `r${quote(value)}` : value}`);
  return `Annotated[${type}, Limit(${values.join(", ")})]`;
}

function nestedName(parent: string, field: string): string {
  const pascal = field.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return parent + pascal;
}

function literal(value: unknown): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "string" ? quote(value) : String(value);
}

function quote(text: string): string {
  if (/["\\\n]/.test(text)) throw new Error(`Not a plain string: ${text}`);
  return `"${text}"`;
}

function docText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"""', "'''");
}
