import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectCore, findCore } from "../../core/src/client/connect.ts";
import type { CoreClient } from "../../core/src/client/core-client.ts";
import { ROOT, runCli, startServe } from "../cli/run-cli.ts";

// The page in a browser: CHROMIUM names it, else Debian's. PAGE_SCREENSHOTS names a folder to look at what was seen.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const WAIT = { timeout: 60_000 };

let home: string;
let core: Awaited<ReturnType<typeof startServe>>;
let client: CoreClient;
let browser: Browser;
let page: Page;
/** What the browser complained about: errors of scripts, failed loads, breaches of the content security policy. */
const complaints: string[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "genga-page-"));
  core = await startServe(home);
  const address = await findCore(home);
  if (address === undefined) throw new Error("The core cannot be found.");
  client = await connectCore(address, { name: "blender", version: "1", user: "mika" });
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  page = await browser.newPage({ viewport: { width: 1360, height: 850 }, colorScheme: "dark" });
  page.on("console", (message) => {
    // Of the driver that draws without a graphics card, when a picture is read back: no fault of the page.
    if (message.text().includes("GPU stall due to ReadPixels")) return;
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
});

afterAll(async () => {
  await browser?.close();
  client?.close();
  await core?.stop();
  await rm(home, { recursive: true, force: true });
});

const loginLink = async () => (await runCli(home, ["page"])).stdout.trim();
const job = (label: string) => page.locator("article.job", { hasText: label });
const control = async (kind: string) => {
  const file = await readFile(`${ROOT}test/fixtures/scene/maps/${kind}.png`);
  return { kind, image: (await client.putAsset(file, "image/png", `${kind}.png`)).sha256 };
};
const submit = (prompt: string, more: Record<string, unknown> = {}) =>
  client.submit(
    "image",
    { bundle: "tiny-random-sd", prompt, width: 64, height: 64, num_inference_steps: 2, seed: 7, ...more },
    { project: "village", shot: "sh010" },
  );
/** Pixels of an image or canvas of the page that are red, and all. A drawing by WebGL can be read in the frame that it was made in only. */
const paintOf = (source: string) =>
  page.evaluate<[number, number]>(`(async () => {
    const source = ${source};
    await source.decode?.();
    await new Promise(requestAnimationFrame);
    const [width, height] = [source.naturalWidth ?? source.width, source.naturalHeight ?? source.height];
    const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
    context.drawImage(source, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    let red = 0;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] > 128 && data[i] > 100 && data[i] > 1.5 * data[i + 1] && data[i] > 1.5 * data[i + 2]) red++;
    }
    return [red, width * height];
  })()`);
const viewed = () => paintOf("document.querySelector('.viewer canvas')");
const AT_FRAME =
  "new Promise((done) => requestAnimationFrame(() => done(document.querySelector('.viewer canvas').toDataURL())))";
const shot = async (name: string) => {
  const folder = process.env.PAGE_SCREENSHOTS;
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
};

describe("the core's page in a browser", () => {
  it("opens by a link that works once, and only for who followed it", async () => {
    const link = await loginLink();
    await page.goto(link);
    expect(new URL(page.url()).pathname).toBe("/");
    await page.locator(".dot.on").waitFor();
    expect(await page.getByText("Nothing waits").isVisible()).toBe(true);
    await shot("1-empty");

    const stranger = await browser.newContext();
    const again = await (await stranger.newPage()).goto(link);
    expect(again?.status()).toBe(401);
    expect((await (await stranger.newPage()).goto(new URL("/", link).href))?.status()).toBe(401);
    await stranger.close();
  });

  it("shows a job's progress, then its picture, and where that comes from", async () => {
    const controls = [await control("depth"), await control("lineart")];
    const { job_id } = await submit("a village at sunset, anime", {
      ...{ width: 256, height: 256, num_inference_steps: 30, controls },
    });
    await job("a village at sunset").locator("progress").waitFor();
    await expect.poll(() => page.evaluate("document.querySelector('progress')?.value"), WAIT).toBeGreaterThan(0);
    await shot("2-running");
    for await (const _event of client.events(job_id));

    const picture = page.locator(".result img").first();
    await picture.waitFor();
    await expect.poll(() => page.evaluate("document.querySelector('.result img')?.naturalWidth"), WAIT).toBe(256);
    await picture.click();
    const panel = page.getByRole("complementary", { name: "Provenance" });
    await panel.getByText("trusted", { exact: true }).waitFor();
    const text = await panel.innerText();
    for (const fact of ["Tiny random", "control:depth", "depth.png", "a village at sunset", "blender", "mika", "sh010"])
      expect(text).toContain(fact);
    await shot("3-provenance");
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
  });

  it("shows a motion: each file with its credential, what it was made of, and the figure moving", async () => {
    const { job_id } = await client.submit("motion", {
      bundle: "tiny-random-motion",
      segments: [{ prompt: "walks forward", duration_s: 2 }],
      seed: 3,
      output: { formats: ["bvh", "json"] },
    });
    for await (const _event of client.events(job_id));
    await page.locator(".result", { hasText: "motion-3.bvh" }).click();
    const panel = page.getByRole("complementary", { name: "Provenance" });
    await panel.getByText("trusted", { exact: true }).waitFor();
    const text = await panel.innerText();
    for (const fact of [
      "48 frames at 24 a second",
      "varied from",
      "procedural:",
      "motion-3.json",
      "Save its credential",
    ])
      expect(text).toContain(fact);
    const slider = panel.getByRole("slider", { name: "Frame" });
    await slider.waitFor();
    await panel.getByText("walks forward").first().waitFor();
    const seen = () => page.evaluate("document.querySelector('.viewer canvas').toDataURL()");
    await panel.getByRole("button", { name: "Pause" }).click();
    await shot("4-motion");
    const still = await seen();
    expect(await seen()).toBe(still);
    const box = await panel.locator("canvas").boundingBox();
    await page.mouse.move((box?.x ?? 0) + 100, (box?.y ?? 0) + 100);
    await page.mouse.down();
    await page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 120, { steps: 4 });
    await page.mouse.up();
    await expect.poll(seen, WAIT).not.toBe(still);
    await panel.getByRole("button", { name: "Play" }).click();
    const frame = await slider.inputValue();
    await expect.poll(() => slider.inputValue(), WAIT).not.toBe(frame);
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
  });

  it("shows a mesh: a small picture on its card, the model on a turntable, its triangles, and what it was made of", async () => {
    const { job_id } = await client.submit("mesh", {
      bundle: "tiny-random-mesh",
      prompt: "a red wooden crate",
      source: "parametric",
      seed: 11,
      texture_size: 256,
      output: { formats: ["glb", "obj"] },
    });
    let triangles = 0;
    for await (const event of client.events(job_id)) {
      if (event.type === "result") triangles = event.outputs[0]?.mesh?.triangles ?? 0;
    }
    for (const name of ["mesh-11.glb", "mesh-11.obj"]) {
      const card = page.locator(".result", { hasText: name });
      await card.locator("img").waitFor(WAIT);
      const [red, all] = await paintOf(`[...document.querySelectorAll(".result")].find((card) =>
        card.textContent.includes(${JSON.stringify(name)})).querySelector("img")`);
      // The picture shows a red thing, neither nothing nor all of it.
      expect(red).toBeGreaterThan(0.1 * all);
      expect(red).toBeLessThan(0.9 * all);
    }
    await page.locator(".result", { hasText: "mesh-11.obj" }).click();
    const panel = page.getByRole("complementary", { name: "Provenance" });
    await panel.getByText("trusted", { exact: true }).waitFor();
    await panel.locator("canvas").waitFor(WAIT);
    await panel.getByRole("button", { name: "Stop" }).click();
    const text = await panel.innerText();
    for (const fact of [
      `${triangles.toLocaleString("en-US")} triangles`,
      "squares of",
      "parametric: crate",
      "The request asks for it.",
      "mesh-11.glb",
      "every part is closed",
    ])
      expect(text).toContain(fact);
    const [red, all] = await viewed();
    expect(red).toBeGreaterThan(0.02 * all);
    await shot("5-mesh");
    await panel.getByRole("button", { name: "Show triangles" }).click();
    // Clay and lines, no paint.
    await expect.poll(async () => (await viewed())[0], WAIT).toBe(0);
    await shot("6-triangles");
    await panel.getByRole("button", { name: "Hide triangles" }).click();
    await expect.poll(async () => (await viewed())[0], WAIT).toBeGreaterThan(0.02 * all);
    const still = await page.evaluate(AT_FRAME);
    const box = await panel.locator("canvas").boundingBox();
    await page.mouse.move((box?.x ?? 0) + 100, (box?.y ?? 0) + 100);
    await page.mouse.down();
    await page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 120, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => page.evaluate(AT_FRAME), WAIT).not.toBe(still);
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
  });

  it("pauses and resumes the queue, and cancels a job by its button", async () => {
    await page.getByRole("button", { name: "Pause queue" }).click();
    await page.getByRole("button", { name: "Resume queue" }).waitFor();
    const kept = await submit("a castle");
    const unwanted = await submit("a <b>mistake</b>");
    await job("a castle").waitFor();
    await shot("7-paused");
    await job("a <b>mistake</b>").getByRole("button", { name: "Cancel" }).click();
    await job("a <b>mistake</b>").getByRole("button", { name: "Retry" }).waitFor();
    await page.getByRole("button", { name: "Resume queue" }).click();
    const events: string[] = [];
    for await (const { type } of client.events(kept.job_id)) events.push(type);
    expect(events.at(-1)).toBe("result");
    for await (const { type } of client.events(unwanted.job_id)) events.push(type);
    expect(events.at(-1)).toBe("cancelled");
    await page.locator(".result", { hasText: "a castle" }).waitFor();
    await job("a <b>mistake</b>").getByRole("button", { name: "Remove" }).click();
    await job("a <b>mistake</b>").waitFor({ state: "detached" });
  });

  it("is readable in light and dark colours and on a narrow screen", async () => {
    const colours = async () => {
      const style = "getComputedStyle(document.body)";
      const texts = [await page.evaluate(`${style}.backgroundColor`), await page.evaluate(`${style}.color`)];
      return texts.map((text) => {
        const [r = 0, g = 0, b = 0] = (String(text).match(/\d+/g) ?? []).map(Number);
        return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
      });
    };
    const [darkBack = 1, darkText = 0] = await colours();
    await page.emulateMedia({ colorScheme: "light" });
    const [lightBack = 0, lightText = 1] = await colours();
    expect(darkText - darkBack).toBeGreaterThan(0.6);
    expect(lightBack - lightText).toBeGreaterThan(0.6);
    await shot("8-light");
    await page.setViewportSize({ width: 390, height: 800 });
    const overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
    expect(overflow).toBeLessThanOrEqual(0);
    await shot("9-narrow");
  });

  it("gave the browser nothing to complain about", () => {
    expect(complaints).toEqual([]);
  });
});
