"""Meshes in the asset browser."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any

import bpy

from ..results.record import record_of
from .mesh_set import parts_of, root_of, variation_set

CATALOG = "Genga"
CATALOG_ID = str(uuid.uuid5(uuid.NAMESPACE_URL, "genga.models.catalog"))
"""The same in every file and library."""
CATALOG_FILE = "blender_assets.cats.txt"
HEAD = """# This is an Asset Catalog Definition file for Blender.
#
# Empty lines and lines starting with `#` will be ignored.
# The first non-ignored line should be the version indicator.
# Other lines are of the format "UUID:catalog/path/for/assets:simple catalog name"

VERSION 1

"""


def mark_mesh_as_asset(item: bpy.types.Object) -> tuple[bpy.types.ID, str]:
    """Marks a mesh of ours: the object itself, or the collection of one with parts or levels of detail.

    Its description is the prompt, its author who made the library's model, its licence that model's. It lies
    in the catalog Genga; the catalog's file is written beside the .blend. Gives what was marked, and what a
    person should know, if anything.
    """
    root = root_of(item)
    assert root is not None
    block = _block_of(root)
    record = record_of(root) or {}
    block.asset_mark()
    details = block.asset_data
    _describe(details, record)
    details.catalog_id = CATALOG_ID
    if block.preview is None or not any(block.preview.image_size):
        block.asset_generate_preview()
    if not bpy.data.filepath:
        return block, "Save the file, and mark it once more, to have it in the catalog Genga."
    try:
        _add_catalog(Path(bpy.data.filepath).parent)
    except OSError as error:
        return block, f"The catalog Genga could not be written: {error.strerror}."
    return block, ""


def _block_of(root: bpy.types.Object) -> bpy.types.ID:
    found = variation_set(root)
    collection = found[0].genga_mesh.variations[found[1]].collection if found is not None else None
    alone = len(parts_of(root)) == 1 and root.type == "MESH"
    return root if alone or collection is None else collection


def _describe(details: bpy.types.AssetMetaData, record: dict[str, Any]) -> None:
    prompt = record.get("prompt") or ""
    if prompt and not prompt.startswith("sha256:"):
        details.description = prompt[:1000]
    origin = (record.get("mesh") or {}).get("origin") or {}
    model = origin.get("model") or {}
    if model.get("author"):
        details.author = str(model["author"])[:200]
    if hasattr(details, "license"):
        details.license = str(model.get("licence") or "; ".join(record.get("models") or ()))[:200]
    if hasattr(details, "copyright") and model.get("source"):
        details.copyright = str(model["source"])[:200]
    for tag in ("Genga", origin.get("source"), origin.get("category"), record.get("bundle")):
        if tag:
            details.tags.new(str(tag)[:63], skip_if_exists=True)


def _add_catalog(folder: Path) -> None:
    """Adds the catalog to the definitions of the folder's library, whichever folder above holds them."""
    file = next(
        (one / CATALOG_FILE for one in (folder, *folder.parents) if (one / CATALOG_FILE).is_file()),
        folder / CATALOG_FILE,
    )
    text = file.read_text(encoding="utf-8") if file.is_file() else HEAD
    if CATALOG_ID in text:
        return
    if text and not text.endswith("\n"):
        text += "\n"
    part = file.with_name(f"{file.name}.part")
    part.write_text(f"{text}{CATALOG_ID}:{CATALOG}:{CATALOG}\n", encoding="utf-8")
    os.replace(part, file)
