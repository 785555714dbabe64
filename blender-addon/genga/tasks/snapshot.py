"""The settings of a scene as plain data and back, for the history."""

from __future__ import annotations

from typing import Any

import bpy

MAPS = "maps"
"""Key of the settings of control maps among those of a scene."""
LEFT_OUT = {"rna_type", "name", "history", "history_index", "history_limit", "controls_index"} | {
    "regions",
    "region_index",
}


def settings_of(props: bpy.types.PropertyGroup) -> dict[str, Any]:
    """Gives the settings as plain data; datablocks by name, layers as a list."""
    return {key: _plain(props, key) for key in _keys(props)}


def apply_settings(props: bpy.types.PropertyGroup, settings: dict[str, Any]) -> list[str]:
    """Sets what `settings_of` gave, and gives the names of datablocks that are gone.

    Settings that this version does not know are left out; those that the data lacks stay as they are.
    """
    missing: list[str] = []
    for key in _keys(props):
        if key in settings:
            _set(props, key, settings[key], missing)
    return missing


def _keys(props: bpy.types.PropertyGroup) -> list[str]:
    return [prop.identifier for prop in props.bl_rna.properties if prop.identifier not in LEFT_OUT]


def _plain(props: bpy.types.PropertyGroup, key: str) -> Any:
    kind = props.bl_rna.properties[key].type
    value = getattr(props, key)
    if kind == "COLLECTION":
        return [settings_of(item) for item in value]
    if kind == "POINTER":
        return None if value is None else value.name
    return round(value, 6) if isinstance(value, float) else value


def _set(props: bpy.types.PropertyGroup, key: str, value: Any, missing: list[str]) -> None:
    prop = props.bl_rna.properties[key]
    if prop.type == "COLLECTION":
        items = getattr(props, key)
        items.clear()
        for item in value:
            missing += apply_settings(items.add(), item)
    elif prop.type == "POINTER":
        found = None if value is None else _datablock(prop.fixed_type.identifier, value)
        if value is not None and found is None:
            missing.append(value)
        setattr(props, key, found)
    else:
        try:
            setattr(props, key, value)
        except (TypeError, ValueError):  # an item of an enum that is gone
            missing.append(str(value))


def _datablock(kind: str, name: str) -> bpy.types.ID | None:
    collections = {"Image": bpy.data.images, "Object": bpy.data.objects, "Text": bpy.data.texts}
    return collections[kind].get(name)
