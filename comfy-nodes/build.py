#!/usr/bin/env python3
"""Builds what users install: the pack with the client in it, as a folder to publish and as a zip.

    npm run build && python3 comfy-nodes/build.py

gives dist/genga/ and dist/genga-<version>.zip here. The same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import re
import shutil
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CLIENT = HERE.parent / "bridges" / "python" / "genga_client"
SHIPPED = (
    "LICENSE",
    "README.md",
    "__init__.py",
    "assets",
    "example_workflows",
    "genga",
    "locales",
    "pyproject.toml",
    "requirements.txt",
    "samples",
    "web",
)
EPOCH = (1980, 1, 1, 0, 0, 0)


def main() -> None:
    """Builds, and says where the zip is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, default=HERE / "dist", help="folder for both")
    print(build(parser.parse_args().output))


def build(output: Path) -> Path:
    """Writes folder and zip; gives the zip. Raises FileNotFoundError if the page's bundle was not built."""
    if not (HERE / "web" / "genga.js").is_file():
        raise FileNotFoundError("web/genga.js is missing; run `npm run build` first")
    folder = output / "genga"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    skip = shutil.ignore_patterns("__pycache__", "*.pyc", "vendor")
    for name in SHIPPED:
        source = HERE / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=skip)
        else:
            shutil.copy2(source, folder / name)
    shutil.copytree(CLIENT, folder / "genga" / "vendor" / "genga_client", ignore=skip)
    shutil.copy2(CLIENT.parent / "LICENSE", folder / "genga" / "vendor" / "LICENSE")
    return _zip(folder, output / f"genga-{_version()}.zip")


def _version() -> str:
    found = re.search(r'^version = "([^"]+)"', (HERE / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    if found is None:
        raise ValueError("pyproject.toml has no version")
    return found.group(1)


def _zip(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo((Path("genga") / file.relative_to(folder)).as_posix(), EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return target


if __name__ == "__main__":
    main()
