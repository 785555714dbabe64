"""Differences between Blender 3.4, 4.2, 4.5 and 5.x, in one place."""

from __future__ import annotations

import bpy
import numpy as np


def online_access() -> bool:
    """Whether Blender lets add-ons reach other machines; before 4.2 there was no such switch."""
    return getattr(bpy.app, "online_access", True)


def draw_progress(layout: bpy.types.UILayout, factor: float, text: str) -> None:
    """Draws a progress bar; before 4.0 as a line of text."""
    if hasattr(layout, "progress"):
        layout.progress(factor=factor, type="BAR", text=text)
    else:
        layout.label(text=f"{text} · {factor:.0%}" if text else f"{factor:.0%}")


def prop_with_placeholder(layout: bpy.types.UILayout, data: object, name: str, placeholder: str) -> None:
    """Draws a text field that says in grey what belongs there; before 4.1 it has its name in front."""
    if bpy.app.version >= (4, 1, 0):
        layout.prop(data, name, text="", placeholder=placeholder)
    else:
        layout.prop(data, name)


def blend_relative() -> set[str]:
    """Options of a path property that may begin with //; 4.5 and later want it said."""
    return {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()


def paint_colors(settings: bpy.types.ToolSettings) -> list[bpy.types.ID | bpy.types.bpy_struct]:
    """What holds the colour of image painting: the brush, and the one of all brushes, moved in 5.0."""
    paint = settings.image_paint
    shared = [getattr(owner, "unified_paint_settings", None) for owner in (settings, paint)]
    return [one for one in (paint.brush, *shared) if one is not None]


def has_extensions() -> bool:
    """Whether this Blender knows extensions, and with them wheels and command handlers."""
    return bpy.app.version >= (4, 2, 0)


def corner_normals(mesh: bpy.types.Mesh) -> np.ndarray:
    """Shading normals of all corners, [L, 3] float64; before 4.1 they are computed on request."""
    if not hasattr(mesh, "corner_normals"):
        mesh.calc_normals_split()
    values = np.empty(len(mesh.loops) * 3, np.float32)
    if hasattr(mesh, "corner_normals"):
        mesh.corner_normals.foreach_get("vector", values)
    else:
        mesh.loops.foreach_get("normal", values)
    return values.reshape(-1, 3).astype(np.float64)


def set_corner_normals(mesh: bpy.types.Mesh, normals: np.ndarray) -> None:
    """Gives all corners shading normals of their own, [L, 3] of unit length."""
    if hasattr(mesh, "use_auto_smooth"):  # before 4.1 they count with this alone
        mesh.use_auto_smooth = True
    mesh.normals_split_custom_set(normals.astype(np.float32).tolist())


def fill_preview(preview: bpy.types.ImagePreview, pixels: np.ndarray) -> None:
    """Gives a preview its pixels, [H, W, 4] float32 in [0, 1], the lowest row first."""
    preview.image_size = (pixels.shape[1], pixels.shape[0])
    if hasattr(preview.image_pixels_float, "foreach_set"):
        preview.image_pixels_float.foreach_set(np.ascontiguousarray(pixels, np.float32).ravel())
    else:
        preview.image_pixels_float = pixels.ravel().tolist()


def add_group_socket(
    tree: bpy.types.NodeTree, name: str, socket_type: str, *, output: bool = False
) -> bpy.types.NodeSocket | bpy.types.NodeTreeInterfaceSocket:
    """Adds an input or output to a node group; 4.0 moved them into `interface`."""
    if hasattr(tree, "interface"):
        return tree.interface.new_socket(
            name, in_out="OUTPUT" if output else "INPUT", socket_type=socket_type
        )
    return (tree.outputs if output else tree.inputs).new(socket_type, name)


def compositor_tree(scene: bpy.types.Scene) -> bpy.types.NodeTree:
    """The scene's compositor nodes, made when there are none; 5.0 keeps them as a node group of their own."""
    if hasattr(scene, "compositing_node_group"):
        if scene.compositing_node_group is None:
            scene.compositing_node_group = bpy.data.node_groups.new("Compositing", "CompositorNodeTree")
        return scene.compositing_node_group
    scene.use_nodes = True
    return scene.node_tree


def point_shader() -> str:
    """Name of the built-in shader that draws points in one colour; they have their own since 4.5."""
    return "POINT_UNIFORM_COLOR" if bpy.app.version >= (4, 5, 0) else "UNIFORM_COLOR"
