import { X509Certificate } from "node:crypto";
import { accessSync, constants, existsSync, readFileSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { freemem, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { connectCore, findCore } from "../client/connect.ts";
import { type Config, type ConfigSources, readConfig } from "../config.ts";
import { probeHost } from "../host/probe-host.ts";
import { createLogger } from "../logger.ts";
import { openRegistry } from "../models/registry.ts";
import { packageFolder } from "../package-folder.ts";
import { toCoreError } from "../protocol/errors.ts";
import { VERSION } from "../version.ts";

/** One thing that the doctor looked at. */
interface Finding {
  check: string;
  state: "ok" | "warning" | "problem";
  detail: string;
  /** What to do about it. */
  remedy?: string;
}

const GIB = 1024 ** 3;
const FREE_DISK_BYTES = 2 * GIB;

/**
 * `genga doctor`: looks at versions, state folder, ports, memory, providers, bundles and the signing certificate, each for real.
 *
 * @returns whether nothing is a problem
 */
export async function doctor({ json, env }: { json: boolean; env: ConfigSources["env"] }): Promise<boolean> {
  const findings = [versions()];
  try {
    const config = readConfig({ env });
    findings.push(
      settings(config),
      stateFolder(config),
      memory(),
      ...(await Promise.all([core(config), port(config)])),
    );
    findings.push(certificate(config), ...(await bundles(config)), ...(await inference(config, env)));
  } catch (thrown) {
    findings.push(failed("settings", thrown));
  }
  const healthy = findings.every(({ state }) => state !== "problem");
  if (json) process.stdout.write(`${JSON.stringify({ event: "doctor", healthy, findings })}\n`);
  else for (const finding of findings) process.stdout.write(`${lineOf(finding)}\n`);
  return healthy;
}

function versions(): Finding {
  const detail = `genga ${VERSION}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isOld = major < 20 || (major === 20 && minor < 19);
  return isOld
    ? { check: "versions", state: "problem", detail, remedy: "Install Node 20.19 or newer." }
    : { check: "versions", state: "ok", detail };
}

function settings(config: Config): Finding {
  const detail = `policy ${config.policy}, provider ${config.provider}, workers ${config.workers}`;
  const { unknown_environment: unknown } = config;
  return unknown.length === 0
    ? { check: "settings", state: "ok", detail }
    : {
        check: "settings",
        state: "warning",
        detail: `${detail}; not a setting: ${unknown.join(", ")}`,
        remedy: "Correct or remove these variables; docs/settings.md lists the settings.",
      };
}

function stateFolder({ paths }: Config): Finding {
  // Not made yet: its first existing parent must let it be made.
  let folder = paths.home;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    return {
      check: "state folder",
      state: "problem",
      detail: `${paths.home} cannot be written (${toCoreError(cause).code === "STORAGE_FULL" ? "read-only" : "no permission"})`,
      remedy: "Set GENGA_HOME to a folder that you may write to.",
    };
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const detail = `${paths.home}, ${gib(free)} free`;
  return free < FREE_DISK_BYTES
    ? {
        check: "state folder",
        state: "warning",
        detail,
        remedy: "Free disk space, or move GENGA_HOME to a larger disk.",
      }
    : { check: "state folder", state: "ok", detail };
}

function memory(): Finding {
  return { check: "memory", state: "ok", detail: `${gib(totalmem())}, ${gib(freemem())} unused` };
}

async function core({ paths }: Config): Promise<Finding> {
  const running = await findCore(paths.home);
  if (running === undefined) return { check: "core", state: "ok", detail: "none runs; `genga serve` starts one" };
  try {
    const client = await connectCore(running, { name: "genga-doctor", version: VERSION });
    const status = await client.call({ type: "status" }, "core_status");
    client.close();
    return {
      check: "core",
      state: "ok",
      detail: `runs at ${running.url}: ${status.queued} queued, ${status.running} running, provider ${status.provider}`,
    };
  } catch (thrown) {
    return failed("core", thrown);
  }
}

async function port(config: Config): Promise<Finding> {
  if (config.port === 0)
    return { check: "port", state: "ok", detail: "a free one at each start; clients find it by themselves" };
  if ((await findCore(config.paths.home)) !== undefined)
    return { check: "port", state: "ok", detail: `${config.port}, held by the core` };
  return await new Promise((resolve) => {
    const server = createServer();
    server.once("error", () =>
      resolve({
        check: "port",
        state: "problem",
        detail: `${config.port} is taken by another program`,
        remedy: "Set another port, or 0 for a free one.",
      }),
    );
    server.listen(config.port, config.host, () => {
      server.close(() => resolve({ check: "port", state: "ok", detail: `${config.port} is free` }));
    });
  });
}

function certificate({ signing_cert, paths }: Config): Finding {
  const file = signing_cert ?? join(paths.keys, "signer.pem");
  if (signing_cert === undefined && !existsSync(file)) {
    return { check: "signing", state: "ok", detail: "keys of this core's own are made at its first start" };
  }
  try {
    const text = readFileSync(file, "utf8");
    const start = text.indexOf("-----BEGIN CERTIFICATE-----");
    const { subject, validTo } = new X509Certificate(text.slice(start));
    const detail = `${subject.split("\n").join(", ")}, valid until ${validTo}`;
    return Date.parse(validTo) > Date.now()
      ? { check: "signing", state: "ok", detail }
      : {
          check: "signing",
          state: "problem",
          detail,
          remedy: "Have the certificate renewed; nothing is handed out unsigned.",
        };
  } catch {
    return {
      check: "signing",
      state: "problem",
      detail: "the signing certificate cannot be read",
      remedy: "Correct the setting signing_cert, or leave it out to sign with keys of this core's own.",
    };
  }
}

async function bundles(config: Config): Promise<Finding[]> {
  const logger = createLogger({ level: "silent", prompt_privacy: true });
  const registry = await openRegistry({ folders: config.bundle_folders, cache_folder: config.paths.cache, logger });
  const entries = registry.list();
  if (entries.length === 0) {
    return [
      {
        check: "bundles",
        state: "problem",
        detail: "there are none",
        remedy: "Bring one in with `genga models import FOLDER`.",
      },
    ];
  }
  return await Promise.all(
    entries.map(async (entry): Promise<Finding> => {
      if ("error" in entry) return failed(`bundle ${entry.id}`, entry.error);
      try {
        await registry.verify(entry.bundle);
        const { name, version, purpose } = entry.bundle.manifest;
        return { check: `bundle ${entry.id}`, state: "ok", detail: `${name} ${version}, ${purpose}, whole` };
      } catch (thrown) {
        return failed(`bundle ${entry.id}`, thrown);
      }
    }),
  );
}

async function inference(config: Config, env: ConfigSources["env"]): Promise<Finding[]> {
  if (!existsSync(join(packageFolder(), "dist", "host.js"))) {
    return [{ check: "inference", state: "problem", detail: "the core is not built", remedy: "Run `npm run build`." }];
  }
  try {
    const logger = createLogger({ level: "silent", prompt_privacy: true });
    const { machine, runtime_version, providers } = await probeHost({ logger, env });
    const asked = config.provider;
    return [
      {
        check: "inference",
        state: "ok",
        detail: `onnxruntime-node ${runtime_version}, ${machine.cpu}, ${machine.cores} cores`,
      },
      ...providers.map(({ provider, usable, reason }): Finding => {
        if (usable) return { check: `provider ${provider}`, state: "ok", detail: "usable" };
        const detail = `not usable: ${reason ?? "unknown reason"}`;
        return asked === provider
          ? {
              check: `provider ${provider}`,
              state: "problem",
              detail,
              remedy: "Set the provider to auto, or mend what is named.",
            }
          : { check: `provider ${provider}`, state: "ok", detail };
      }),
    ];
  } catch (thrown) {
    return [failed("inference", thrown)];
  }
}

function failed(check: string, thrown: unknown): Finding {
  const { message, remedy } = toCoreError(thrown);
  return { check, state: "problem", detail: message, ...(remedy === undefined ? {} : { remedy }) };
}

function lineOf({ check, state, detail, remedy }: Finding): string {
  const mark = { ok: "ok      ", warning: "warning ", problem: "PROBLEM " }[state];
  return `${mark} ${check.padEnd(24)} ${detail}${remedy === undefined ? "" : `\n${" ".repeat(34)}${remedy}`}`;
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
