import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Core, startCore } from "../../core/src/app.ts";
import { connectCore, findCore } from "../../core/src/client/connect.ts";
import type { CoreClient } from "../../core/src/client/core-client.ts";
import { readConfig } from "../../core/src/config.ts";
import { createLogger } from "../../core/src/logger.ts";
import type { JobEvent } from "../../core/src/protocol/core-messages.ts";

/** A core that drives ComfyUI servers, and a client of it. */
export interface ComfyCore {
  home: string;
  core: Core;
  client: CoreClient;
  /** Another client, by its name. */
  connect(name: string): Promise<CoreClient>;
  /** Resolves when a bundle is offered, with that state. */
  offered(id: string, online?: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Gives a server's settings with the workflows of the tests. */
export function serverSettings(url: string, more: Record<string, unknown> = {}) {
  const file = (name: string) => fileURLToPath(new URL(`workflows/${name}.json`, import.meta.url));
  const workflows = ["steps", "fails", "collage"].map((name) => ({ name, file: file(name) }));
  return { url, workflows, ...more };
}

/** Starts a core with ComfyUI servers in a home of its own. */
export async function startComfyCore(comfyui: unknown[], settings: Record<string, unknown> = {}): Promise<ComfyCore> {
  const home = mkdtempSync(join(tmpdir(), "genga-comfyui-"));
  if (typeof settings.allow_list === "string") {
    writeFileSync(join(home, "allowed.txt"), settings.allow_list);
    settings.allow_list = "allowed.txt";
  }
  const config = readConfig({ env: { GENGA_HOME: home }, flags: { comfyui, ...settings } });
  const core = await startCore(config, { logger: createLogger({ level: "silent", prompt_privacy: false }) });
  const clients: CoreClient[] = [];
  const connect = async (name: string) => {
    const address = await findCore(home);
    if (address === undefined) throw new Error("no core was found");
    const client = await connectCore(address, { name, version: "1" });
    clients.push(client);
    return client;
  };
  const client = await connect("test");
  return {
    home,
    core,
    client,
    connect,
    async offered(id, online = true) {
      // `capabilities_changed` renews what the client was told at its welcome.
      const found = () =>
        client.welcome?.capabilities.bundles.some((bundle) => bundle.id === id && bundle.online === online);
      for (let tries = 0; !found(); tries++) {
        if (tries > 2000) throw new Error(`${id} was not ${online ? "offered" : "taken away"}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async close() {
      for (const one of clients) one.close();
      await core.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Follows a job to its end. */
export async function follow(client: CoreClient, job_id: string, onEvent: (event: JobEvent) => void = () => undefined) {
  const events: JobEvent[] = [];
  for await (const event of client.events(job_id)) {
    events.push(event);
    onEvent(event);
  }
  const end = events.at(-1);
  if (end === undefined) throw new Error("a job without events");
  return { events, end };
}

/** Asks for a picture and follows the job to its end. */
export async function generate(client: CoreClient, params: Record<string, unknown>) {
  const { job_id } = await client.submit("image", params);
  return { job_id, ...(await follow(client, job_id)) };
}
