// Makes the Python environment of the quick tests in .venv. Runs again only when requirements.txt changed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Python of an environment made from a requirements file; installs it, with retries, when needed.
 * `findPython` names the interpreter to make it with; by default the one on the PATH.
 */
export function setupPython(
  name,
  requirements,
  findPython = () => (process.platform === "win32" ? "python" : "python3"),
) {
  const venv = `${root}${name}`;
  const python = process.platform === "win32" ? `${venv}/Scripts/python.exe` : `${venv}/bin/python`;
  const stamp = `${venv}/genga-requirements.sha256`;
  const hash = createHash("sha256")
    .update(withIncluded(`${root}${requirements}`))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash && existsSync(python)) return python;
  console.log(`Installing ${requirements} into ${name} …`);
  if (!existsSync(python)) run(findPython(), ["-m", "venv", venv]);
  for (let attempt = 1; ; attempt++) {
    const ok = run(
      python,
      [
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "--retries",
        "8",
        "--timeout",
        "60",
        "-r",
        `${root}${requirements}`,
      ],
      attempt === 3,
    );
    if (ok) break;
    console.log(`The installation failed; attempt ${attempt + 1} of 3.`);
  }
  writeFileSync(stamp, hash);
  return python;
}

/** Text of a requirements file followed by that of the files it names with `-r`. */
function withIncluded(file) {
  const text = readFileSync(file, "utf8");
  const included = [...text.matchAll(/^-r (\S+)$/gm)].map(([, name]) => withIncluded(resolve(dirname(file), name)));
  return [text, ...included].join("\n");
}

function run(command, args, exitOnFailure = true) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", cwd: root });
  if (status === 0) return true;
  if (exitOnFailure) {
    console.error(error ? `${command}: ${error.message}` : `${command} ${args.join(" ")} ended with ${status}.`);
    process.exit(1);
  }
  return false;
}
