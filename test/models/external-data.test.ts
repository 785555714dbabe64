import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createOrtSession } from "../../core/src/inference/ort-session.ts";
import type { Bundle } from "../../core/src/models/bundle.ts";
import { checkExternalData, externalLocations } from "../../core/src/models/external-data.ts";
import { importBundle } from "../../core/src/models/import-bundle.ts";
import { readBundle } from "../../core/src/models/read-bundle.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { GRAPH_SPECS, GRAPHS, makeBundle, sha256Of } from "./make-bundle.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "genga-external-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A protobuf field: text or message (wire type 2). */
function field(number: number, ...parts: (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}
function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}
const entry = (key: string, value: string) => field(13, field(1, key), field(2, value));
const tensor = (location: string) => Buffer.concat([field(8, "w"), entry("location", location), entry("offset", "0")]);
const file = (bytes: Uint8Array) => {
  const path = join(folder, "graph.onnx");
  writeFileSync(path, bytes);
  return path;
};

/** The small graph with weights outside, whose location is one of the same length. */
function graphThatTakes(location: string): Buffer {
  const graph = readFileSync(join(GRAPHS, "external.onnx"));
  graph.write(location, graph.indexOf("weights.bin"), "latin1");
  return graph;
}

describe("attacks by a graph's external data", () => {
  it("../evil.bin beside the bundle is refused at import, and the same name in the manifest too", async () => {
    const source = join(folder, "source");
    mkdirSync(source);
    writeFileSync(join(folder, "evil.bin"), Buffer.alloc(2048 * 4096 * 4));
    makeBundle(source, {
      id: "evil",
      graphs: ["external"],
      change: ({ components }, at) => {
        writeFileSync(join(at, "external.onnx"), graphThatTakes("../evil.bin"));
        if (components.external) components.external.sha256 = sha256Of(join(at, "external.onnx"));
      },
    });
    const bring = () => importBundle(source, { folder: join(folder, "user"), cache_folder: join(folder, "cache") });
    await expect(bring()).rejects.toMatchObject({
      code: "BUNDLE_INVALID",
      message: 'Bundle "evil": external.onnx takes weights from "../evil.bin", which its bundle.json does not name.',
    });
    const manifest = JSON.parse(readFileSync(join(source, "bundle.json"), "utf8"));
    const data = { file: "../evil.bin", sha256: sha256Of(join(folder, "evil.bin")), size: 2048 * 4096 * 4 };
    manifest.components.external.external_data = [data];
    writeFileSync(join(source, "bundle.json"), JSON.stringify(manifest));
    await expect(bring()).rejects.toMatchObject({ code: "BUNDLE_INVALID" });
  });

  it("a weight file in the folder that the manifest does not name is refused: no hash vouches for it", async () => {
    makeBundle(folder, { id: "unnamed", graphs: ["external"] });
    writeFileSync(join(folder, "weights.bin"), Buffer.alloc(2048 * 4096 * 4));
    const bundle = await readBundle(folder);
    const { external } = bundle.manifest.components;
    if (external === undefined) throw new Error("no component");
    expect(codeOf(() => checkExternalData(bundle, external))).toBe("BUNDLE_INVALID");
    const named = { ...external, external_data: [{ file: "weights.bin", sha256: "0".repeat(64), size: 1 }] };
    expect(codeOf(() => checkExternalData(bundle, named))).toBe("admitted");
  });

  it("the runtime itself refuses a path that leads out of the graph's folder, were the check before it not there", async () => {
    const inside = join(folder, "inside");
    mkdirSync(inside);
    writeFileSync(join(folder, "evil.bin"), Buffer.alloc(2048 * 4096 * 4));
    writeFileSync(join(inside, "external.onnx"), graphThatTakes("../evil.bin"));
    const component = {
      file: "external.onnx",
      sha256: "0".repeat(64),
      size: 1,
      external_data: [],
      ...GRAPH_SPECS.external,
    };
    const load = createOrtSession({
      file: join(inside, "external.onnx"),
      component,
      label: "external",
      provider: "cpu",
      threads: 1,
    });
    await expect(load).rejects.toThrow(/escapes model directory/);
  });

  it("/etc/passwd, the runtime's marker of a memory address, and names hidden in subgraphs and functions are found", async () => {
    // ONNX Runtime takes this location, with an offset, for an address in its own memory.
    const marker = "*/_ORT_MEM_ADDR_/*";
    const inGraph = (body: Uint8Array) => field(7, body);
    const subgraph = (body: Uint8Array) => field(1, field(5, field(1, "then_branch"), field(6, body)));
    const cases: Record<string, Buffer> = {
      initializer: inGraph(field(5, tensor("/etc/passwd"))),
      "sparse initializer": inGraph(field(15, field(1, tensor("/etc/passwd")))),
      constant: inGraph(field(1, field(5, field(5, tensor("/etc/passwd"))))),
      "list of tensors": inGraph(field(1, field(5, field(10, tensor("/etc/passwd"))))),
      "subgraph of a subgraph": inGraph(subgraph(subgraph(field(5, tensor("/etc/passwd"))))),
      function: field(25, field(7, field(5, field(5, tensor("/etc/passwd"))))),
      "default of a function's attribute": field(25, field(11, field(5, tensor("/etc/passwd")))),
      training: field(20, field(1, field(5, tensor("/etc/passwd")))),
      "value before key": inGraph(field(5, field(13, field(2, "/etc/passwd"), field(1, "location")))),
      "a second graph, which protobuf merges": Buffer.concat([
        inGraph(field(5, field(8, "w"))),
        inGraph(field(5, tensor("/etc/passwd"))),
      ]),
    };
    for (const [name, bytes] of Object.entries(cases)) {
      expect([name, [...externalLocations(file(bytes))]]).toEqual([name, ["/etc/passwd"]]);
    }
    expect([...externalLocations(file(inGraph(field(5, tensor(marker)))))]).toEqual([marker]);
  });

  it("broken and hostile bytes end in an error of their own, in little time and memory", async () => {
    const deep = Array.from({ length: 80 }).reduce<Buffer>((inner) => field(1, field(5, field(6, inner))), Buffer.of());
    const cases = {
      text: Buffer.from("no graph"),
      "a length beyond the file": Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x07]),
      "a length of 2^63": Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
      "a number without end": Buffer.alloc(64, 0xff),
      "a tag beyond 32 bits": Buffer.from([0xba, 0x80, 0x80, 0x80, 0x80, 0x01, 0x00]),
      "nested 80 deep": field(7, deep),
      "cut off": field(7, field(5, tensor("weights.bin"))).subarray(0, 20),
      "a name of 1 MB": field(7, field(5, tensor("x".repeat(1 << 20)))),
    };
    for (const [name, bytes] of Object.entries(cases)) {
      const path = file(bytes);
      expect(() => externalLocations(path), name).toThrow(RangeError);
    }
    const bundle = await bundleIn(join(folder, "b"));
    const add = bundle.manifest.components.unet;
    if (add === undefined) throw new Error("no component");
    writeFileSync(join(bundle.folder, add.file), "no graph");
    expect(codeOf(() => checkExternalData(bundle, add))).toBe("BUNDLE_CORRUPT");
  });

  it("every committed graph is read to its end, with what it takes", async () => {
    expect([...externalLocations(join(GRAPHS, "external.onnx"))]).toEqual(["weights.bin"]);
    for (const graph of ["add", "half", "slow", "layers", "allocate"]) {
      expect([graph, externalLocations(join(GRAPHS, `${graph}.onnx`)).size]).toEqual([graph, 0]);
    }
  });
});

async function bundleIn(path: string): Promise<Bundle> {
  makeBundle(path, { id: "broken" });
  return readBundle(path);
}

function codeOf(check: () => void): string {
  try {
    check();
    return "admitted";
  } catch (error) {
    return error instanceof CoreError ? error.code : String(error);
  }
}
