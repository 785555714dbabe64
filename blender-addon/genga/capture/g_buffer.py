"""Draws what a view sees off screen: normals, depth, which object and slot, base colour."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import gpu
import numpy as np
from genga_client import GengaError
from mathutils import Matrix

from .mesh_batches import MeshBatch
from .scene_items import SceneItems
from .shaders import INSTANCE_COLUMNS, geometry_shader
from .view import View

MAX_SIDE = 8192
"""Largest side of a target, samples; every graphics card of the last ten years takes it."""
DRAWS_A_SLICE = 500
"""Meshes drawn before the window gets its turn."""


@dataclass
class GBuffer:
    """What a view sees, on the graphics card and read back."""

    view: View
    stride: int
    """Samples a pixel and axis; every stride-th sample stands at a pixel's centre."""
    normals: gpu.types.GPUTexture
    """View normal and depth in metres (0 = nothing), RGBA32F, stride times the view's size."""
    whos: gpu.types.GPUTexture
    """Number of the instance (0 = nothing), slot, facing of the geometry as octahedron, RGBA32F."""
    normal: np.ndarray
    """View-space normals at the pixels' centres, [H, W, 3] float32, top row first."""
    depth: np.ndarray
    """Metres in front of the view, [H, W] float32, inf = nothing."""
    who: np.ndarray
    """Index in `SceneItems.placed` of the instance that is seen, + 1, [H, W] int32; 0 = nothing."""
    slot: np.ndarray
    """Material slot, [H, W] uint8."""
    color: np.ndarray
    """Base colour, sRGB bytes, [H, W, 3] uint8."""

    @property
    def hit(self) -> np.ndarray:
        """Where there is a surface, [H, W]."""
        return self.who > 0


@dataclass
class Draws:
    """Instances on the graphics card, sorted so that each mesh is drawn once."""

    instances: gpu.types.GPUTexture
    runs: list[tuple[MeshBatch, int, int]]
    """Mesh, first instance, count."""


def upload(items: SceneItems, view: View, chosen: np.ndarray) -> Draws:
    """Puts the matrices and numbers (index in `items.placed` + 1) of the chosen instances into a texture."""
    chosen = sorted(chosen.tolist(), key=lambda index: items.placed[index].mesh)
    texels = np.zeros((max(1, len(chosen)), 4, 4), np.float32)
    runs: list[tuple[MeshBatch, int, int]] = []
    last = -1
    for row, index in enumerate(chosen):
        item = items.placed[index]
        texels[row, :3] = (view.view_matrix @ item.matrix_world)[:3]
        texels[row, 3, :2] = index + 1, item.holdout
        if item.mesh == last:
            batch, first, count = runs[-1]
            runs[-1] = (batch, first, count + 1)
        else:
            runs.append((items.meshes[item.mesh], row, 1))
            last = item.mesh
    columns = INSTANCE_COLUMNS
    rows = -(-len(texels) * 4 // columns)
    padded = np.zeros((rows * columns, 4), np.float32)
    padded[: len(texels) * 4] = texels.reshape(-1, 4)
    data = gpu.types.Buffer("FLOAT", (padded.size,), padded.ravel())
    return Draws(gpu.types.GPUTexture((columns, rows), format="RGBA32F", data=data), runs)


def draw(shader: gpu.types.GPUShader, run: tuple[MeshBatch, int, int]) -> None:
    """Draws one mesh as often as it stands in the scene."""
    mesh, first, count = run
    if hasattr(mesh.batch, "draw_instanced"):
        shader.uniform_int("first", [first])
        mesh.batch.draw_instanced(shader, instance_start=0, instance_count=count)
        return
    for number in range(first, first + count):
        shader.uniform_int("first", [number])
        mesh.batch.draw(shader)


def draw_g_buffer(items: SceneItems, view: View, stride: int) -> Generator[None, None, GBuffer]:
    """Draws the scene's instances; each pixel names the instance that is seen there.

    stride: 1, or 2 to have samples between the pixels' centres too (for antialiased lines).
    """
    width, height = view.width * stride, view.height * stride
    if max(width, height) > MAX_SIDE:
        raise GengaError(
            "INVALID_REQUEST",
            f"Control maps of {view.width} x {view.height} are too large; the longest side is "
            f"{MAX_SIDE // stride} pixels.",
            remedy="Lower the size; the core scales maps to the size of the picture.",
        )
    targets = [
        gpu.types.GPUTexture((width, height), format=format) for format in ("RGBA32F", "RGBA32F", "RGBA8")
    ]
    depth_target = gpu.types.GPUTexture((width, height), format="DEPTH_COMPONENT32F")
    frame = gpu.types.GPUFrameBuffer(depth_slot=depth_target, color_slots=targets)
    seen = np.array([index for index, item in enumerate(items.placed) if item.seen], int)
    seen = seen[_in_frame(items, seen, view.projection_matrix @ view.view_matrix)]
    draws = upload(items, view, seen)
    yield

    shift = np.eye(4)
    if stride == 2:
        # Samples then lie at 0.5 and 1 of a pixel instead of 0.25 and 0.75.
        shift[0, 3], shift[1, 3] = -0.5 / view.width, -0.5 / view.height
    projection = Matrix((shift @ view.projection_matrix).tolist())
    cleared = False
    for start in range(0, max(1, len(draws.runs)), DRAWS_A_SLICE):
        with frame.bind(), drawing_state():
            if not cleared:
                frame.clear(color=(0.0, 0.0, 0.0, 0.0), depth=1.0)
                cleared = True
            shader = geometry_shader()
            shader.bind()
            shader.uniform_float("projection", projection)
            shader.uniform_float("perspective", float(view.is_perspective))
            shader.uniform_sampler("instances", draws.instances)
            for run in draws.runs[start : start + DRAWS_A_SLICE]:
                draw(shader, run)
        yield
    with frame.bind():
        normals = read_target(frame, width, height, 0, np.float32)[::stride, ::stride]
        whos = read_target(frame, width, height, 1, np.float32)[::stride, ::stride]
        colors = read_target(frame, width, height, 2, np.uint8)[::stride, ::stride]
    # OpenGL's first row is the bottom one.
    normals, whos, colors = normals[::-1], whos[::-1], colors[::-1]
    who = np.rint(whos[..., 0]).astype(np.int32)
    return GBuffer(
        view,
        stride,
        targets[0],
        targets[1],
        np.ascontiguousarray(normals[..., :3]),
        np.where(who > 0, normals[..., 3], np.float32(np.inf)),
        who,
        np.rint(whos[..., 1]).astype(np.uint8),
        np.ascontiguousarray(colors[..., :3]),
    )


def read_target(
    frame: gpu.types.GPUFrameBuffer, width: int, height: int, slot: int, dtype: type
) -> np.ndarray:
    """Gives a target's pixels [height, width, 4], bottom row first; the frame must be bound.

    Reads into numpy's own memory: an array made of a `gpu.types.Buffer` afterwards had wrong values in 4.5.
    """
    pixels = np.empty((height, width, 4), dtype)
    kind = "FLOAT" if dtype is np.float32 else "UBYTE"
    buffer = gpu.types.Buffer(kind, (height, width, 4), pixels)
    frame.read_color(0, 0, width, height, 4, slot, kind, data=buffer)
    return pixels


class drawing_state:
    """Depth test on, blending and culling off, inside `with`; what was there before comes back."""

    def __enter__(self) -> None:
        self._before = (
            gpu.state.depth_test_get(),
            gpu.state.depth_mask_get(),
            gpu.state.blend_get(),
        )
        gpu.state.depth_test_set("LESS_EQUAL")
        gpu.state.depth_mask_set(True)
        gpu.state.blend_set("NONE")
        gpu.state.face_culling_set("NONE")

    def __exit__(self, *_: object) -> None:
        test, mask, blend = self._before
        gpu.state.depth_test_set(test)
        gpu.state.depth_mask_set(mask)
        gpu.state.blend_set(blend)


def corners_of(items: SceneItems, indices: np.ndarray) -> np.ndarray:
    """Gives the world-space corners of the instances' boxes, [N, 8, 3]."""
    if not len(indices):
        return np.zeros((0, 8, 3))
    bits = np.array([[(k >> axis) & 1 for axis in range(3)] for k in range(8)], float)
    meshes = [items.meshes[items.placed[index].mesh] for index in indices]
    low = np.array([mesh.low for mesh in meshes])
    high = np.array([mesh.high for mesh in meshes])
    corners = low[:, None] + bits * (high - low)[:, None]
    matrices = np.array([items.placed[index].matrix_world for index in indices])
    return corners @ matrices[:, :3, :3].transpose(0, 2, 1) + matrices[:, None, :3, 3]


def _in_frame(items: SceneItems, indices: np.ndarray, world_to_clip: np.ndarray) -> np.ndarray:
    """Tells which boxes may touch the frame: not all corners beyond one of its sides, [N] bool."""
    corners = corners_of(items, indices)
    clip = corners @ world_to_clip[:, :3].T + world_to_clip[:, 3]
    w = clip[..., 3:]
    outside = (clip[..., :3] > w).all(1) | (clip[..., :3] < -w).all(1)
    return ~outside.any(-1)
