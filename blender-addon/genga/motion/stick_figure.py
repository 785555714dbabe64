"""Motions that wait are seen as stick figures over the scene: nothing of the file is touched before Apply."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import numpy as np

from .. import compat
from .joints import JOINTS, PARENTS
from .motion_run import MotionRun, motion_runs
from .pose_channels import pose_matrices

COLOR = (1.0, 0.55, 0.1, 1.0)
PATH_COLOR = (1.0, 0.55, 0.1, 0.4)
CONTACT_COLOR = (0.2, 0.9, 0.4, 1.0)
LINE_PX = 4.0
POINT_PX = 9.0
FEET = ("left_ankle", "right_ankle", "left_foot", "right_foot")
"""Joints of `Take.contacts`."""

_handle = None
_figures: dict[tuple[int, int], Figure] = {}


class Figure:
    """A motion as lines, in Blender's world."""

    def __init__(self, run: MotionRun) -> None:
        candidate, plan = run.candidate, run.plan
        assert candidate is not None and plan is not None
        skeleton, take = plan.skeleton, candidate.take
        poses = pose_matrices(skeleton, take)
        self.start = plan.placing.start
        self.frames = take.frames
        self.loop = plan.placing.loop
        self.contacts = take.contacts
        """1 where a foot bears weight, [frames, 4]."""
        mapping = {joint: name for joint, name in (take.map or skeleton.map).items() if name in poses}
        self.places = {
            joint: _to_world(skeleton.world, poses[name][:, :3, 3]) for joint, name in mapping.items()
        }
        """Joint → place in Blender's world, [frames, 3]."""
        self.lines = list(_lines(mapping))
        """Pairs of joints that a line joins."""
        ends = {joint for pair in self.lines for joint in pair}
        for joint in ("head", "left_wrist", "right_wrist", "left_foot", "right_foot"):
            if joint in mapping and joint in ends:
                index = skeleton.bones.index(mapping[joint])
                pose = poses[mapping[joint]] @ np.linalg.inv(skeleton.rest[index])
                tail = pose[:, :3, :3] @ skeleton.tails[index] + pose[:, :3, 3]
                self.places[f"{joint} end"] = _to_world(skeleton.world, tail)
                self.lines.append((joint, f"{joint} end"))

    def row_of(self, frame: int) -> int:
        """Gives the row that is seen at a frame of the timeline: the first before it, the last after it."""
        row = frame - self.start
        return row % self.frames if self.loop else min(max(row, 0), self.frames - 1)

    def segments(self, frame: int) -> np.ndarray:
        """Gives the lines at a frame as points, two for each line, [2 n, 3]."""
        row = self.row_of(frame)
        return np.array([self.places[joint][row] for pair in self.lines for joint in pair], np.float32)

    def trail(self) -> np.ndarray:
        """Gives the way of the hips on the height of the lowest foot, [frames, 3]."""
        way = self.places["pelvis"].copy()
        way[:, 2] = min(float(self.places[joint][:, 2].min()) for joint in FEET if joint in self.places)
        return way.astype(np.float32)

    def standing(self, frame: int) -> np.ndarray:
        """Gives the places of feet that bear weight at a frame, [n, 3]."""
        row = self.row_of(frame)
        return np.array(
            [
                self.places[joint][row]
                for joint, bears in zip(FEET, self.contacts[row], strict=True)
                if bears and joint in self.places
            ],
            np.float32,
        ).reshape(-1, 3)


def figures() -> list[Figure]:
    """Gives the figures of the motions that wait, computed once for each variation."""
    wanted = {(run.number, run.chosen): run for run in motion_runs().ready()}
    for key in [key for key in _figures if key not in wanted]:
        del _figures[key]
    for key, run in wanted.items():
        if key not in _figures:
            _figures[key] = Figure(run)
    return list(_figures.values())


def draw_figures(frame: int) -> None:
    """Draws them into the framebuffer that is bound, with the view and projection that are set."""
    import gpu
    from gpu_extras.batch import batch_for_shader

    found = figures()
    if not found:
        return
    # Widths of lines are the shader's: Metal and Vulkan know none of their own.
    line = gpu.shader.from_builtin("POLYLINE_UNIFORM_COLOR")
    dot = gpu.shader.from_builtin(compat.point_shader())
    gpu.state.blend_set("ALPHA")
    gpu.state.depth_test_set("NONE")
    gpu.state.point_size_set(POINT_PX)
    for figure in found:
        for points, kind, color, width_px in (
            (figure.trail(), "LINE_STRIP", PATH_COLOR, 1.0),
            (figure.segments(frame), "LINES", COLOR, LINE_PX),
            (figure.standing(frame), "POINTS", CONTACT_COLOR, 0.0),
        ):
            if len(points) == 0:
                continue
            shader = line if width_px else dot
            batch = batch_for_shader(shader, kind, {"pos": points})
            shader.bind()
            shader.uniform_float("color", color)
            if width_px:
                shader.uniform_float("lineWidth", width_px)
                shader.uniform_float("viewportSize", gpu.state.viewport_get()[2:])
            batch.draw(shader)
    gpu.state.point_size_set(1.0)
    gpu.state.blend_set("NONE")


def _draw() -> None:
    context = bpy.context
    if context.space_data is not None and context.space_data.overlay.show_overlays:
        draw_figures(context.scene.frame_current)


def _lines(mapping: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Joins each joint that the armature has with the next one above it that it has."""
    for index, joint in enumerate(JOINTS):
        above = PARENTS[index]
        while above >= 0 and JOINTS[above] not in mapping:
            above = PARENTS[above]
        if joint in mapping and above >= 0:
            yield JOINTS[above], joint


def _to_world(world: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ world[:3, :3].T + world[:3, 3]


def register() -> None:
    """Adds the drawing; it shows only while motions wait."""
    global _handle
    if not bpy.app.background:
        _handle = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_VIEW")


def unregister() -> None:
    """Takes the drawing away."""
    global _handle
    if _handle is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handle, "WINDOW")
    _handle = None
    _figures.clear()
