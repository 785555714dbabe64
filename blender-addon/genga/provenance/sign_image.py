"""Signs files that Blender changed or made, with the pictures that they came from as ingredients."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from genga_client import Client, GengaError

from .. import session
from ..mesh.mesh_set import file_of_mesh, root_of
from ..preferences import hide_prompts
from ..results.image_datablock import mime_of, packed_bytes
from ..results.png_rgba import encode_rgba
from ..results.record import RECORD_KEY, record_of
from ..session import steps


@dataclass(frozen=True)
class Ingredient:
    """A picture that went into a file."""

    sha256: str
    name: str
    relationship: str
    data: bytes | None
    """Its bytes where this .blend file has them as they were; else the core may still have them."""
    role: str = "picture"


@dataclass(frozen=True)
class Signing:
    """A file to sign, all that the worker thread needs; made on the main thread."""

    data: bytes
    mime: str
    title: str
    action: str
    source_type: str | None
    description: str
    ingredients: tuple[Ingredient, ...]


@dataclass(frozen=True)
class SignedBytes:
    """A signed file."""

    data: bytes
    sidecar: bytes | None
    """To be kept as `<file>.c2pa`, for formats that cannot carry their credential."""
    sha256: str
    missing: tuple[str, ...]
    """Ingredients whose bytes nobody has any more; they are not in the credential."""


def signing_of_image(image: bpy.types.Image) -> Generator[None, None, Signing]:
    """Gives what to sign for a picture: painted over, baked, or from elsewhere; in slices."""
    record = record_of(image) or {}
    data = packed_bytes(image)
    title = image.name
    if record.get("baked_from") is not None:
        sources = record["baked_from"]
        ingredients = tuple(_ingredient(digest, "componentOf") for digest in sources if digest)
        words = ("c2pa.created", "Baked from pictures projected onto an object in Blender")
    elif record.get("sha256"):
        original = data if data and hashlib.sha256(data).hexdigest() == record["sha256"] else None
        ingredients = (_ingredient(record["sha256"], "parentOf", original),)
        words = ("c2pa.edited", "Edited in Blender")
    elif data is None:
        ingredients, words = (), ("c2pa.created", "Made in Blender")
    elif image.is_dirty:
        digest = hashlib.sha256(data).hexdigest()
        ingredients = (Ingredient(digest, title, "parentOf", data),) if mime_of(data) else ()
        words = ("c2pa.edited", "Edited in Blender")
    else:
        ingredients, words = (), ("c2pa.published", "Signed in Blender as it came")
    mime = mime_of(data) if data is not None else None
    if image.is_dirty or mime is None:
        data = yield from encode_image(image)
        mime = "image/png"
    assert data is not None
    source_type = {"c2pa.created": "digitalCreation", "c2pa.edited": "humanEdits"}.get(words[0])
    if record and ingredients:
        source_type = "compositeWithTrainedAlgorithmicMedia"
    return Signing(data, mime, title, words[0], source_type, words[1], ingredients)


def signing_of_render(scene: bpy.types.Scene, data: bytes, mime: str, title: str) -> Signing:
    """Gives what to sign for a render: the pictures that its materials show are its components."""
    ingredients = ingredients_of(pictures_of(scene.objects)) + meshes_of(scene.objects)
    source_type = "compositeWithTrainedAlgorithmicMedia" if ingredients else "digitalCreation"
    return Signing(data, mime, title, "c2pa.created", source_type, "Rendered in Blender", ingredients)


def ingredients_of(images: Sequence[bpy.types.Image]) -> tuple[Ingredient, ...]:
    """Gives our pictures among `images` as components."""
    found = {}
    for image in images:
        record = record_of(image)
        data = packed_bytes(image)
        if record is None or data is None:
            continue
        digest = hashlib.sha256(data).hexdigest()
        found[digest] = Ingredient(digest, image.name, "componentOf", data)
    return tuple(found.values())


def meshes_of(objects: Sequence[bpy.types.Object]) -> tuple[Ingredient, ...]:
    """Gives the files of our meshes and textures among `objects` as components."""
    found = {}
    for item in objects:
        root = root_of(item)
        record = record_of(root) or {}
        if root is not None and record.get("sha256"):
            data, _ = file_of_mesh(root)
            found[record["sha256"]] = Ingredient(
                record["sha256"], f"{root.name}.glb", "componentOf", data, "mesh"
            )
    return tuple(found.values())


def pictures_of(objects: Sequence[bpy.types.Object]) -> list[bpy.types.Image]:
    """Gives our pictures that the materials of `objects` show."""
    found: dict[bpy.types.Image, None] = {}
    for item in objects:
        for slot in item.material_slots:
            if slot.material is not None and slot.material.node_tree is not None:
                _collect(slot.material.node_tree, found, set())
    return list(found)


def sign(
    work: Signing,
    on_done: Callable[[SignedBytes], object],
    on_error: Callable[[GengaError], object] | None = None,
) -> None:
    """Has the core sign a file; the callbacks come on the main thread."""
    privacy = hide_prompts()
    version = bpy.app.version_string

    def ask(client: Client) -> SignedBytes:
        return _sign(client, work, privacy, version)

    session.get().call(ask, on_done, on_error)


def keep_signed(image: bpy.types.Image, work: Signing, signed: SignedBytes) -> bool:
    """Puts the signed file in place of a picture's own; tells whether it did.

    Only for pictures of ours that are still as they went to the core: others keep their file on disk and
    their depth of colour, and paint that came meanwhile is not lost.
    """
    if record_of(image) is None:
        return False
    now = steps.drain(encode_image(image)) if image.is_dirty else packed_bytes(image)
    if now != work.data:
        return False
    replace_bytes(image, signed)
    return True


def replace_bytes(image: bpy.types.Image, signed: SignedBytes) -> None:
    """Puts the signed file in place of the image's own; the pixels are the same."""
    image.pack(data=signed.data, data_len=len(signed.data))
    if image.source != "FILE":
        image.source = "FILE"
    image.reload()
    record = record_of(image) or {"mime": "image/png"}
    record |= {"sha256": signed.sha256, "signed": True}
    image[RECORD_KEY] = json.dumps(record, ensure_ascii=False)


def encode_image(image: bpy.types.Image) -> Generator[None, None, bytes]:
    """Gives an image's pixels, with unsaved paint, as an 8-bit sRGB PNG."""
    width, height = image.size
    if not width or not height:
        raise GengaError("ASSET_UNREADABLE", f'"{image.name}" has no pixels.')
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    yield
    values = pixels.reshape(height, width, 4)[::-1]
    if image.is_float and image.colorspace_settings.name != "Non-Color":
        from ..results.base_color import linear_to_srgb

        values = np.concatenate([linear_to_srgb(values[..., :3]), values[..., 3:]], -1)
    encoded = np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
    return (yield from encode_rgba(encoded))


def _sign(client: Client, work: Signing, privacy: bool, version: str) -> SignedBytes:
    asset = client.put_asset(work.data, mime=work.mime, name=work.title)
    ingredients: list[dict[str, Any]] = []
    missing = []
    for part in work.ingredients:
        if part.sha256 == asset.sha256:
            continue
        if part.data is not None:
            client.put_asset(part.data, name=part.name)
        else:
            try:
                client.verify(part.sha256)
            except GengaError as error:
                if error.code != "ASSET_NOT_FOUND":
                    raise
                missing.append(part.name)
                continue
        ingredients.append({"sha256": part.sha256, "relationship": part.relationship, "role": part.role})
    signed = client.sign(
        asset.sha256,
        title=work.title,
        actions=[
            {
                "action": work.action,
                "description": work.description,
                **({"digital_source_type": work.source_type} if work.source_type else {}),
            }
        ],
        ingredients=ingredients,
        software_agent={"name": "Blender", "version": version},
        prompt_privacy=privacy,
    )
    sidecar = client.get_asset(signed.sidecar.sha256) if signed.sidecar is not None else None
    return SignedBytes(client.get_asset(signed.asset.sha256), sidecar, signed.asset.sha256, tuple(missing))


def _ingredient(digest: str, relationship: str, data: bytes | None = None) -> Ingredient:
    """Finds the picture with this hash in the file, for its name and bytes."""
    for image in bpy.data.images:
        if (record_of(image) or {}).get("sha256") == digest:
            held = packed_bytes(image)
            same = held is not None and hashlib.sha256(held).hexdigest() == digest
            return Ingredient(digest, image.name, relationship, held if same else data)
    return Ingredient(digest, digest[:12], relationship, data)


def _collect(
    tree: bpy.types.NodeTree, found: dict[bpy.types.Image, None], seen: set[bpy.types.NodeTree]
) -> None:
    seen.add(tree)
    for node in tree.nodes:
        if node.bl_idname == "ShaderNodeTexImage" and node.image is not None and record_of(node.image):
            found[node.image] = None
        elif (
            node.bl_idname == "ShaderNodeGroup" and node.node_tree is not None and node.node_tree not in seen
        ):
            _collect(node.node_tree, found, seen)
