"""The node group that looks up a picture at a surface point, with what it may not paint left out."""

from __future__ import annotations

import bpy

from ..compat import add_group_socket

GROUP_INPUTS = (
    ("Position", "NodeSocketVector"),
    ("Normal", "NodeSocketVector"),
    ("Row U", "NodeSocketVector"),
    ("U", "NodeSocketFloat"),
    ("Row V", "NodeSocketVector"),
    ("V", "NodeSocketFloat"),
    ("Row W", "NodeSocketVector"),
    ("W", "NodeSocketFloat"),
    ("Row Depth", "NodeSocketVector"),
    ("Depth", "NodeSocketFloat"),
    ("Eye", "NodeSocketVector"),
    ("Scale", "NodeSocketVector"),
    ("Opacity", "NodeSocketFloat"),
    ("Facing From", "NodeSocketFloat"),
    ("Facing To", "NodeSocketFloat"),
    ("Border", "NodeSocketFloat"),
    ("Sharpness", "NodeSocketFloat"),
)


def projection_group(
    name: str, image: bpy.types.Image, threshold: bpy.types.Image, perspective: bool
) -> bpy.types.ShaderNodeTree:
    """Gives a node group with outputs Color, Coverage in [0, 1] and Weight, its share in overlaps.

    It computes, for a point and normal in object space, what `layer_weights` computes in numpy.
    `threshold` is the picture of `threshold_map`, bottom row first.
    """
    tree = bpy.data.node_groups.new(name, "ShaderNodeTree")
    for socket, kind in GROUP_INPUTS:
        add_group_socket(tree, socket, kind)
    add_group_socket(tree, "Color", "NodeSocketColor", output=True)
    add_group_socket(tree, "Coverage", "NodeSocketFloat", output=True)
    add_group_socket(tree, "Weight", "NodeSocketFloat", output=True)
    build = Builder(tree)
    source = build.node("NodeGroupInput")
    position = source.outputs["Position"]

    def row(name: str, offset: str) -> bpy.types.NodeSocket:
        dot = build.vector("DOT_PRODUCT", position, source.outputs[name], output="Value")
        return build.math("ADD", dot, source.outputs[offset])

    w, depth = row("Row W", "W"), row("Row Depth", "Depth")
    u = build.math("DIVIDE", row("Row U", "U"), w)
    v = build.math("DIVIDE", row("Row V", "V"), w)
    uv = build.node("ShaderNodeCombineXYZ")
    build.link(u, uv.inputs[0])
    build.link(v, uv.inputs[1])
    color = build.picture(image, uv.outputs[0], "EXTEND")
    color.name = color.label = "Picture"
    least = build.picture(threshold, uv.outputs[0], "EXTEND")
    least.name = least.label = "Visible from here on"

    nearness = build.math("DIVIDE", 1.0, depth) if perspective else build.math("MULTIPLY", depth, -1.0)
    seen = build.math("GREATER_THAN", nearness, least.outputs["Color"])
    ahead = build.math("GREATER_THAN", depth, 0.0)

    inside = build.math("MINIMUM", u, build.math("SUBTRACT", 1.0, u))
    inside = build.math("MINIMUM", inside, v)
    inside = build.math("MINIMUM", inside, build.math("SUBTRACT", 1.0, v))
    framed = build.math("GREATER_THAN", inside, 0.0)
    # A border of 0 ends sharply; the division is kept from 0 / 0.
    border = build.math("MAXIMUM", source.outputs["Border"], 1e-7)
    framed = build.math("MULTIPLY", framed, build.math("DIVIDE", inside, border, clamp=True))

    eye = source.outputs["Eye"]
    to_eye = build.vector("SUBTRACT", eye, position) if perspective else eye
    to_eye = build.vector("NORMALIZE", build.vector("MULTIPLY", to_eye, source.outputs["Scale"]))
    normal = build.vector("DIVIDE", source.outputs["Normal"], source.outputs["Scale"])
    normal = build.vector("NORMALIZE", normal)
    facing = build.vector("DOT_PRODUCT", to_eye, normal, output="Value")
    fade = build.node("ShaderNodeMapRange")
    fade.interpolation_type = "LINEAR"
    fade.clamp = True
    build.link(facing, fade.inputs[0])
    build.link(source.outputs["Facing From"], fade.inputs[1])
    build.link(source.outputs["Facing To"], fade.inputs[2])

    coverage = color.outputs["Alpha"]
    for factor in (seen, ahead, framed, fade.outputs[0], source.outputs["Opacity"]):
        coverage = build.math("MULTIPLY", coverage, factor)
    share = build.math("POWER", build.math("MAXIMUM", facing, 0.0), source.outputs["Sharpness"])
    weight = build.math("MULTIPLY", coverage, share)
    sink = build.node("NodeGroupOutput")
    build.link(color.outputs["Color"], sink.inputs["Color"])
    build.link(coverage, sink.inputs["Coverage"])
    build.link(weight, sink.inputs["Weight"])
    build.arrange()
    return tree


class Builder:
    """Adds nodes to a tree and remembers them, so that they can be laid out, framed and removed."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self.tree = tree
        self.nodes: list[bpy.types.Node] = []

    def node(self, kind: str) -> bpy.types.Node:
        """Adds a node."""
        node = self.tree.nodes.new(kind)
        node.select = False
        self.nodes.append(node)
        return node

    def link(self, value: bpy.types.NodeSocket | float, target: bpy.types.NodeSocket) -> None:
        """Links a socket, or sets a number."""
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, target)
        else:
            target.default_value = value

    def math(
        self,
        operation: str,
        a: bpy.types.NodeSocket | float,
        b: bpy.types.NodeSocket | float,
        *,
        clamp: bool = False,
    ) -> bpy.types.NodeSocket:
        """Adds a Math node and gives its value."""
        node = self.node("ShaderNodeMath")
        node.operation = operation
        node.use_clamp = clamp
        self.link(a, node.inputs[0])
        self.link(b, node.inputs[1])
        return node.outputs[0]

    def vector(
        self,
        operation: str,
        a: bpy.types.NodeSocket,
        b: bpy.types.NodeSocket | None = None,
        output: str = "Vector",
    ) -> bpy.types.NodeSocket:
        """Adds a Vector Math node and gives one of its outputs."""
        node = self.node("ShaderNodeVectorMath")
        node.operation = operation
        self.link(a, node.inputs[0])
        if b is not None:
            self.link(b, node.inputs[1])
        return node.outputs[output]

    def picture(
        self, image: bpy.types.Image, uv: bpy.types.NodeSocket, extension: str
    ) -> bpy.types.ShaderNodeTexImage:
        """Adds an image texture, sampled with linear interpolation."""
        node = self.node("ShaderNodeTexImage")
        node.image = image
        node.interpolation = "Linear"
        node.extension = extension
        self.link(uv, node.inputs["Vector"])
        return node

    def arrange(self, x: float = 0, y: float = 0) -> None:
        """Lays the nodes out in columns, each after what feeds it."""
        column: dict[bpy.types.Node, int] = {}
        mine = set(self.nodes)
        for _ in range(len(self.nodes)):
            changed = False
            for link in self.tree.links:
                if link.from_node in mine and link.to_node in mine:
                    wanted = column.get(link.from_node, 0) + 1
                    if column.get(link.to_node, 0) < wanted:
                        column[link.to_node] = wanted
                        changed = True
            if not changed:
                break
        rows: dict[int, int] = {}
        for node in self.nodes:
            place = column.get(node, 0)
            node.location = (x + place * 190, y - rows.get(place, 0) * 190)
            rows[place] = rows.get(place, 0) + 1
