#!/usr/bin/env python3
"""Builds the extension: wheels, zip, validation, and the listing of a static extension repository.

    python3 blender-addon/build.py

gives genga-<version>.zip and index.json in blender-addon/dist. Wheels are kept between builds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SOURCE = HERE / "genga"
CLIENT = ROOT / "bridges" / "python"
PINNED = ("websockets==16.1.1", "u-msgpack-python==2.8.0")


def main() -> None:
    """Builds all; says in a sentence what is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--blender-ext", type=Path, help="Blender's blender_ext.py, if it is not found by itself"
    )
    parser.add_argument(
        "--output", type=Path, default=HERE / "dist", help="folder for the zip and index.json"
    )
    options = parser.parse_args()
    print(build(options.output, options.blender_ext or find_blender_ext()))


def build(output: Path, blender_ext: Path) -> Path:
    """Builds and validates the zip and writes index.json; gives the zip."""
    version = version_of_manifest()
    make_wheels(SOURCE / "wheels")
    output.mkdir(parents=True, exist_ok=True)
    archive = output / f"genga-{version}.zip"
    for old in output.glob("genga-*.zip"):
        old.unlink()
    run_ext(blender_ext, "build", "--source-dir", str(SOURCE), "--output-filepath", str(archive))
    run_ext(blender_ext, "validate", str(archive))
    run_ext(blender_ext, "server-generate", "--repo-dir", str(output))
    return archive


def find_blender_ext() -> Path:
    """Finds Blender's extension tool: BLENDER_EXT, the test environments' bpy, or the Blender on PATH."""
    if named := os.environ.get("BLENDER_EXT"):
        return Path(named)
    tool = "scripts/addons_core/bl_pkg/cli/blender_ext.py"
    found = sorted(ROOT.glob(f".venv-bpy*/lib/python3*/site-packages/bpy/*/{tool}"))
    if blender := shutil.which("blender"):
        found += sorted(Path(blender).resolve().parent.glob(f"*/{tool}"))
    if not found:
        sys.exit(
            "Blender's blender_ext.py was not found. It is part of Blender 4.2 and later, and of the package "
            "bpy: name it with --blender-ext or BLENDER_EXT."
        )
    return found[0]


def version_of_manifest() -> str:
    """Gives the extension's version, which must be that of package.json."""
    manifest = (SOURCE / "blender_manifest.toml").read_text(encoding="utf-8")
    found = re.search(r'^version = "(.+)"$', manifest, re.MULTILINE)
    expected = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["version"]
    if found is None or found[1] != expected:
        sys.exit(
            f"blender_manifest.toml must have version {expected}, as package.json; has {found and found[1]}."
        )
    return expected


def make_wheels(folder: Path) -> None:
    """Makes the wheels that the manifest names, unless those that are there come from the same sources."""
    stamp = folder / "sources.sha256"
    wanted = hash_of_sources()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        # A copy, so that the build leaves nothing in the sources.
        client = Path(temporary) / "client"
        shutil.copytree(CLIENT, client, ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
        wheels = Path(temporary) / "wheels"
        run_pip("wheel", "--no-deps", "--wheel-dir", str(wheels), str(client))
        # Pure Python: one wheel for every platform and every Python of Blender.
        pure = ("--only-binary", ":all:", "--platform", "any", "--abi", "none", "--python-version", "3.11")
        run_pip("download", "--no-deps", *pure, "--dest", str(wheels), *PINNED)
        for old in folder.glob("*.whl"):
            old.unlink()
        for wheel in wheels.glob("*.whl"):
            shutil.copy(wheel, folder)
    stamp.write_text(wanted)


def hash_of_sources() -> str:
    """Gives a hash of all that the wheels are made of."""
    digest = hashlib.sha256(repr(PINNED).encode())
    for path in [CLIENT / "pyproject.toml", *sorted((CLIENT / "genga_client").glob("*.py"))]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def run_pip(*arguments: str) -> None:
    for attempt in (1, 2, 3):
        command = [
            sys.executable,
            "-m",
            "pip",
            *arguments,
            "--quiet",
            "--disable-pip-version-check",
            "--retries",
            "8",
        ]
        if subprocess.run(command, check=False).returncode == 0:
            return
        print(f"pip {arguments[0]} failed, attempt {attempt} of 3.", file=sys.stderr)
    sys.exit("The wheels could not be made; see pip's message above.")


def run_ext(blender_ext: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, str(blender_ext), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"blender_ext.py {arguments[0]} refused:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
