"""Shows the start picture over the mask while that is painted."""

from __future__ import annotations

import bpy

OPACITY = 0.55

_handle = None
_shader = None

_VERTEX = """
void main() {
  uv_of_fragment = uv;
  gl_Position = ModelViewProjectionMatrix * vec4(position, 0.0, 1.0);
}
"""
# Textures of 8-bit images give linear values; the region holds sRGB.
_FRAGMENT = """
void main() {
  vec3 linear = texture(image, uv_of_fragment).rgb;
  vec3 low = linear * 12.92;
  vec3 high = 1.055 * pow(max(linear, vec3(0.0031308)), vec3(1.0 / 2.4)) - 0.055;
  colour = vec4(mix(high, low, lessThan(linear, vec3(0.0031308))), opacity);
}
"""


def _make_shader():
    import gpu

    interface = gpu.types.GPUStageInterfaceInfo("genga_mask_overlay")
    interface.smooth("VEC2", "uv_of_fragment")
    info = gpu.types.GPUShaderCreateInfo()
    info.push_constant("MAT4", "ModelViewProjectionMatrix")
    info.push_constant("FLOAT", "opacity")
    info.sampler(0, "FLOAT_2D", "image")
    info.vertex_in(0, "VEC2", "position")
    info.vertex_in(1, "VEC2", "uv")
    info.vertex_out(interface)
    info.fragment_out(0, "VEC4", "colour")
    info.vertex_source(_VERTEX)
    info.fragment_source(_FRAGMENT)
    return gpu.shader.create_from_info(info)


def picture_under(scene: bpy.types.Scene) -> bpy.types.Image | None:
    """Gives the picture that the mask belongs to, if it is an image; renders cannot be drawn here."""
    props = scene.genga
    return props.start_image if props.start_source == "IMAGE" else None


def _draw() -> None:
    context = bpy.context
    space, props = context.space_data, context.scene.genga
    picture = picture_under(context.scene)
    if props.mask_image is None or space.image != props.mask_image or picture is None or not picture.has_data:
        return
    import gpu
    from gpu_extras.batch import batch_for_shader

    global _shader
    if _shader is None:
        _shader = _make_shader()
    to_region = context.region.view2d.view_to_region
    left, bottom = to_region(0, 0, clip=False)
    right, top = to_region(1, 1, clip=False)
    batch = batch_for_shader(
        _shader,
        "TRI_FAN",
        {
            "position": ((left, bottom), (right, bottom), (right, top), (left, top)),
            "uv": ((0, 0), (1, 0), (1, 1), (0, 1)),
        },
    )
    gpu.state.blend_set("ALPHA")
    _shader.bind()
    matrix = gpu.matrix.get_projection_matrix() @ gpu.matrix.get_model_view_matrix()
    _shader.uniform_float("ModelViewProjectionMatrix", matrix)
    _shader.uniform_float("opacity", OPACITY)
    _shader.uniform_sampler("image", gpu.texture.from_image(picture))
    batch.draw(_shader)
    gpu.state.blend_set("NONE")


def register() -> None:
    """Adds the overlay; it shows only over the mask of the scene."""
    global _handle
    if not bpy.app.background:
        _handle = bpy.types.SpaceImageEditor.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")


def unregister() -> None:
    """Takes the overlay away."""
    global _handle, _shader
    if _handle is not None:
        bpy.types.SpaceImageEditor.draw_handler_remove(_handle, "WINDOW")
    _handle = _shader = None
