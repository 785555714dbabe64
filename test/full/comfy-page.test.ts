import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectCore, findCore } from "../../core/src/client/connect.ts";
import type { CoreClient } from "../../core/src/client/core-client.ts";
import { startServe } from "../cli/run-cli.ts";
import { type ComfyServer, startComfy } from "../support/comfy-server.ts";

// The pack in the real page of ComfyUI. CHROMIUM names the browser, else Debian's; COMFY_SCREENSHOTS a folder to look at what was seen.
const FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-first-run"];
// Ten times what a quiet machine needs: a deadline tells a hang.
const WAIT = { timeout: 120_000 };
/** In the page; ComfyUI's frontend sets it. */
declare const window: { app: ComfyApp };
interface PageCanvas {
  width: number;
  height: number;
  dataset: { frame?: string };
  getContext(kind: "2d"): { getImageData(x: number, y: number, w: number, h: number): { data: number[] } } | null;
}
interface ComfyApp {
  graph: {
    nodes: { id: number; type: string; pos: ArrayLike<number>; widgets?: { name: string; value: unknown }[] }[];
    serialize(): { nodes: { type: string; widgets_values?: unknown[] }[] };
  };
  loadApiJson(prompt: object, name: string): Promise<void>;
}

let folder: string;
let core: Awaited<ReturnType<typeof startServe>> | undefined;
let client: CoreClient;
let comfy: ComfyServer;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

const home = () => join(folder, "core");
const badge = (node: RegExp) => page.getByRole("button", { name: node });
const toast = (text: RegExp) => page.getByRole("alert").filter({ hasText: text });
const sidebar = () => page.locator(".genga-sidebar");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "genga-comfy-page-"));
  core = await startServe(home());
  client = await connectClient();
  // A first start shows templates and news over the page.
  const settings = join(folder, "comfyui", "user", "default", "comfy.settings.json");
  await mkdir(join(settings, ".."), { recursive: true });
  await writeFile(settings, JSON.stringify({ "Comfy.TutorialCompleted": true, "Comfy.InstalledVersion": "1.32.9" }));
  comfy = await startComfy({ folder: join(folder, "comfyui"), pack: true, environ: { GENGA_HOME: home() } });
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  page = await browser.newPage({ viewport: { width: 1360, height: 850 } });
  page.setDefaultTimeout(WAIT.timeout);
  page.on("console", (message) => {
    const from = `${message.location().url} ${message.text()}`;
    // One test gives the settings an address that is none; browsers log every answer of 400.
    const wanted = message.location().url.endsWith("/genga/settings");
    if (message.type() === "error" && from.includes("genga") && !wanted) complaints.push(from);
  });
  page.on("pageerror", (error) => complaints.push(error.stack ?? error.message));
  await openPage();
});

afterAll(async () => {
  await browser?.close();
  await comfy?.stop("SIGKILL");
  client?.close();
  await core?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function connectClient(): Promise<CoreClient> {
  const address = await findCore(home());
  if (address === undefined) throw new Error("The core cannot be found.");
  return connectCore(address, { name: "genga-blender", version: "1" });
}

async function openPage(): Promise<void> {
  await page.goto(comfy.url);
  await page.waitForFunction(() => window.app?.graph !== undefined, null, WAIT);
  await page.getByRole("button", { name: "Jobs, results and provenance of Genga" }).waitFor(WAIT);
}

async function openSidebar(): Promise<void> {
  await page.getByRole("button", { name: "Jobs, results and provenance of Genga" }).click();
  await sidebar().getByText("Connected", { exact: true }).waitFor(WAIT);
}

/** Loads a graph that generates a small picture and signs it. */
async function loadGraph(seed: number): Promise<void> {
  const generate = {
    ...{ prompt: "a lighthouse at dawn", negative_prompt: "", bundle: "tiny-random-sd", width: 64, height: 64, seed },
    ...{ steps: 2, guidance_scale: 0, scheduler: "default", batch_size: 1, strength: 0.8 },
  };
  const save = { images: ["1", 0], filename_prefix: "shot", format: "png", quality: 90, private: false };
  await page.evaluate((prompt) => window.app.loadApiJson(prompt, "village"), {
    1: { class_type: "GengaGenerateImage", inputs: generate, _meta: { title: "Generate" } },
    2: { class_type: "GengaSignAndSaveImage", inputs: save, _meta: { title: "Sign and save" } },
  });
  await fixSeeds();
}

/** Lets the next run give the same graph. */
async function fixSeeds(): Promise<void> {
  await page.evaluate(() => {
    for (const { widgets } of window.app.graph.nodes) {
      const control = widgets?.find(({ name }) => name === "control_after_generate");
      if (control !== undefined) control.value = "fixed";
    }
  });
}

/** Loads a graph that generates a motion twice over and saves it. */
async function loadMotionGraph(seed: number): Promise<void> {
  const generate = {
    ...{ timeline: "a person walks forward | 2 s\na person waves | 1 s", bundle: "tiny-random-motion", duration: 0 },
    ...{ mode: "retrieved", seed, batch_size: 2, variation: 0.4, speed: 1, style: "", loop: false, in_place: false },
    ...{ fps: 10, steps: 2, guidance_scale: 0 },
  };
  const save = {
    ...{ motion: ["1", 0], filename_prefix: "walk", bvh: true, glb: false, json: true, fps: 0 },
    ...{ keyframes: "every_frame", loop: false, in_place: false },
  };
  await page.evaluate((prompt) => window.app.loadApiJson(prompt, "walk"), {
    1: { class_type: "GengaGenerateMotion", inputs: generate, _meta: { title: "Generate" } },
    2: { class_type: "GengaSaveMotion", inputs: save, _meta: { title: "Save" } },
  });
  await fixSeeds();
}

/** The player of Save, which is whole in sight. */
const player = () => page.locator(".genga-motion").last();
const canvas = () => player().locator("canvas");
/** Frame that the player shows. */
const frame = () => canvas().evaluate((one: PageCanvas) => Number(one.dataset.frame));
/** Pixels of a colour of the page's canvas, and how far from its left they are on average. */
const pixelsOf = (colour: [number, number, number]) =>
  canvas().evaluate((one: PageCanvas, [red, green, blue]) => {
    const { data } = one.getContext("2d")?.getImageData(0, 0, one.width, one.height) ?? { data: [] };
    let count = 0;
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i] !== red || data[i + 1] !== green || data[i + 2] !== blue) continue;
      count++;
      sum += (i / 4) % one.width;
    }
    return { count, x: sum / count };
  }, colour);
const LEFT_LIMB: [number, number, number] = [255, 112, 67];

async function seek(to: number): Promise<void> {
  await player()
    .locator("input[type=range]")
    .evaluate((one: { value: string; dispatchEvent(event: Event): void }, value) => {
      one.value = String(value);
      one.dispatchEvent(new Event("input"));
    }, to);
}

/** What a saved workflow holds of the nodes' controls. */
const savedWidgets = () =>
  page.evaluate(() => window.app.graph.serialize().nodes.map(({ widgets_values }) => widgets_values ?? []));

const run = () => page.getByRole("button", { name: "Run", exact: true }).click();
const shot = async (name: string) => {
  const shots = process.env.COMFY_SCREENSHOTS;
  if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}.png`) });
};
const submit = async (prompt: string) => {
  const params = { bundle: "tiny-random-sd", prompt, width: 64, height: 64, num_inference_steps: 2, seed: 7 };
  return (await client.submit("image", params, { project: "harbour", shot: "sh010" })).job_id;
};
const listJobs = () => client.call({ type: "jobs_list", limit: 100 }, "jobs");
async function lastEvent(job_id: string): Promise<string> {
  let last = "";
  for await (const event of client.events(job_id)) last = event.type;
  return last;
}

describe("the pack in ComfyUI's page", () => {
  it("lists the core's jobs in a sidebar tab, where one click cancels one", async () => {
    expect(await lastEvent(await submit("a made picture"))).toBe("result");
    await client.call({ type: "jobs_update", action: "pause" }, "jobs");
    const waiting = await submit("a waiting picture");
    await openSidebar();
    await sidebar().getByText("a waiting picture").waitFor(WAIT);
    expect(await sidebar().getByText("The queue is paused.").count()).toBe(0);
    await shot("1-sidebar");
    await sidebar().getByRole("button", { name: "Cancel: a waiting picture" }).click();
    expect(await lastEvent(waiting)).toBe("cancelled");
    await sidebar().getByRole("button", { name: "Remove: a waiting picture" }).click();
    await sidebar()
      .getByText("a waiting picture")
      .waitFor({ ...WAIT, state: "detached" });
    await sidebar().getByRole("button", { name: "Resume queue" }).click();
    await sidebar().getByRole("button", { name: "Pause queue" }).waitFor(WAIT);
    expect((await listJobs()).paused).toBe(false);
  });

  it("shows results as thumbnails, with the record behind, and brings one into the graph", async () => {
    await sidebar()
      .getByRole("button", { name: /a made picture/ })
      .click();
    const dialog = page.getByRole("dialog", { name: "Provenance" });
    await dialog.getByText("Signature right, issuer trusted here").waitFor(WAIT);
    expect(await dialog.locator("blockquote").textContent()).toBe("a made picture");
    await dialog.getByRole("button", { name: "Add to the graph" }).click();
    await dialog.waitFor({ state: "detached" });
    const file = await page.evaluate(
      () =>
        window.app.graph.nodes.find(({ type }) => type === "LoadImage")?.widgets?.find(({ name }) => name === "image")
          ?.value,
    );
    const made = (await listJobs()).jobs.find(({ label }) => label === "a made picture");
    const bytes = await readFile(join(folder, "comfyui", "input", String(file)));
    expect(bytes.byteLength).toBe(made?.outputs[0]?.size);
    expect(bytes.includes("c2pa")).toBe(true);
  });

  it("runs a graph by the Run button and badges the nodes whose files are signed", async () => {
    await loadGraph(1);
    const before = await savedWidgets();
    await run();
    await badge(/^Provenance: Signed, trusted/)
      .nth(1)
      .waitFor(WAIT);
    await shot("2-badges");
    // ComfyUI adds its own previews behind; the badge stands in no workflow.
    const after = await savedWidgets();
    expect(after.map((values, index) => values.slice(0, before[index]?.length))).toEqual(before);
    expect(JSON.stringify(after)).not.toContain("Signed");

    await badge(/^Provenance: Signed, trusted/)
      .last()
      .focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Provenance" });
    await dialog.locator(".credential.trusted").waitFor(WAIT);
    await shot("3-record");
    expect(await dialog.locator("img").getAttribute("alt")).toMatch(/^shot_\d+_\.png$/);
    expect(await dialog.textContent()).toContain("ComfyUI 0.3.75");
    // The generated picture is its parent, with the model and the prompt in its own record.
    await dialog.getByRole("button", { name: /^generated image: / }).click();
    await dialog.locator("blockquote").getByText("a lighthouse at dawn").waitFor(WAIT);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    // The focus is where it was, and Escape closed the dialog alone.
    expect(await page.evaluate("document.activeElement?.className")).toContain("genga-badge");
  });

  it("says on the badge that a file was changed since it was signed", async () => {
    const bytes = await readFile(join(folder, "comfyui", "output", "shot_00001_.png"));
    bytes.writeUInt8((bytes.readUInt8(bytes.length - 30) + 1) % 256, bytes.length - 30);
    await writeFile(join(folder, "comfyui", "output", "shot_00001_.png"), bytes);
    // The same graph again: its nodes are cached, and ComfyUI tells of the same files.
    await run();
    await badge(/^Provenance: Changed since it was signed/).waitFor(WAIT);
    await badge(/^Provenance: Changed since it was signed/).click();
    await page.getByRole("dialog").locator(".credential.tampered").waitFor(WAIT);
    await page.keyboard.press("Escape");
  });

  it("plays a motion on its node: play, pause, look at a frame, turn, another variation", async () => {
    await loadMotionGraph(4);
    const before = await savedWidgets();
    await run();
    await player().getByText("3 s · 10 fps · 30 frames").waitFor(WAIT);
    await badge(/^Provenance: Signed, trusted/)
      .nth(1)
      .waitFor(WAIT);
    await shot("7-motion");
    await page.waitForFunction(
      "Number([...document.querySelectorAll('.genga-motion canvas')].at(-1)?.dataset.frame) > 3",
      null,
      WAIT,
    );
    await player().getByRole("button", { name: "Pause" }).click();
    await seek(25);
    expect(await frame()).toBe(25);
    await player().getByText("a person waves", { exact: true }).waitFor(WAIT);
    expect((await pixelsOf(LEFT_LIMB)).count).toBeGreaterThan(20);

    // Half a turn shows the figure from behind: what was at its one side is at the other.
    const front = await pixelsOf(LEFT_LIMB);
    const box = await canvas().boundingBox();
    if (box === null) throw new Error("the canvas is not seen");
    const node = await page.evaluate(() => JSON.stringify(window.app.graph.nodes.map(({ id, pos }) => [id, pos])));
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 80, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    expect((await pixelsOf(LEFT_LIMB)).x).not.toBeCloseTo(front.x, 0);
    // The drag turned the figure and moved no node.
    expect(await page.evaluate(() => JSON.stringify(window.app.graph.nodes.map(({ id, pos }) => [id, pos])))).toBe(
      node,
    );

    await player().locator("..").getByRole("button", { name: "Variation 2" }).click();
    await player().getByRole("button", { name: "Pause" }).waitFor(WAIT);
    // The player stands in no workflow.
    const after = await savedWidgets();
    expect(after.map((values, index) => values.slice(0, before[index]?.length))).toEqual(before);
    const saved = await readFile(join(folder, "comfyui", "output", "walk_00001_.bvh"), "utf8");
    expect(saved).toContain("Frames: 30");
  });

  it("keeps address and token with ComfyUI's server and says at once when they do not fit", async () => {
    await sidebar().getByRole("button", { name: "Settings" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Genga: Settings" });
    await dialog.getByLabel("Address of the core").fill(`127.0.0.1:${core?.port}`);
    await dialog.getByRole("button", { name: "Save and connect" }).click();
    await dialog.getByText("is no address of a core").waitFor(WAIT);
    await dialog.getByLabel("Address of the core").fill(`ws://127.0.0.1:${core?.port}/`);
    await dialog.getByLabel("Token").fill("a wrong one");
    await dialog.getByRole("button", { name: "Save and connect" }).click();
    await dialog.getByRole("alert").getByText(/token/i).first().waitFor(WAIT);
    await shot("4-settings");
    await dialog.getByLabel("Address of the core").fill("");
    await dialog.getByRole("button", { name: "Save and connect" }).click();
    await dialog.getByText(/^Connected: /).waitFor(WAIT);
    await dialog.getByRole("button", { name: "Close" }).click();
    const stored = await page.evaluate("JSON.stringify(Object.entries(localStorage))");
    expect(stored).not.toContain("a wrong one");
  });

  it("tells what to do when the core is away, in the sidebar and when a graph runs, and goes on when it is back", async () => {
    client.close();
    await core?.stop();
    core = undefined;
    await sidebar().getByText("Start it with `genga serve`.").waitFor(WAIT);
    await sidebar().getByText("Not connected", { exact: true }).waitFor(WAIT);
    await loadGraph(2);
    await run();
    await toast(/Generate Image[\s\S]*genga serve/).waitFor(WAIT);
    // ComfyUI's own dialog says the same; nobody sees a traceback.
    const dialog = page.getByRole("dialog");
    expect(await dialog.textContent()).toContain("Start it with `genga serve`.");
    expect(await dialog.textContent()).not.toContain("Traceback");
    await shot("5-core-away");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ ...WAIT, state: "detached" });
    core = await startServe(home());
    client = await connectClient();
    await sidebar().getByText("Connected", { exact: true }).waitFor(WAIT);
    await sidebar()
      .getByRole("button", { name: /a made picture/ })
      .waitFor(WAIT);
  });

  it("shows the badge of a signed file in Nodes 2.0, too", async () => {
    const set = { method: "POST", body: JSON.stringify(true) };
    expect((await fetch(`${comfy.url}/settings/Comfy.VueNodes.Enabled`, set)).status).toBe(200);
    await openPage();
    await loadGraph(3);
    await page.locator("[data-node-id]").first().waitFor(WAIT);
    await run();
    const signed = badge(/^Provenance: Signed, trusted/).last();
    await signed.waitFor(WAIT);
    await shot("6-nodes-2");
    await signed.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").locator(".credential.trusted").waitFor(WAIT);
  });

  it("plays motion in Nodes 2.0, too, and again after another workflow had nodes of the same numbers", async () => {
    // The record of the test before lies over the page.
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ ...WAIT, state: "detached" });
    await loadGraph(3);
    await loadMotionGraph(5);
    await page.locator("[data-node-id]").first().waitFor(WAIT);
    await run();
    await player().getByText("3 s · 10 fps · 30 frames").waitFor(WAIT);
    await seek(12);
    await shot("8-motion-nodes-2");
    expect((await pixelsOf(LEFT_LIMB)).count).toBeGreaterThan(20);
  });

  it("made no complaint in the browser's console", () => {
    expect(complaints.join("\n")).toBe("");
  });
});
