import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT, runCli, startServe } from "../cli/run-cli.ts";

/** A word that nothing else in the world holds. */
const SECRET = "quillmoorish";
const NEGATIVE = "vexbrindle";

let folder: string;
let home: string;
let result: string;
let mesh: string;
let painted: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "genga-privacy-"));
  home = join(folder, "home");
  result = join(folder, "result.png");
  mesh = join(folder, "mesh.glb");
  painted = join(folder, "painted.glb");
  const core = await startServe(home, { GENGA_PROMPT_PRIVACY: "true", GENGA_LOG_LEVEL: "trace" });
  const generate = [
    "generate",
    "image",
    "--bundle",
    "tiny-random-sd",
    "--size",
    "64x64",
    "--steps",
    "2",
    "--seed",
    "7",
  ];
  const prompts = ["--prompt", `a ${SECRET} village`, "--negative-prompt", NEGATIVE];
  const region = [
    "--region",
    `#ff26df=a ${SECRET} church`,
    "--control",
    `segmentation=${ROOT}test/fixtures/scene/maps/segmentation.png`,
  ];
  try {
    const made = await runCli(home, [...generate, ...prompts, ...region, "--out", result, "--json"]);
    expect([made.code, made.stderr]).toEqual([0, ""]);
    const words = ["generate", "mesh", `a chair called ${SECRET}`, "--bundle", "tiny-random-mesh"];
    const modelled = await runCli(home, [...words, "--texture-size", "128", "--seed", "7", "--out", mesh, "--json"]);
    expect(modelled.code).toBe(0);
    const paint = ["texture", mesh, `${SECRET} cloth`, "--bundle", "tiny-random-sd", "--texture-size", "128"];
    const covered = await runCli(home, [...paint, "--views", "1", "--steps", "2", "--out", painted, "--json"]);
    expect(covered.code).toBe(0);
  } finally {
    await core.stop();
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The words as text, in UTF-16 of both orders (Exif), wherever they stand. */
function holds(bytes: Buffer, word: string): boolean {
  const wide = Buffer.from(word, "utf16le");
  return [Buffer.from(word), wide, Buffer.from(wide).swap16()].some((needle) => bytes.includes(needle));
}

describe("with prompt_privacy, after a real job", () => {
  it("the prompt stands in the job store, which needs it to run and to show the job, and nowhere else in GENGA_HOME", async () => {
    const found = new Set<string>();
    for (const file of await filesUnder(home)) {
      const bytes = await readFile(file);
      if (holds(bytes, SECRET) || holds(bytes, NEGATIVE)) found.add(relative(home, file).split("/")[0] ?? "");
    }
    expect([...found]).toEqual(["store"]);
  });

  it("the result, its log entry and its proof hold hashes only", async () => {
    const bytes = await readFile(result);
    expect([holds(bytes, SECRET), holds(bytes, NEGATIVE)]).toEqual([false, false]);
    const { events } = await runCli(home, ["verify", result, "--json"]);
    expect(events[0]).toMatchObject({
      state: "trusted",
      record: { params: { prompt: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) } },
    });
    const proof = join(folder, "proof.json");
    expect((await runCli(home, ["log", "prove", result, "--out", proof])).code).toBe(0);
    expect(holds(await readFile(proof), SECRET)).toBe(false);
  });

  it("a mesh, a painted mesh and their credentials hold hashes only", async () => {
    for (const file of [mesh, `${mesh}.c2pa`, painted, `${painted}.c2pa`])
      expect([file, holds(await readFile(file), SECRET)]).toEqual([file, false]);
    for (const file of [mesh, painted]) {
      const { events } = await runCli(home, ["verify", file, "--json"]);
      expect(events[0]).toMatchObject({
        state: "trusted",
        record: { params: { prompt: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) } },
      });
    }
  });

  it("core.log was written at the finest level, and holds no token either", async () => {
    const log = await readFile(join(home, "logs", "core.log"));
    const token = (await readFile(join(home, "token"), "utf8")).trim();
    expect(log.length).toBeGreaterThan(100);
    expect(log.includes(token)).toBe(false);
    for (const file of await filesUnder(home)) {
      if (relative(home, file) !== "token")
        expect([file, (await readFile(file)).includes(token)]).toEqual([file, false]);
    }
  });

  it.skipIf(process.platform === "win32")(
    "nothing in GENGA_HOME can be read by other users of the machine",
    async () => {
      // What is meant for others, in folders that they cannot enter.
      const open: string[] = [];
      const visit = async (path: string): Promise<void> => {
        for (const entry of await readdir(path, { withFileTypes: true })) {
          const inner = join(path, entry.name);
          const { mode } = await stat(inner);
          if (entry.isDirectory()) {
            if ((mode & 0o077) === 0) continue; // whatever is inside cannot be reached
            await visit(inner);
          }
          if ((mode & 0o077) !== 0) open.push(`${relative(home, inner)} ${(mode & 0o777).toString(8)}`);
        }
      };
      const { mode } = await stat(home);
      if ((mode & 0o077) !== 0) await visit(home);
      expect([(mode & 0o777).toString(8), open]).toEqual(["700", []]);
      for (const name of ["token", "keys/authority.pem", "keys/signer.pem", "keys/log.pem", "run"]) {
        const found = await stat(join(home, name)).catch(() => undefined);
        if (found !== undefined) expect([name, found.mode & 0o077]).toEqual([name, 0]);
      }
    },
  );
});
