"""glTF materials as Blender's, with a Principled BSDF."""

from __future__ import annotations

from dataclasses import replace

import bpy

from ..glb.model import Material, Picture
from ..results.image_datablock import packed_image

WHITE = (1.0, 1.0, 1.0)


class Materials:
    """Makes materials; those that are the same, as of levels of detail, are made once, as pictures are."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._images: dict[tuple[bytes, bool], bpy.types.Image] = {}
        self._materials: list[tuple[Material, str, bpy.types.Material]] = []

    def of(self, material: Material | None, uv_map: str = "") -> bpy.types.Material:
        """Gives the material; textures lie on the UV map called `uv_map`, else on the rendered one."""
        wanted = material or Material(name=self._title)
        for known, known_map, made in self._materials:
            if known == wanted and known_map == uv_map:
                return made
        made = self._make(wanted, uv_map)
        self._materials.append((wanted, uv_map, made))
        return made

    def painted(
        self, old: bpy.types.Material | None, material: Material, uv_map: str, *, surface: bool
    ) -> bpy.types.Material:
        """Gives a copy of a material with the base colour of another; all else of it stays.

        `surface`: roughness and metalness are the other's too. A material without a Principled BSDF, or none
        at all, is made anew.
        """
        if old is None or old.node_tree is None or _principled(old) is None:
            return self.of(replace(material, name=self._title), uv_map)
        made = old.copy()
        made.use_fake_user = False
        made.name = self._title
        tree, shader = made.node_tree, _principled(made)
        names = ("Base Color", "Roughness", "Metallic") if surface else ("Base Color",)
        for name in names:
            for link in list(shader.inputs[name].links):
                tree.links.remove(link)
        self._base_color(tree, shader, material, uv_map)
        if surface:
            self._surface(tree, shader, material, uv_map)
        return made

    def _make(self, material: Material, uv_map: str) -> bpy.types.Material:
        made = bpy.data.materials.new(material.name)
        if made.node_tree is None:
            made.use_nodes = True
        tree, shader = made.node_tree, _principled(made)
        made.diffuse_color = material.base_color
        made.roughness, made.metallic = material.roughness, material.metallic
        self._base_color(tree, shader, material, uv_map)
        self._surface(tree, shader, material, uv_map)
        if material.normal_texture is not None:
            texture = self._texture(tree, material.normal_texture, uv_map, "normal", -300, is_data=True)
            bend = tree.nodes.new("ShaderNodeNormalMap")
            bend.location = (-350, -300)
            if uv_map:
                bend.uv_map = uv_map
            tree.links.new(texture.outputs["Color"], bend.inputs["Color"])
            tree.links.new(bend.outputs["Normal"], shader.inputs["Normal"])
        if any(material.emissive):
            # Renamed in 4.0.
            glow = shader.inputs.get("Emission Color") or shader.inputs["Emission"]
            glow.default_value = (*material.emissive, 1.0)
            shader.inputs["Emission Strength"].default_value = 1.0
        return made

    def _base_color(
        self, tree: bpy.types.NodeTree, shader: bpy.types.Node, material: Material, uv_map: str
    ) -> None:
        red, green, blue, alpha = material.base_color
        color = shader.inputs["Base Color"]
        color.default_value = (red, green, blue, 1.0)
        if material.base_color_texture is not None:
            texture = self._texture(tree, material.base_color_texture, uv_map, "base colour", 300)
            source = texture.outputs["Color"]
            if (red, green, blue) != WHITE:
                source = _multiply_color(tree, source, (red, green, blue, 1.0))
            tree.links.new(source, color)
            if material.alpha_mode != "OPAQUE":
                tree.links.new(texture.outputs["Alpha"], shader.inputs["Alpha"])
        elif material.alpha_mode != "OPAQUE":
            shader.inputs["Alpha"].default_value = alpha

    def _surface(
        self, tree: bpy.types.NodeTree, shader: bpy.types.Node, material: Material, uv_map: str
    ) -> None:
        rough, metal = shader.inputs["Roughness"], shader.inputs["Metallic"]
        rough.default_value, metal.default_value = material.roughness, material.metallic
        if material.metallic_roughness_texture is None:
            return
        texture = self._texture(
            tree, material.metallic_roughness_texture, uv_map, "metallic roughness", 0, is_data=True
        )
        parts = tree.nodes.new("ShaderNodeSeparateColor")
        parts.location = (-350, 0)
        tree.links.new(texture.outputs["Color"], parts.inputs["Color"])
        tree.links.new(_multiply(tree, parts.outputs["Green"], material.roughness, 0), rough)
        tree.links.new(_multiply(tree, parts.outputs["Blue"], material.metallic, -160), metal)

    def _texture(
        self,
        tree: bpy.types.NodeTree,
        picture: Picture,
        uv_map: str,
        use: str,
        y: float,
        *,
        is_data: bool = False,
    ) -> bpy.types.ShaderNodeTexImage:
        node = tree.nodes.new("ShaderNodeTexImage")
        node.location = (-650, y)
        node.image = self._image(picture, use, is_data)
        if uv_map:
            where = tree.nodes.new("ShaderNodeUVMap")
            where.location = (-850, y)
            where.uv_map = uv_map
            tree.links.new(where.outputs["UV"], node.inputs["Vector"])
        return node

    def _image(self, picture: Picture, use: str, is_data: bool) -> bpy.types.Image:
        key = (picture.bytes, is_data)
        if key not in self._images:
            image = packed_image(picture.name or f"{self._title} {use}", picture.bytes, picture.mime)
            if is_data:
                image.colorspace_settings.name = "Non-Color"
            self._images[key] = image
        return self._images[key]


def _principled(material: bpy.types.Material) -> bpy.types.Node | None:
    return next(
        (node for node in material.node_tree.nodes if node.bl_idname == "ShaderNodeBsdfPrincipled"), None
    )


def _multiply(
    tree: bpy.types.NodeTree, source: bpy.types.NodeSocket, factor: float, y: float
) -> bpy.types.NodeSocket:
    if factor == 1.0:
        return source
    node = tree.nodes.new("ShaderNodeMath")
    node.operation = "MULTIPLY"
    node.location = (-180, y)
    node.inputs[1].default_value = factor
    tree.links.new(source, node.inputs[0])
    return node.outputs[0]


def _multiply_color(
    tree: bpy.types.NodeTree, source: bpy.types.NodeSocket, factor: tuple[float, float, float, float]
) -> bpy.types.NodeSocket:
    node = tree.nodes.new("ShaderNodeMix")
    node.data_type, node.blend_type = "RGBA", "MULTIPLY"
    node.location = (-350, 300)
    # Its sockets have the same names for each data type; those of colours come last.
    first, second = [socket for socket in node.inputs if socket.type == "RGBA"][:2]
    node.inputs[0].default_value = 1.0
    second.default_value = factor
    tree.links.new(source, first)
    return next(socket for socket in node.outputs if socket.type == "RGBA")
