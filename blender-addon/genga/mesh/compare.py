"""Looking at the variations of a request one after the other in one place, and keeping one."""

from __future__ import annotations

import bpy
from genga_client import GengaError
from mathutils import Vector

from .mesh_set import variation_set


def need_set(item: bpy.types.Object | None) -> tuple[bpy.types.Collection, int]:
    """Gives what `variation_set` gives. Raises GengaError INVALID_REQUEST for an object that is not ours."""
    found = variation_set(item)
    if found is None:
        raise GengaError(
            "INVALID_REQUEST",
            f'"{item.name}" is no mesh of Genga.' if item is not None else "No object is active.",
            remedy="Select a mesh that Text to 3D made.",
        )
    return found


def show_variation(collection: bpy.types.Collection, number: int) -> bpy.types.Object:
    """Shows one variation alone, where the one that was seen before stands; gives its root."""
    held = collection.genga_mesh
    alive = [at for at, one in enumerate(held.variations) if one.root is not None]
    if number not in alive:
        raise GengaError(
            "INVALID_REQUEST",
            f"There is no variation {number + 1} any more; there are {len(alive)}.",
            remedy="Undo, or generate again.",
        )
    before = held.shown if held.shown in alive else alive[0]
    where = held.variations[before].root.matrix_world.copy()
    if held.shown < 0:  # side by side: the first one's place is that of all
        where.translation = where.translation - Vector(held.variations[before].offset)
    for at in alive:
        _show(held.variations[at], at == number)
    root = held.variations[number].root
    root.matrix_world = where
    held.shown = number
    return root


def show_all(collection: bpy.types.Collection) -> None:
    """Puts all variations side by side again, from where the one stands that is seen."""
    held = collection.genga_mesh
    alive = [one for one in held.variations if one.root is not None]
    if held.shown >= 0 and alive:
        shown = held.variations[held.shown].root or alive[0].root
        where = shown.matrix_world.copy()
        for one in alive:
            one.root.matrix_world = where
            one.root.location = one.root.location + Vector(one.offset)
    for one in alive:
        _show(one, True)
    held.shown = -1


def keep_variation(collection: bpy.types.Collection, number: int, *, remove: bool) -> bpy.types.Object:
    """Keeps one variation in its place and puts the others away: hidden, or removed from the file."""
    root = show_variation(collection, number)
    if not remove:
        return root
    held = collection.genga_mesh
    for at in reversed(range(len(held.variations))):
        if at != number:
            _remove(held.variations[at].collection)
            held.variations.remove(at)
    held.shown = 0
    return root


def _show(variation: bpy.types.PropertyGroup, seen: bool) -> None:
    variation.collection.hide_viewport = variation.collection.hide_render = not seen


def _remove(collection: bpy.types.Collection | None) -> None:
    if collection is None:
        return
    for child in list(collection.children):
        _remove(child)
    for item in list(collection.objects):
        bpy.data.objects.remove(item)
    bpy.data.collections.remove(collection)
