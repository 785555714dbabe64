"""Draws a scene off screen: albedo, normals, depth, ids, n·l, cast shadow and ambient occlusion, by
OpenGL without a window.
"""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np

from .scene import Scene

SUN_SIZE = 1536
"""Side of the key light's shadow map, texels."""
AO_SIZE = 256
AO_DIRECTIONS = 12
NEAR, FAR = 0.05, 300.0

VERTEX = """
#version 330
uniform mat4 view; uniform mat4 projection;
in vec3 in_position; in vec3 in_normal; in vec3 in_colour; in vec3 in_ids;
out vec3 position; out vec3 normal; out vec3 colour; flat out vec3 ids;
void main() {
  position = in_position; normal = in_normal; colour = in_colour; ids = in_ids;
  gl_Position = projection * view * vec4(in_position, 1.0);
}
"""
FRAGMENT = """
#version 330
uniform mat4 view; uniform mat4 sun; uniform mat4 sky[12]; uniform vec3 sky_direction[12];
uniform vec3 light; uniform float sun_texel; uniform float sky_texel; uniform float penumbra;
uniform float smooth_offset;
uniform sampler2D sun_map; uniform sampler2D sky_map;
in vec3 position; in vec3 normal; in vec3 colour; flat in vec3 ids;
layout(location = 0) out vec4 out_albedo; layout(location = 1) out vec4 out_normal;
layout(location = 2) out vec4 out_light; layout(location = 3) out vec4 out_ids;
float seen(vec3 q, vec2 offset, float bias) {
  if (any(lessThan(q.xy, vec2(0.0))) || any(greaterThan(q.xy, vec2(1.0)))) return 1.0;
  return textureLod(sun_map, q.xy + offset, 0.0).r + bias < q.z ? 0.0 : 1.0;
}
void main() {
  vec3 eye_position = (view * vec4(position, 1.0)).xyz;
  vec3 n = normalize(normal);
  vec3 geometric = normalize(cross(dFdx(eye_position), dFdy(eye_position)));
  vec3 n_eye = mat3(view) * n;
  // Open shells of low-poly models show their inner side: turn the normal towards the camera.
  if (!gl_FrontFacing) { n = -n; n_eye = -n_eye; }
  float n_l = dot(n, light);
  vec3 g = transpose(mat3(view)) * geometric;
  float tangent = clamp(sqrt(1.0 - min(dot(g, light) * dot(g, light), 1.0)) / max(abs(dot(g, light)), 0.05),
  0.0, 8.0);
  // Offsets along the shading normal keep the faces of a smooth low-poly ball out of its terminator.
  vec3 moved = position + g * sun_texel * 1.5 + n * smooth_offset;
  vec3 q = (sun * vec4(moved, 1.0)).xyz * 0.5 + 0.5;
  float turn = float((int(gl_FragCoord.x) & 1) + 2 * (int(gl_FragCoord.y) & 1)) * 0.7;
  float hard = 0.0; float soft = 0.0;
  for (int i = 0; i < 4; i++) hard += seen(q, (vec2(i & 1, i >> 1) - 0.5) / SUN_SIZE, 0.0008) * 0.25;
  for (int i = 0; i < 8; i++) {
    float a = float(i) * 2.39996 + turn; float r = sqrt((float(i) + 0.5) / 8.0) * penumbra;
    soft += seen(q, r * vec2(cos(a), sin(a)), 0.001 + r * 0.3 * tangent) / 8.0;
  }
  float open = 0.02; float total = 0.02;
  for (int i = 0; i < 12; i++) {
    float w = max(dot(n, sky_direction[i]), 0.0);
    if (w <= 0.0) continue;
    vec3 s = (sky[i] * vec4(position + g * sky_texel * 3.0, 1.0)).xyz * 0.5 + 0.5;
    vec2 cell = vec2(float(i % 4), float(i / 4));
    for (int k = 0; k < 2; k++) {
      float a = turn * 2.24 + float(k) * 3.1416 + float(i);
      vec2 at = s.xy + (0.02 + 0.03 * float(k)) * vec2(cos(a), sin(a));
      float gap = s.z - textureLod(sky_map, (cell + clamp(at, 0.003, 0.997)) / vec2(4.0, 3.0), 0.0).r;
      bool inside = all(greaterThan(at, vec2(0.0))) && all(lessThan(at, vec2(1.0)));
      // Only what is near darkens: full within a sixth of the scene's radius, then fading.
      float shade = inside ? smoothstep(0.002, 0.006, gap) * (1.0 - smoothstep(0.02, 0.1, gap)) : 0.0;
      open += w * (1.0 - shade) * 0.5; total += w * 0.5;
    }
  }
  float below = 0.5 + 0.5 * clamp(n.y, -1.0, 0.0) * 0.9;
  float ao = open / total * (n.y < 0.0 ? 2.0 * below : 1.0);
  vec3 h = normalize(mat3(view) * light + normalize(-eye_position));
  out_albedo = vec4(colour, ids.x);
  out_normal = vec4(normalize(n_eye), -eye_position.z);
  out_light = vec4(n_l, hard, soft, ao);
  out_ids = vec4(ids.y, ids.z, max(dot(n_eye, h), 0.0), 1.0);
}
""".replace("SUN_SIZE", f"{SUN_SIZE}.0")
SHADOW_VERTEX = """
#version 330
uniform mat4 matrix; in vec3 in_position;
void main() { gl_Position = matrix * vec4(in_position, 1.0); }
"""
SHADOW_FRAGMENT = "#version 330\nvoid main() {}"


@dataclass
class GBuffer:
    """What the camera sees, row 0 at the top, [height, width, …] float32."""

    albedo: np.ndarray
    region: np.ndarray
    """Region number, 0 = background."""
    normal: np.ndarray
    """View space, +x right, +y up, +z towards the camera; 0, 0, 1 on the background."""
    depth: np.ndarray
    """Distance along the view axis, metres; 0 on the background."""
    n_l: np.ndarray
    """Cosine between normal and key light, -1 to 1."""
    shadow: np.ndarray
    """1 lit, 0 in cast shadow, hard edge."""
    soft_shadow: np.ndarray
    ambient: np.ndarray
    """Share of the sky that is open, 0 to 1."""
    line: np.ndarray
    """Id that ink lines separate, 0 = background."""
    finish: np.ndarray
    highlight: np.ndarray
    """Cosine between normal and half vector."""


class Rasteriser:
    """Owns an off-screen context for one picture size."""

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width = height, width
        context = self.context = moderngl.create_context(standalone=True, backend="egl")
        self.program = context.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT)
        self.shadow_program = context.program(vertex_shader=SHADOW_VERTEX, fragment_shader=SHADOW_FRAGMENT)
        self.targets = [context.texture((width, height), 4, dtype="f4") for _ in range(4)]
        self.frame = context.framebuffer(self.targets, context.depth_renderbuffer((width, height)))
        self.sun_map = context.depth_texture((SUN_SIZE, SUN_SIZE))
        self.sky_map = context.depth_texture((AO_SIZE * 4, AO_SIZE * 3))
        for texture in (self.sun_map, self.sky_map):
            texture.compare_func, texture.filter = "", (moderngl.NEAREST, moderngl.NEAREST)
        self.sun_frame = context.framebuffer(depth_attachment=self.sun_map)
        self.sky_frame = context.framebuffer(depth_attachment=self.sky_map)

    def draw(self, scene: Scene) -> GBuffer:
        """Draws all passes of a scene."""
        context, program = self.context, self.program
        everything = _vertices(scene.placed)
        casting = _vertices([p for p in scene.placed if p.casts])[:, :3]
        buffer = context.buffer(np.ascontiguousarray(everything).tobytes())
        shadow_buffer = context.buffer(np.ascontiguousarray(casting).tobytes())
        array = context.vertex_array(
            program, [(buffer, "3f 3f 3f 3f", "in_position", "in_normal", "in_colour", "in_ids")]
        )
        shadow_array = context.vertex_array(self.shadow_program, [(shadow_buffer, "3f", "in_position")])
        context.enable_only(moderngl.DEPTH_TEST)
        radius = scene.radius * 1.08 + 0.05
        sun = _orthographic(scene.centre, scene.light, radius)
        self.sun_frame.use()
        self.sun_frame.clear(depth=1.0)
        _write(self.shadow_program, "matrix", sun)
        shadow_array.render()
        directions = _hemisphere(AO_DIRECTIONS)
        matrices = [_orthographic(scene.centre, direction, radius) for direction in directions]
        self.sky_frame.use()
        self.sky_frame.clear(depth=1.0)
        for i, matrix in enumerate(matrices):
            self.sky_frame.viewport = (i % 4 * AO_SIZE, i // 4 * AO_SIZE, AO_SIZE, AO_SIZE)
            _write(self.shadow_program, "matrix", matrix)
            shadow_array.render()
        self.frame.use()
        self.frame.clear()
        _write(program, "view", scene.view)
        _write(program, "projection", _perspective(scene.fov, self.width / self.height))
        _write(program, "sun", sun)
        program["sky"].write(np.stack([m.T for m in matrices]).astype("f4").tobytes())
        program["sky_direction"].write(directions.astype("f4").tobytes())
        program["light"].value = tuple(scene.light)
        program["sun_texel"].value, program["sky_texel"].value = 2 * radius / SUN_SIZE, 2 * radius / AO_SIZE
        program["smooth_offset"].value = 0.012
        program["penumbra"].value = 0.035 / radius
        self.sun_map.use(0)
        self.sky_map.use(1)
        program["sun_map"].value, program["sky_map"].value = 0, 1
        array.render()
        raw = [np.frombuffer(t.read(), "f4").reshape(self.height, self.width, 4)[::-1] for t in self.targets]
        for item in (array, shadow_array, buffer, shadow_buffer):
            item.release()
        return _unpack(*raw)


def _unpack(albedo: np.ndarray, normal: np.ndarray, light: np.ndarray, ids: np.ndarray) -> GBuffer:
    hit = ids[..., 3] > 0.5
    normals = np.where(hit[..., None], normal[..., :3], np.array([0, 0, 1], np.float32))
    one = np.float32(1)
    return GBuffer(
        albedo=albedo[..., :3].copy(),
        region=np.where(hit, albedo[..., 3], 0).round().astype(np.uint8),
        normal=normals,
        depth=np.where(hit, normal[..., 3], 0),
        n_l=np.where(hit, light[..., 0], 0),
        shadow=np.where(hit, light[..., 1], one),
        soft_shadow=np.where(hit, light[..., 2], one),
        ambient=np.where(hit, light[..., 3].clip(0, 1), one),
        line=np.where(hit, ids[..., 0], 0).round().astype(np.int32),
        finish=np.where(hit, ids[..., 1], 0),
        highlight=np.where(hit, ids[..., 2], 0),
    )


def _vertices(placed: list) -> np.ndarray:
    rows = []
    for item in placed:
        count = len(item.positions)
        ids = np.stack([item.region, item.line, np.full(count, item.finish)], 1).astype(np.float32)
        rows.append(
            np.concatenate(
                [item.positions, item.normals, item.colours, np.repeat(ids[:, None], 3, 1)], 2
            ).reshape(-1, 12)
        )
    return np.concatenate(rows).astype("f4")


def _write(program: moderngl.Program, name: str, matrix: np.ndarray) -> None:
    program[name].write(np.ascontiguousarray(matrix.T).astype("f4").tobytes())


def _perspective(fov: float, aspect: float) -> np.ndarray:
    f = 1 / np.tan(fov / 2)
    matrix = np.zeros((4, 4))
    matrix[0, 0], matrix[1, 1] = f / aspect, f
    matrix[2, 2], matrix[2, 3], matrix[3, 2] = (FAR + NEAR) / (NEAR - FAR), 2 * FAR * NEAR / (NEAR - FAR), -1
    return matrix


def _orthographic(centre: np.ndarray, towards: np.ndarray, radius: float) -> np.ndarray:
    """Gives the matrix of a light that looks at a sphere from direction `towards`; depth -1 to 1 over 4
    radii.
    """
    up = np.array([0.0, 1, 0]) if abs(towards[1]) < 0.95 else np.array([1.0, 0, 0])
    right = np.cross(up, towards)
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(towards, right), towards])
    matrix = np.eye(4)
    matrix[:3, :3] = rotation / np.array([[radius], [radius], [-radius * 4]])
    matrix[:3, 3] = -matrix[:3, :3] @ centre
    return matrix


def _hemisphere(count: int) -> np.ndarray:
    """Gives unit vectors spread over the upper half, [count, 3]."""
    index = np.arange(count) + 0.5
    height = 1 - index / count * 0.93
    angle = index * 2.39996
    flat = np.sqrt(1 - height**2)
    return np.stack([flat * np.cos(angle), height, flat * np.sin(angle)], 1)
