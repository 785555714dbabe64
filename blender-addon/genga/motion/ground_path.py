"""A curve object as the way over the ground."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from genga_client import GengaError

from .stage import Stage

MAX_POINTS = 1024
"""Enough for a point every 12 cm of 120 s at a walk; the core takes 4096."""
TIMED_PER_SECOND = 10
"""Places a second that are read of an animated Evaluation Time."""


def path_message(
    scene: bpy.types.Scene, stage: Stage, first: int, frames: int, fps: float, scale: float = 1.0
) -> dict[str, Any] | None:
    """Gives the protocol's `MotionPath` of the scene's settings, None without a path.

    `scale`: leg of the armature divided by the leg of the 22 joints. Motion is made at the size of those and
    put onto the armature at its own, the way over the ground too: the path is asked for at their size.

    Raises GengaError INVALID_REQUEST for a curve that is no single line, or whose time is not animated.
    """
    props = scene.genga_motion
    if props.path is None:
        return None
    points, closed = curve_points(props.path)
    ground = stage.to_motion(points)[:, [0, 2]] / scale
    if closed:
        ground = np.concatenate([ground, ground[:1]])
    if path_length(ground) < 1e-3:
        raise _no_path(props.path, "is a point on the ground")
    if props.path_timing == "EVALUATION":
        shares = evaluation_shares(props.path, first, frames, fps)
        places = along(ground, np.array([share for _, share in shares]))
        listed = [
            {"position": _plain(place), "time_s": round(time_s, 6)}
            for place, (time_s, _) in zip(places, shares, strict=True)
        ]
        return {"points": listed, "closed": False, "facing": props.path_facing}
    if len(ground) > MAX_POINTS:
        ground = along(ground, np.linspace(0, 1, MAX_POINTS))
    return {
        "points": [{"position": _plain(place)} for place in ground],
        "closed": closed,
        "facing": props.path_facing,
    }


def curve_points(curve: bpy.types.Object) -> tuple[np.ndarray, bool]:
    """Gives the points of a curve in Blender's world as it is evaluated, [n, 3], and whether it is closed.

    Raises GengaError INVALID_REQUEST unless it is one line.
    """
    count = len(curve.data.splines)
    if count != 1:
        raise _no_path(curve, f"has {count} splines; a path has one")
    depsgraph = bpy.context.evaluated_depsgraph_get()
    evaluated = curve.evaluated_get(depsgraph)
    bare = None
    if _has_surface(curve.data):
        # Its own copy without a surface: edges of a tube are no line.
        bare = bpy.data.objects.new("Genga path", curve.data.copy())
        bare.data.bevel_depth = bare.data.extrude = 0.0
        bare.data.bevel_object = None
    try:
        mesh = (bare or evaluated).to_mesh()
        vertices = np.empty(len(mesh.vertices) * 3, np.float32)
        mesh.vertices.foreach_get("co", vertices)
        edges = np.empty(len(mesh.edges) * 2, np.int32)
        mesh.edges.foreach_get("vertices", edges)
        (bare or evaluated).to_mesh_clear()
    finally:
        if bare is not None:
            data = bare.data
            bpy.data.objects.remove(bare)
            bpy.data.curves.remove(data)
    points, closed = _in_order(vertices.reshape(-1, 3).astype(np.float64), edges.reshape(-1, 2))
    if len(points) < 2:
        raise _no_path(curve, "has fewer than two points that hang together")
    world = np.array(curve.matrix_world if bare else evaluated.matrix_world, np.float64)
    return points @ world[:3, :3].T + world[:3, 3], closed


def evaluation_shares(
    curve: bpy.types.Object, first: int, frames: int, fps: float
) -> list[tuple[float, float]]:
    """Gives (seconds, share of the path) as the curve's Evaluation Time is animated, ten times a second.

    Raises GengaError INVALID_REQUEST when it is not animated.
    """
    data = curve.data
    fcurve = next((one for one in _fcurves(data) if one.data_path == "eval_time"), None)
    if fcurve is None:
        raise _no_path(curve, "has no animated Evaluation Time")
    steps = max(1, round((frames - 1) / fps * TIMED_PER_SECOND))
    times = np.linspace(0, (frames - 1) / fps, steps + 1)
    shares = [fcurve.evaluate(first + time * fps) / max(1, data.path_duration) for time in times]
    return [(float(time), float(np.clip(share, 0, 1))) for time, share in zip(times, shares, strict=True)]


def path_length(points: np.ndarray) -> float:
    """Gives the length of a polyline, [n, k]."""
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def along(points: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Gives the places at shares of a polyline's length, [n, k]."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    reached = np.concatenate([[0.0], np.cumsum(steps)])
    at = shares * reached[-1]
    return np.stack([np.interp(at, reached, points[:, axis]) for axis in range(points.shape[1])], -1)


def _fcurves(data: bpy.types.ID) -> list[bpy.types.FCurve]:
    from .action_curves import curves_of

    return curves_of(data.animation_data)


def _has_surface(data: bpy.types.Curve) -> bool:
    return bool(data.bevel_depth or data.extrude or data.bevel_object)


def _in_order(points: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, bool]:
    """Gives the points of a line from end to end; a ring begins at its first point."""
    neighbours: dict[int, list[int]] = {}
    for a, b in edges.tolist():
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    ends = [index for index in sorted(neighbours) if len(neighbours[index]) == 1]
    if not neighbours or any(len(near) > 2 for near in neighbours.values()):
        return points[:0], False
    at = ends[0] if ends else min(neighbours)
    order, before = [at], -1
    while True:
        onward = [near for near in neighbours[at] if near != before]
        if not onward or onward[0] == order[0]:
            return points[order], not ends
        before, at = at, onward[0]
        order.append(at)


def _plain(place: np.ndarray) -> list[float]:
    return [round(float(value), 5) for value in place]


def _no_path(curve: bpy.types.Object, what: str) -> GengaError:
    return GengaError(
        "INVALID_REQUEST",
        f'The path "{curve.name}" {what}.',
        remedy="Choose a curve with one spline that runs over the ground."
        if "Evaluation" not in what
        else "Animate it under Path Animation, or set Timing to Even Speed.",
    )
