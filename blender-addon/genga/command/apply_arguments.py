"""Puts the arguments of the command line into the settings of the scene that was opened."""

from __future__ import annotations

import argparse
import dataclasses
import os
from pathlib import Path

import bpy

from .. import preferences, session
from .arguments import UsageError

MIMES = {".png": "image/png", ".webp": "image/webp", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


def connection(arguments: argparse.Namespace) -> None:
    """Has the session connect where `--core` and `--token-file` say. Raises UsageError."""
    token = None
    if arguments.token_file is not None:
        try:
            token = Path(arguments.token_file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise UsageError(f"{arguments.token_file} cannot be read: {error.strerror}.") from error
    if arguments.core is not None:
        settings = dataclasses.replace(
            preferences.core_settings(),
            location="remote",
            url=arguments.core,
            token=token or os.environ.get("GENGA_TOKEN", ""),
        )
        session.get().use_settings(settings)
    elif token is not None:
        raise UsageError("--token-file needs --core.")


def chosen_scene(arguments: argparse.Namespace) -> bpy.types.Scene:
    """Gives the scene of `--scene`, at `--frame`, with the camera of `--camera`. Raises UsageError."""
    scene = bpy.context.scene
    if arguments.scene is not None:
        scene = bpy.data.scenes.get(arguments.scene)
        if scene is None:
            raise UsageError(f'There is no scene "{arguments.scene}"; there are: {_names(bpy.data.scenes)}.')
    if getattr(arguments, "camera", None) is not None:
        camera = bpy.data.objects.get(arguments.camera)
        if camera is None or camera.type != "CAMERA":
            cameras = [item for item in bpy.data.objects if item.type == "CAMERA"]
            raise UsageError(f'There is no camera "{arguments.camera}"; there are: {_names(cameras)}.')
        scene.genga.camera = camera
    scene.genga.view = "CAMERA"
    if getattr(arguments, "frame", None) is not None:
        scene.frame_set(arguments.frame)
    return scene


def settings(arguments: argparse.Namespace, scene: bpy.types.Scene) -> None:
    """Sets what `--set`, `--prompt`, `--seed`, `--bundle` say. Raises UsageError."""
    assignments(arguments, scene)
    props = scene.genga
    if getattr(arguments, "prompt", None) is not None:
        props.prompt_text = None
        props.prompt = arguments.prompt
    if getattr(arguments, "bundle", None) is not None:
        props.bundle = arguments.bundle
    if getattr(arguments, "seed", None) is not None:
        set_value(props, "seed", str(arguments.seed))
        props.lock_seed = True


def assignments(arguments: argparse.Namespace, scene: bpy.types.Scene) -> None:
    """Sets what `--set` says. Raises UsageError."""
    props = scene.genga
    for assignment in arguments.set:
        key, equals, value = assignment.partition("=")
        if not equals:
            raise UsageError(f'Cannot read "--set {assignment}"; expected KEY=VALUE.')
        part, dot, name = key.partition(".")
        owners = {
            "maps": scene.genga_maps,
            "motion": scene.genga_motion,
            "mesh": scene.genga_mesh,
            "texture": scene.genga_texture,
        }
        owner, name = (owners[part], name) if dot and part in owners else (props, key)
        set_value(owner, name, value)


def set_value(owner: bpy.types.PropertyGroup, name: str, text: str) -> None:
    """Sets a setting from text: numbers, true or false, words, names of datablocks. Raises UsageError."""
    prop = owner.bl_rna.properties.get(name)
    if prop is None or name in ("rna_type", "name") or prop.type == "COLLECTION":
        known = sorted(
            one.identifier
            for one in owner.bl_rna.properties
            if one.identifier not in ("rna_type", "name") and one.type != "COLLECTION"
        )
        raise UsageError(f'There is no setting "{name}"; there are: {", ".join(known)}.')
    try:
        setattr(owner, name, _value(prop, text))
    except (TypeError, ValueError) as error:
        raise UsageError(f'"{text}" does not fit {name}: {error}.') from error


def _value(prop: bpy.types.Property, text: str) -> object:
    if prop.type == "BOOLEAN":
        words = {
            "true": True,
            "1": True,
            "yes": True,
            "on": True,
            "false": False,
            "0": False,
            "no": False,
            "off": False,
        }
        if text.lower() not in words:
            raise ValueError("expected true or false")
        return words[text.lower()]
    if prop.type in ("INT", "FLOAT"):
        number = int(text) if prop.type == "INT" else float(text)
        # Blender would clamp without a word.
        if not prop.hard_min <= number <= prop.hard_max:
            raise ValueError(f"expected {prop.hard_min} to {prop.hard_max}")
        return number
    if prop.type == "ENUM":
        items = [item.identifier for item in prop.enum_items]
        if text not in items:
            raise ValueError(f"expected one of: {', '.join(items)}")
        return text
    if prop.type == "POINTER":
        return _datablock(prop, text)
    return text


def _datablock(prop: bpy.types.Property, name: str) -> bpy.types.ID | None:
    if not name:
        return None
    kind = prop.fixed_type.identifier
    collection = {"Image": bpy.data.images, "Object": bpy.data.objects, "Text": bpy.data.texts}[kind]
    found = collection.get(name)
    if found is None and kind == "Image" and Path(bpy.path.abspath(name)).is_file():
        found = bpy.data.images.load(bpy.path.abspath(name))
    if found is None:
        raise ValueError(f"there is no {kind.lower()} of this name; there are: {_names(collection)}")
    return found


def _names(items) -> str:
    return ", ".join(item.name for item in items) or "none"
