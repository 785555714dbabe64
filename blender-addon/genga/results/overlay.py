"""Projected pictures laid over a material, and taken off again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import bpy

from .projection_nodes import Builder

if TYPE_CHECKING:
    from .properties import GENGA_PG_projection

TAG = "genga_overlay"
OUTPUT = "genga_output"
SHARPNESS = 6.0
"""Power of the facing cosine that shares a surface out among projections; higher = narrower seams."""


def lay_over(material: bpy.types.Material, layers: Sequence[GENGA_PG_projection]) -> None:
    """Puts the overlay of `layers` between the material's surface shader and its outputs, or renews it.

    The rest of the material is not touched; `take_off` gives it back as it was.
    """
    take_off(material)
    tree = material.node_tree
    outputs = [node for node in tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial"]
    if not outputs or not layers:
        return
    build = Builder(tree)
    color, coverage = _blend(build, layers)
    whole = layers[-1].baked and layers[-1].opaque
    if whole:  # exporters know a Principled BSDF; they do not follow a mix
        shader = build.node("ShaderNodeBsdfPrincipled")
        shader.inputs["Roughness"].default_value = 1.0
        build.link(color, shader.inputs["Base Color"])
    else:
        shader = build.node(
            "ShaderNodeEmission" if layers[-1].shading == "EMISSION" else "ShaderNodeBsdfDiffuse"
        )
        build.link(color, shader.inputs["Color"])
    for output in outputs:
        source = output.inputs["Surface"].links[0].from_socket if output.inputs["Surface"].links else None
        alpha = _alpha_of(source)
        mix = build.node("ShaderNodeMixShader")
        build.link(coverage if alpha is None else build.math("MULTIPLY", coverage, alpha), mix.inputs[0])
        if source is not None:
            build.link(source, mix.inputs[1])
        build.link(shader.outputs[0], mix.inputs[2])
        # A whole cover goes past the mix, which then only remembers the shader below.
        build.link(shader.outputs[0] if whole else mix.outputs[0], output.inputs["Surface"])
        mix[OUTPUT] = output.name
    lowest = min((node.location.y for node in tree.nodes if node not in build.nodes), default=0)
    build.arrange(x=-900, y=lowest - 400)
    frame = tree.nodes.new("NodeFrame")
    frame.label = "Genga"
    for node in build.nodes:
        node.parent = frame
    for node in [*build.nodes, frame]:
        node[TAG] = True


def take_off(material: bpy.types.Material) -> None:
    """Removes the overlay and links the material's own surface shader as it was."""
    tree = material.node_tree
    if tree is None:
        return
    ours = [node for node in tree.nodes if node.get(TAG)]
    for node in ours:
        if node.bl_idname != "ShaderNodeMixShader":
            continue
        source = node.inputs[1].links[0].from_socket if node.inputs[1].links else None
        output = tree.nodes.get(node[OUTPUT])
        if source is not None and output is not None:
            tree.links.new(source, output.inputs["Surface"])
    for node in ours:
        tree.nodes.remove(node)


def _blend(
    build: Builder, layers: Sequence[GENGA_PG_projection]
) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
    """Gives the colour, shared out by weight, and the coverage of all layers together."""
    if layers[-1].baked:
        return _baked(build, layers[-1])
    placed = [_layer(build, layer) for layer in layers if not layer.baked]
    if len(placed) == 1:
        return placed[0].outputs["Color"], placed[0].outputs["Coverage"]
    total = coverage = color = None
    for node in placed:
        part = build.node("ShaderNodeVectorMath")
        part.operation = "SCALE"
        build.link(node.outputs["Color"], part.inputs[0])
        build.link(node.outputs["Weight"], part.inputs["Scale"])
        if total is None or color is None or coverage is None:
            total, color, coverage = node.outputs["Weight"], part.outputs[0], node.outputs["Coverage"]
            continue
        total = build.math("ADD", total, node.outputs["Weight"])
        color = build.vector("ADD", color, part.outputs[0])
        coverage = build.math("MAXIMUM", coverage, node.outputs["Coverage"])
    share = build.node("ShaderNodeVectorMath")
    share.operation = "SCALE"
    build.link(color, share.inputs[0])
    build.link(build.math("DIVIDE", 1.0, build.math("MAXIMUM", total, 1e-8)), share.inputs["Scale"])
    return share.outputs[0], coverage


def _baked(build: Builder, layer: GENGA_PG_projection) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
    """Looks a baked picture up on its UV map; it covers the projections that it was made from."""
    place = build.node("ShaderNodeUVMap")
    place.uv_map = layer.baked_uv
    picture = build.picture(layer.image, place.outputs[0], "EXTEND")
    coverage = picture.outputs["Alpha"]
    if layer.opacity < 1:
        coverage = build.math("MULTIPLY", coverage, layer.opacity)
    return picture.outputs["Color"], coverage


def _layer(build: Builder, layer: GENGA_PG_projection) -> bpy.types.ShaderNodeGroup:
    node = build.node("ShaderNodeGroup")
    node.node_tree = layer.group
    node.label = layer.label
    node.width = 220
    if layer.attribute:
        position = _attribute(build, layer.attribute)
        normal = _attribute(build, f"{layer.attribute}_normal")
    else:
        position = build.node("ShaderNodeTexCoord").outputs["Object"]
        turn = build.node("ShaderNodeVectorTransform")
        turn.vector_type, turn.convert_from, turn.convert_to = "NORMAL", "WORLD", "OBJECT"
        build.link(build.node("ShaderNodeNewGeometry").outputs["True Normal"], turn.inputs[0])
        normal = turn.outputs[0]
    build.link(position, node.inputs["Position"])
    build.link(normal, node.inputs["Normal"])
    rows = [tuple(layer.rows[index * 4 : index * 4 + 4]) for index in range(4)]
    for name, row in zip(("U", "V", "W", "Depth"), rows, strict=True):
        node.inputs[f"Row {name}"].default_value = row[:3]
        node.inputs[name].default_value = row[3]
    node.inputs["Eye"].default_value = tuple(layer.eye)
    node.inputs["Scale"].default_value = tuple(layer.scale)
    node.inputs["Opacity"].default_value = layer.opacity
    node.inputs["Facing From"].default_value = layer.facing_from
    node.inputs["Facing To"].default_value = layer.facing_to
    node.inputs["Border"].default_value = layer.border
    node.inputs["Sharpness"].default_value = SHARPNESS
    return node


def _attribute(build: Builder, name: str) -> bpy.types.NodeSocket:
    node = build.node("ShaderNodeAttribute")
    node.attribute_type = "GEOMETRY"
    node.attribute_name = name
    return node.outputs["Vector"]


def _alpha_of(source: bpy.types.NodeSocket | None) -> bpy.types.NodeSocket | float | None:
    """Gives the alpha of the surface below, so that a leaf cut out by its alpha stays cut out."""
    node = source.node if source is not None else None
    if node is None or node.bl_idname != "ShaderNodeBsdfPrincipled":
        return None
    alpha = node.inputs["Alpha"]
    if alpha.links:
        return alpha.links[0].from_socket
    return None if alpha.default_value >= 1 else alpha.default_value
