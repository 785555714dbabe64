import { readFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import envPaths from "env-paths";
import { packageFolder } from "./package-folder.ts";
import { CoreError } from "./protocol/errors.ts";
import type { Limits } from "./protocol/limits.ts";
import { type Settings, SettingsSchema } from "./settings.ts";

/** Where everything of one GENGA_HOME lies. */
export interface Paths {
  home: string;
  config_file: string;
  run_file: string;
  token_file: string;
  store: string;
  assets: string;
  keys: string;
  /** The tamper-evident log. */
  provenance: string;
  bundles: string;
  /** What may be deleted at any time. */
  cache: string;
  graph_cache: string;
  logs: string;
}

/** All settings with their defaults, and the paths that follow from GENGA_HOME. */
export interface Config extends Settings {
  paths: Paths;
  /** Folders that are searched for bundles, first found wins: the user's, the configured, the shipped. */
  bundle_folders: string[];
  limits: Limits;
  /** Names of GENGA_* variables that mean nothing here; worth a warning, since a misspelt policy would be in force nowhere. */
  unknown_environment: string[];
}

/** Where settings come from. */
export interface ConfigSources {
  env: Record<string, string | undefined>;
  /** Settings from the command line; text as typed, or values. */
  flags?: Record<string, unknown>;
}

const SHAPE: Record<string, unknown> = SettingsSchema.shape;
/** Lists whose items hold colons themselves; others are separated as in PATH. */
const COMMA_LISTS = new Set(["hosts", "comfyui"]);
/** Variables that other parts of the product read: the home itself, and those of tests and clients. */
const OTHER_VARIABLES = /^GENGA_(HOME|TEST_.*|BENCH_.*|URL)$/;

/** Gives the folder of all state: GENGA_HOME, else what the platform's convention says. */
export function homeFolder(env: ConfigSources["env"]): string {
  return resolve(env.GENGA_HOME || envPaths("genga", { suffix: "" }).data);
}

/** Gives the layout of a home folder. */
export function pathsOf(home: string): Paths {
  return {
    home,
    config_file: join(home, "config.json"),
    run_file: join(home, "run", "core.json"),
    token_file: join(home, "token"),
    store: join(home, "store"),
    assets: join(home, "assets"),
    keys: join(home, "keys"),
    provenance: join(home, "provenance"),
    bundles: join(home, "bundles"),
    cache: join(home, "cache"),
    graph_cache: join(home, "cache", "graphs"),
    logs: join(home, "logs"),
  };
}

/**
 * Reads all settings once. A later source wins: defaults, `$GENGA_HOME/config.json`, `GENGA_*` variables, command line.
 *
 * @throws CoreError CONFIG_INVALID naming setting, source, value and what would be right
 */
export function readConfig({ env, flags = {} }: ConfigSources): Config {
  const paths = pathsOf(homeFolder(env));
  const values: Record<string, unknown> = {};
  const sources: Record<string, string> = {};

  const file = readConfigFile(paths.config_file);
  for (const [name, value] of Object.entries(file)) {
    values[name] = value;
    sources[name] = "config.json";
  }
  const unknown_environment: string[] = [];
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith("GENGA_") || text === undefined || OTHER_VARIABLES.test(variable)) continue;
    const name = variable.slice("GENGA_".length).toLowerCase();
    if (name in SHAPE) {
      values[name] = fromText(name, text);
      sources[name] = `the variable ${variable}`;
    } else unknown_environment.push(variable);
  }
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    values[name] = typeof value === "string" ? fromText(name, value) : value;
    sources[name] = `the option --${name.replaceAll("_", "-")}`;
  }

  const parsed = SettingsSchema.safeParse(values);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = issue?.code === "unrecognized_keys" ? String(issue.keys[0]) : String(issue?.path[0]);
    throw invalid(
      name,
      sources[name] ?? "config.json",
      values[name],
      issue?.code === "unrecognized_keys"
        ? `is no setting; expected one of: ${Object.keys(SHAPE).join(", ")}`
        : (issue?.message ?? "is not valid"),
    );
  }
  const settings = parsed.data;
  check(settings, sources);
  const inHome = (path: string) => resolve(paths.home, path);
  return {
    ...settings,
    ...(settings.allow_list === undefined ? {} : { allow_list: inHome(settings.allow_list) }),
    ...(settings.signing_cert === undefined ? {} : { signing_cert: inHome(settings.signing_cert) }),
    ...(settings.signing_key === undefined ? {} : { signing_key: inHome(settings.signing_key) }),
    paths,
    bundle_folders: [paths.bundles, ...settings.bundles.map(inHome), join(packageFolder(), "models")],
    limits: {
      max_message_bytes: settings.max_message_bytes,
      max_chunk_bytes: settings.max_chunk_bytes,
      max_asset_bytes: settings.max_asset_bytes,
      max_open_jobs_per_client: settings.max_open_jobs_per_client,
      max_prompt_bytes: settings.max_prompt_bytes,
      max_pixels: settings.max_pixels,
      max_images_per_request: settings.max_images_per_request,
    },
    unknown_environment,
  };
}

/** Tells whether an address is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

function unreadable(path: string, cause: unknown): CoreError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
  return code === "ENOTDIR"
    ? new CoreError(
        "CONFIG_INVALID",
        `GENGA_HOME cannot be ${dirname(path)}: that is a file, or below one, not a folder.`,
        {
          remedy: "Set GENGA_HOME to a folder that you may write to; it is made if it is not there.",
          cause,
        },
      )
    : new CoreError("CONFIG_INVALID", `${path} cannot be read (${code}).`, {
        remedy: "Give your user the right to read it, or set GENGA_HOME to another folder.",
        cause,
      });
}

function readConfigFile(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw unreadable(path, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "unknown fault";
    throw new CoreError("CONFIG_INVALID", `config.json in GENGA_HOME is not JSON: ${why}.`, {
      remedy: "Correct the file, or remove it to get the defaults.",
      cause,
    });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CoreError("CONFIG_INVALID", "config.json in GENGA_HOME must hold one object of settings.");
  }
  return { ...value };
}

/** Gives text from a variable or option as the type that the setting has; what fits no type goes on as text and is refused. */
function fromText(name: string, text: string): unknown {
  switch (typeOf(SHAPE[name])) {
    case "number":
      return /^-?\d+$/.test(text.trim()) ? Number(text) : text;
    case "boolean":
      if (/^(1|true|yes|on)$/i.test(text)) return true;
      return /^(0|false|no|off)$/i.test(text) ? false : text;
    case "array":
      return text.split(COMMA_LISTS.has(name) ? "," : delimiter).filter((part) => part !== "");
    default:
      return text;
  }
}

function typeOf(schema: unknown): string {
  let inner = schema;
  for (;;) {
    if (typeof inner !== "object" || inner === null || !("def" in inner)) return "unknown";
    const { def } = inner;
    if (typeof def !== "object" || def === null || !("type" in def)) return "unknown";
    if (!("innerType" in def)) return String(def.type);
    inner = def.innerType;
  }
}

function check(settings: Settings, sources: Record<string, string>): void {
  const refuse = (name: keyof Settings, what: string, remedy?: string): never => {
    throw invalid(name, sources[name] ?? "the defaults", settings[name], what, remedy);
  };
  if (!isLoopback(settings.host) && !settings.allow_remote) {
    refuse(
      "host",
      "is not a loopback address, and allow_remote is off",
      "Set allow_remote (--allow-remote) if other machines shall reach this core, and guard the network: the connection is not encrypted.",
    );
  }
  const remote = settings.comfyui.find(({ url }) => !isLoopback(new URL(url).hostname));
  if (remote !== undefined && !settings.comfyui_allow_remote) {
    refuse(
      "comfyui",
      `names ${new URL(remote.url).host}, which is not on this machine, and comfyui_allow_remote is off`,
      "Set comfyui_allow_remote (--comfyui-allow-remote) if prompts and pictures may go there; unless it is https they are not encrypted.",
    );
  }
  if (settings.max_message_bytes < settings.max_chunk_bytes + 1024) {
    refuse("max_message_bytes", `must be at least max_chunk_bytes (${settings.max_chunk_bytes}) + 1024`);
  }
  if ((settings.signing_cert === undefined) !== (settings.signing_key === undefined)) {
    refuse(
      settings.signing_cert === undefined ? "signing_key" : "signing_cert",
      "needs signing_cert and signing_key together",
    );
  }
  if (settings.policy === "strict" && settings.allow_list === undefined) {
    refuse("policy", "needs allow_list, the file with the hashes that may run");
  }
}

function invalid(name: string, source: string, value: unknown, what: string, remedy?: string): CoreError {
  // An address of a server may hold a password, its headers a key.
  const secret = name === "token" || name === "comfyui";
  const shown = secret ? "(not shown)" : JSON.stringify(value);
  return new CoreError("CONFIG_INVALID", `Setting "${name}" from ${source} is ${shown}: ${what}.`, {
    remedy: remedy ?? `Correct ${source}.`,
    data: { setting: name, source, ...(secret ? {} : { value }) },
  });
}
