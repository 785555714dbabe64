import { Command } from "commander";
import { z } from "zod";
import { addServeCommand } from "../../core/src/cli/serve-command.ts";
import { SettingsSchema } from "../../core/src/settings.ts";

/** A setting as JSON Schema shows it. */
const SettingSchema = z.object({
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  default: z.unknown().optional(),
  description: z.string().min(1),
});
type Setting = z.infer<typeof SettingSchema>;

/** Gives the table of all settings: name, variable, option of `genga serve`, values, default, description. */
export function emitSettings(): string {
  const schema = z.toJSONSchema(SettingsSchema, { io: "input", unrepresentable: "any" });
  const options = serveOptions();
  const rows = Object.entries(schema.properties ?? {}).map(([name, found]) => {
    const parsed = SettingSchema.safeParse(found);
    if (!parsed.success) throw new Error(`Setting ${name} cannot be shown: ${parsed.error.issues[0]?.message}.`);
    const setting = parsed.data;
    const option = `--${name.replaceAll("_", "-")}`;
    const cells = [
      `\`${name}\``,
      `\`GENGA_${name.toUpperCase()}\``,
      options.has(option) ? `\`${option}\`` : "",
      values(name, setting),
      defaultOf(name, setting),
      setting.description.replaceAll("|", "\\|"),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "## All settings",
    "",
    "| config.json | variable | `genga serve` | values | default | meaning |",
    "|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

/** Gives the options that `genga serve` really takes. */
function serveOptions(): Set<string> {
  const program = new Command();
  addServeCommand(program);
  const [serve] = program.commands;
  return new Set(serve?.options.map(({ long }) => long ?? ""));
}

function values(name: string, setting: Setting): string {
  if (setting.enum !== undefined) return setting.enum.map((value) => `\`${value}\``).join(", ");
  if (setting.type === "boolean") return "`true`, `false`";
  if (name === "comfyui") return "list of addresses, or of maps";
  if (setting.type === "array") return "list of texts";
  if (setting.type === "string") {
    const { minLength = 0, maxLength } = setting;
    return maxLength === undefined ? "text" : `text, ${minLength} to ${maxLength} characters`;
  }
  const { minimum, maximum = Number.MAX_SAFE_INTEGER } = setting;
  const low = minimum === undefined || minimum < 0 ? "" : human(name, minimum);
  if (maximum === Number.MAX_SAFE_INTEGER) return low === "" ? "number" : `${low} or more`;
  return `${low} to ${human(name, maximum)}`;
}

function defaultOf(name: string, { default: value }: Setting): string {
  if (value === undefined) return "none";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(", ");
  if (typeof value !== "number") return `\`${String(value)}\``;
  const text = human(name, value);
  return text === String(value) ? `\`${value}\`` : `${text} (\`${value}\`)`;
}

/** Gives a number with the unit that its name tells, in the largest one that it fills evenly. */
function human(name: string, value: number): string {
  if (value === 0) return "0";
  if (name.endsWith("_bytes")) return scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);
  if (name.endsWith("_ms")) return scaled(value, 1000, ["ms", "s"]);
  if (name === "max_pixels" && Number.isInteger(Math.sqrt(value))) return `${Math.sqrt(value)} × ${Math.sqrt(value)}`;
  return String(value);
}

function scaled(value: number, base: number, units: string[]): string {
  let rest = value;
  let unit = 0;
  while (unit < units.length - 1 && rest % base === 0) {
    rest /= base;
    unit += 1;
  }
  return `${rest} ${units[unit]}`;
}
