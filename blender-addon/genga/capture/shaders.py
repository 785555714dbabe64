"""The shaders of the control maps.

Positions are in view space (+x right, +y up, looking along -z), computed in double precision before they
come here, so that scenes far from the origin keep their detail. Only GPUShaderCreateInfo, so that OpenGL,
Vulkan and Metal all take them.
"""

from __future__ import annotations

from functools import cache

import gpu

INSTANCE_COLUMNS = 1024
"""Width of the texture of instances, texels; four texels an instance."""

_INSTANCE = """
mat4 genga_model_view(int index) {
  int texel = index * 4;
  ivec2 at = ivec2(texel % 1024, texel / 1024);
  vec4 a = texelFetch(instances, at, 0);
  vec4 b = texelFetch(instances, at + ivec2(1, 0), 0);
  vec4 c = texelFetch(instances, at + ivec2(2, 0), 0);
  return transpose(mat4(a, b, c, vec4(0.0, 0.0, 0.0, 1.0)));
}
"""

_GEOMETRY_VERTEX = (
    _INSTANCE
    + """
void main() {
  int index = first + gl_InstanceID;
  mat4 model_view = genga_model_view(index);
  vec4 position = model_view * vec4(pos, 1.0);
  // The cofactor matrix turns normals under any scale; its sign is that of the determinant.
  vec3 x = model_view[0].xyz; vec3 y = model_view[1].xyz; vec3 z = model_view[2].xyz;
  vec3 yz = cross(y, z);
  mat3 cofactor = mat3(yz, cross(z, x), cross(x, y));
  view_position = position.xyz;
  view_normal = cofactor * normal * sign(dot(x, yz));
  surface = color;
  int texel = index * 4 + 3;
  who = texelFetch(instances, ivec2(texel % 1024, texel / 1024), 0);
  gl_Position = projection * position;
}
"""
)

_GEOMETRY_FRAGMENT = """
vec2 octahedron(vec3 n) {
  vec2 p = n.xy / (abs(n.x) + abs(n.y) + abs(n.z));
  return n.z >= 0.0 ? p : (1.0 - abs(p.yx)) * vec2(p.x >= 0.0 ? 1.0 : -1.0, p.y >= 0.0 ? 1.0 : -1.0);
}
void main() {
  // Surfaces have two sides: both normals are turned to the side that is seen, whatever the winding.
  vec3 to_eye = perspective > 0.5 ? -view_position : vec3(0.0, 0.0, 1.0);
  vec3 face = cross(dFdx(view_position), dFdy(view_position));
  float area = length(face);
  face = area > 0.0 ? face / area : normalize(to_eye);
  if (dot(face, to_eye) < 0.0) face = -face;
  vec3 n = dot(view_normal, view_normal) > 0.0 ? normalize(view_normal) : face;
  if (dot(n, face) < 0.0) n = -n;
  float shown = 1.0 - who.y;
  out_normal = vec4(n, -view_position.z) * shown;
  out_who = vec4(who.x * shown, surface.a * 255.0, octahedron(face));
  out_color = vec4(surface.rgb, 1.0) * shown;
}
"""

_SHADOW_VERTEX = (
    _INSTANCE
    + """
void main() {
  vec4 position = genga_model_view(first + gl_InstanceID) * vec4(pos, 1.0);
  distance_light = dot(along, position);
  gl_Position = view_to_light_clip * position;
}
"""
)

_SCREEN_VERTEX = "void main() { gl_Position = vec4(pos, 0.0, 1.0); }"

# R = a line to the right of this sample, G = a line above it.
_EDGE_FRAGMENT = """
float plane_depth(ivec2 at) {
  float depth = texelFetch(normals, at, 0).a;
  // 1 / z is linear over a plane in a perspective picture, z in an orthographic one.
  return depth <= 0.0 ? 0.0 : (perspective > 0.5 ? 1.0 / depth : depth);
}
float line_between(ivec2 here, ivec2 step_to) {
  ivec2 last = textureSize(normals, 0) - 1;
  ivec2 there = here + step_to;
  if (any(greaterThan(there, last))) return 0.0;
  vec4 who_here = texelFetch(whos, here, 0);
  vec4 who_there = texelFetch(whos, there, 0);
  if (who_here.x != who_there.x) return 1.0;
  if (who_here.x == 0.0) return 0.0;
  if (material_lines > 0.5 && who_here.y != who_there.y) return 1.0;
  vec4 a = texelFetch(normals, here, 0);
  vec4 b = texelFetch(normals, there, 0);
  if (dot(a.xyz, b.xyz) < crease_cosine) return 1.0;
  // A step in depth: neither side's slope, drawn on, meets the other side.
  ivec2 before = max(here - step_to, ivec2(0));
  ivec2 behind = min(there + step_to, last);
  float z0 = plane_depth(before); float z1 = plane_depth(here);
  float z2 = plane_depth(there); float z3 = plane_depth(behind);
  bool known_before = texelFetch(whos, before, 0).x == who_here.x && before != here;
  bool known_behind = texelFetch(whos, behind, 0).x == who_here.x && behind != there;
  float miss_before = known_before ? abs(2.0 * z1 - z0 - z2) : abs(z1 - z2);
  float miss_behind = known_behind ? abs(2.0 * z2 - z3 - z1) : abs(z1 - z2);
  float least = perspective > 0.5 ? depth_step * max(z1, z2) : depth_step_metres;
  return min(miss_before, miss_behind) > least ? 1.0 : 0.0;
}
void main() {
  ivec2 here = ivec2(gl_FragCoord.xy);
  out_edge = vec4(line_between(here, ivec2(1, 0)), line_between(here, ivec2(0, 1)), 0.0, 1.0);
}
"""

# Push constants end at 128 bytes on some cards. `light_map` fills this block.
_LIGHT_SETTINGS = """
struct LightSettings {
  mat4 light_view; vec4 frame; vec4 unproject; vec4 cone; vec4 kind_range; vec4 pixel; vec4 sizes;
};
"""

# R = n·l, G = lit. Runs once a shadow map; a pixel belongs to the map whose range and frame it lies in.
_LIGHT_FRAGMENT = """
vec3 from_octahedron(vec2 p) {
  vec3 n = vec3(p, 1.0 - abs(p.x) - abs(p.y));
  if (n.z < 0.0) n.xy = (1.0 - abs(n.yx)) * vec2(n.x >= 0.0 ? 1.0 : -1.0, n.y >= 0.0 ? 1.0 : -1.0);
  return normalize(n);
}
void main() {
  mat4 light_view = settings.light_view;
  vec4 frame = settings.frame; vec4 unproject = settings.unproject; vec4 cone = settings.cone;
  vec2 kind = settings.kind_range.xy; vec2 depths = settings.kind_range.zw;
  vec2 pixel_ndc = settings.pixel.xy; float pixel_metres = settings.pixel.z;
  bool perspective = settings.pixel.w > 0.5;
  float shadow_size = settings.sizes.x; float terminator = settings.sizes.y;
  int stride = int(settings.sizes.z);
  ivec2 here = ivec2(gl_FragCoord.xy);
  vec4 surface = texelFetch(normals, here * stride, 0);
  vec4 who = texelFetch(whos, here * stride, 0);
  if (who.x == 0.0 || surface.a < depths.x || surface.a > depths.y) discard;
  vec2 ndc = (vec2(here) + 0.5) * pixel_ndc - 1.0;
  float w = perspective ? surface.a : 1.0;
  vec3 position = vec3((ndc - unproject.zw) * unproject.xy * w, -surface.a);
  vec3 face = from_octahedron(who.zw);
  vec3 p = (light_view * vec4(position, 1.0)).xyz;
  vec3 light_face = mat3(light_view) * face;
  vec3 light_normal = mat3(light_view) * surface.xyz;
  bool point_like = kind.x > 0.5;
  vec3 to_light = point_like ? normalize(-p) : vec3(0.0, 0.0, 1.0);
  float n_l = dot(light_normal, to_light);
  float gone = -p.z;
  vec2 plane = point_like ? p.xy / max(gone, 1e-6) : p.xy;
  bool has_shadow = kind.y > 0.5;
  if (has_shadow && point_like && gone <= 0.0) discard;
  if (has_shadow && (any(lessThan(plane, frame.xy)) || any(greaterThan(plane, frame.zw)))) discard;
  float lit = n_l > 0.0 ? 1.0 : 0.0;
  // Spot: nothing outside the cone. Area: nothing behind it. Others: cone.w = -2.
  if (dot(to_light, cone.xyz) < cone.w) lit = 0.0;
  if (has_shadow && lit > 0.0) {
    float texel = (frame.z - frame.x) / shadow_size * (point_like ? gone : 1.0);
    // Smooth low-poly meshes: a face may look away from the light where its shading does not yet.
    float turned = dot(light_face, to_light);
    if (turned < 0.05) {
      p += light_normal * terminator;
      gone = -p.z;
      plane = point_like ? p.xy / max(gone, 1e-6) : p.xy;
      light_face = to_light;
    }
    float offset = dot(light_face, p);
    vec2 at = (plane - frame.xy) / (frame.zw - frame.xy) * shadow_size - 0.5;
    vec2 base = floor(at);
    vec2 part = at - base;
    vec4 seen;
    for (int tap = 0; tap < 4; tap++) {
      ivec2 texel_at = ivec2(base) + ivec2(tap & 1, tap >> 1);
      vec2 place = frame.xy + (vec2(texel_at) + 0.5) / shadow_size * (frame.zw - frame.xy);
      // Distance of the surface's own plane at the texel's centre.
      float slope = point_like ? dot(light_face, vec3(place, -1.0)) : light_face.z;
      float own = point_like ? offset / (abs(slope) > 1e-4 ? slope : -1e-4)
                             : -(offset - dot(light_face.xy, place)) / (abs(slope) > 1e-4 ? slope : 1e-4);
      own = min(own, gone + 12.0 * texel);
      texel_at = clamp(texel_at, ivec2(0), ivec2(int(shadow_size) - 1));
      float nearest = texelFetch(shadow, texel_at, 0).r;
      seen[tap] = nearest + 0.35 * texel + 2e-5 * gone < own ? 0.0 : 1.0;
    }
    float share = mix(mix(seen.x, seen.y, part.x), mix(seen.z, seen.w, part.x), part.y);
    // An edge about a pixel wide, however coarse the map.
    lit *= clamp((share - 0.5) * max(1.0, texel / max(pixel_metres * w, 1e-9)) + 0.5, 0.0, 1.0);
  }
  out_light = vec4(max(n_l, 0.0), lit, 1.0, 1.0);
}
"""


@cache
def geometry_shader() -> gpu.types.GPUShader:
    """Draws view normal and depth, who is seen (object, material slot, facing), and base colour, into three
    targets.
    """
    info = _info("genga_geometry_interface", smooth=(("VEC3", "view_position"), ("VEC3", "view_normal")),
                 flat=(("VEC4", "surface"), ("VEC4", "who")))  # fmt: skip
    info.push_constant("MAT4", "projection")
    info.push_constant("INT", "first")
    info.push_constant("FLOAT", "perspective")
    info.sampler(0, "FLOAT_2D", "instances")
    info.vertex_in(0, "VEC3", "pos")
    info.vertex_in(1, "VEC3", "normal")
    info.vertex_in(2, "VEC4", "color")
    for slot, name in enumerate(("out_normal", "out_who", "out_color")):
        info.fragment_out(slot, "VEC4", name)
    return _compile(info, _GEOMETRY_VERTEX, _GEOMETRY_FRAGMENT)


@cache
def shadow_shader() -> gpu.types.GPUShader:
    """Draws the distance from the light, along its axis in metres, into one float target."""
    info = _info("genga_shadow_interface", smooth=(("FLOAT", "distance_light"),))
    info.push_constant("MAT4", "view_to_light_clip")
    info.push_constant("VEC4", "along")
    info.push_constant("INT", "first")
    info.sampler(0, "FLOAT_2D", "instances")
    info.vertex_in(0, "VEC3", "pos")
    info.fragment_out(0, "FLOAT", "out_distance")
    return _compile(info, _SHADOW_VERTEX, "void main() { out_distance = distance_light; }")


@cache
def edge_shader() -> gpu.types.GPUShader:
    """Finds lines between neighbouring samples of what `geometry_shader` drew."""
    info = _info()
    for name in ("perspective", "material_lines", "crease_cosine", "depth_step", "depth_step_metres"):
        info.push_constant("FLOAT", name)
    info.sampler(0, "FLOAT_2D", "normals")
    info.sampler(1, "FLOAT_2D", "whos")
    info.vertex_in(0, "VEC2", "pos")
    info.fragment_out(0, "VEC4", "out_edge")
    return _compile(info, _SCREEN_VERTEX, _EDGE_FRAGMENT)


@cache
def light_shader() -> gpu.types.GPUShader:
    """Lights what `geometry_shader` drew with one light and one of its shadow maps."""
    info = _info()
    info.typedef_source(_LIGHT_SETTINGS)
    info.uniform_buf(0, "LightSettings", "settings")
    for slot, name in enumerate(("normals", "whos", "shadow")):
        info.sampler(slot, "FLOAT_2D", name)
    info.vertex_in(0, "VEC2", "pos")
    info.fragment_out(0, "VEC4", "out_light")
    return _compile(info, _SCREEN_VERTEX, _LIGHT_FRAGMENT)


def forget_shaders() -> None:
    """Frees the compiled shaders."""
    for shader in (geometry_shader, shadow_shader, edge_shader, light_shader):
        shader.cache_clear()


def _info(
    interface: str = "", smooth: tuple[tuple[str, str], ...] = (), flat: tuple[tuple[str, str], ...] = ()
) -> gpu.types.GPUShaderCreateInfo:
    info = gpu.types.GPUShaderCreateInfo()
    if interface:
        stage = gpu.types.GPUStageInterfaceInfo(interface)
        for kind, name in smooth:
            stage.smooth(kind, name)
        for kind, name in flat:
            stage.flat(kind, name)
        info.vertex_out(stage)
    return info


def _compile(info: gpu.types.GPUShaderCreateInfo, vertex: str, fragment: str) -> gpu.types.GPUShader:
    info.vertex_source(vertex)
    info.fragment_source(fragment)
    return gpu.shader.create_from_info(info)
