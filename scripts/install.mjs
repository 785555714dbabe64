// Installs the Node packages of the lockfile when they are missing or older than it. Uses nothing but Node itself.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Makes node_modules what package-lock.json says; tries three times, since registries time out now and then. */
export function installPackages() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Genga needs Node 20.19 or newer; this is ${process.versions.node}.`);
    process.exit(1);
  }
  const hash = createHash("sha256")
    .update(readFileSync(`${root}package-lock.json`))
    .digest("hex");
  const stamp = `${root}node_modules/.genga-lock.sha256`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  console.log("Installing the packages of package-lock.json …");
  for (let attempt = 1; attempt <= 3; attempt++) {
    const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: root,
      stdio: "inherit",
      shell: process.platform === "win32",
    });
    if (status === 0) {
      writeFileSync(stamp, hash);
      return;
    }
    console.log(`npm ci ended with ${status}; attempt ${attempt} of 3.`);
  }
  console.error(
    "The packages could not be installed. Check the connection to the npm registry and run the command again.",
  );
  process.exit(1);
}
