"""Draws the skeletons of armatures as OpenPose does, as ControlNet knows them."""

from __future__ import annotations

import bpy
import numpy as np
from genga_client import GengaError

from .pose_bones import LEAST_PARTS, PARTS, bones_of
from .pose_joints import JOINTS, BodyPoints, body_points
from .scene_items import SceneItems
from .view import View

COLORS = (
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0),
    (0, 255, 0), (0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255),
    (0, 0, 255), (85, 0, 255), (170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85),
)  # fmt: skip
"""Colour of each joint, and of each limb in `LIMBS`."""
LIMBS = (
    ("neck", "right_shoulder"), ("neck", "left_shoulder"),
    ("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist"),
    ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"),
    ("neck", "right_hip"), ("right_hip", "right_knee"), ("right_knee", "right_ankle"),
    ("neck", "left_hip"), ("left_hip", "left_knee"), ("left_knee", "left_ankle"),
    ("neck", "nose"), ("nose", "right_eye"), ("right_eye", "right_ear"),
    ("nose", "left_eye"), ("left_eye", "left_ear"),
)  # fmt: skip
"""Limbs in the order in which they are drawn, one over the other."""
LIMB_SHADE = 0.6
"""Limbs are drawn in 60 % of their colour, joints in the whole of it."""
STICK_WIDTH_PX = 4.0
"""Half the thickness of a limb and radius of a joint in a picture of 512 pixels."""
_BODY_DEPTH = 0.3
"""A joint further behind its own body's surface than this share of the torso is hidden by the body."""


def draw_poses(
    depsgraph: bpy.types.Depsgraph,
    scene: bpy.types.Scene,
    view: View,
    depth: np.ndarray,
    who: np.ndarray,
    items: SceneItems,
    chosen: tuple[str, ...] | None = None,
) -> tuple[np.ndarray, list[str]]:
    """Gives the pose map [H, W, 3] uint8, top row first, and notes.

    chosen: names of armatures, which must be mappable; None takes all visible ones that are. Raises
    GengaError INVALID_REQUEST when there is none, with the bones that were not found.
    """
    picture = np.zeros((view.height, view.width, 3), np.uint8)
    notes: list[str] = []
    missing_of: dict[str, list[str]] = {}
    drawn = 0
    for armature in _armatures(depsgraph, items, chosen):
        bones, missing = bones_of(armature)
        if len(bones) < LEAST_PARTS or (chosen is not None and missing):
            missing_of[armature.name] = missing
            continue
        body = body_points(armature)
        if body is None:
            missing_of[armature.name] = missing
            continue
        if missing:
            notes.append(f'The armature "{armature.name}" has no bone for: {", ".join(_words(missing))}')
        own = _own_numbers(armature, items)
        draw_pose(picture, visible_joints(body, view, depth, who, own), view)
        drawn += 1
    if not drawn:
        raise _no_pose(scene, missing_of)
    return picture, notes


def visible_joints(
    body: BodyPoints, view: View, depth: np.ndarray, who: np.ndarray, own: np.ndarray
) -> dict[str, tuple[float, float]]:
    """Gives the joints that are seen, in pixels from the top left corner.

    Joints lie inside their body: its own surface (`own`, numbers in `who`) hides them only when it is far
    in front, as an arm behind the back is; any other surface hides them when it is nearer. A point of the
    face is hidden when it looks away. Points outside the picture are left out.
    """
    names = list(body.points)
    pixels, depths = view.project(np.array([body.points[name] for name in names]))
    eye = np.linalg.inv(view.view_matrix)
    seen: dict[str, tuple[float, float]] = {}
    for name, (x, y), distance in zip(names, pixels.tolist(), depths.tolist(), strict=True):
        if not (0 <= x < view.width and 0 <= y < view.height):
            continue
        if name in body.facing:
            towards = eye[:3, 3] - body.points[name] if view.is_perspective else eye[:3, 2]
            if body.facing[name] @ (towards / np.linalg.norm(towards)) < -0.1:
                continue
        column, row = int(x), int(y)
        room = body.torso_m * (_BODY_DEPTH if who[row, column] in own else 0.02)
        if distance - depth[row, column] > room:
            continue
        seen[name] = (x, y)
    return seen


def draw_pose(picture: np.ndarray, joints: dict[str, tuple[float, float]], view: View) -> None:
    """Draws one person into a picture [H, W, 3] uint8: limbs as ellipses, then joints as discs, not
    antialiased.
    """
    half = STICK_WIDTH_PX * max(min(view.width, view.height) / 512, 0.5)
    for (start, end), color in zip(LIMBS, COLORS, strict=False):
        if start in joints and end in joints:
            a, b = np.array(joints[start]), np.array(joints[end])
            length = float(np.linalg.norm(b - a))
            along = (b - a) / length if length > 0 else np.array([1.0, 0.0])
            shade = [int(channel * LIMB_SHADE) for channel in color]
            _fill_ellipse(picture, (a + b) / 2, along, max(length / 2, 0.5), half, shade)
    for name, color in zip(JOINTS, COLORS, strict=True):
        if name in joints:
            _fill_ellipse(picture, np.array(joints[name]), np.array([1.0, 0.0]), half, half, color)


def _fill_ellipse(
    picture: np.ndarray, centre: np.ndarray, along: np.ndarray, length: float, width: float, color: object
) -> None:
    reach = np.hypot(along * length, along[::-1] * width)
    low = np.maximum(np.floor(centre - reach).astype(int), 0)
    high = np.minimum(np.ceil(centre + reach).astype(int) + 1, (picture.shape[1], picture.shape[0]))
    if (low >= high).any():
        return
    x = np.arange(low[0], high[0]) + 0.5 - centre[0]
    y = np.arange(low[1], high[1])[:, None] + 0.5 - centre[1]
    u = (x * along[0] + y * along[1]) / length
    v = (y * along[0] - x * along[1]) / width
    picture[low[1] : high[1], low[0] : high[0]][u * u + v * v <= 1] = color


def _armatures(
    depsgraph: bpy.types.Depsgraph, items: SceneItems, chosen: tuple[str, ...] | None
) -> list[bpy.types.Object]:
    """Evaluated armatures by name: the chosen ones, else those that are visible or move what is."""
    found = []
    for item in depsgraph.view_layer.objects:
        if item.type != "ARMATURE":
            continue
        if chosen is not None:
            wanted = item.name in chosen
        else:
            # Rigs are hidden to have them out of the way.
            wanted = item.visible_get() or len(_own_numbers(item, items)) > 0
        if wanted:
            found.append(item.evaluated_get(depsgraph))
    return sorted(found, key=lambda item: item.name)


def _own_numbers(armature: bpy.types.Object, items: SceneItems) -> np.ndarray:
    """Numbers in the buffer of the meshes that the armature moves."""
    name = armature.original.name
    mine: dict[str, bool] = {}

    def moves(object_name: str) -> bool:
        item = bpy.data.objects.get(object_name)
        if item is None:
            return False
        if any(
            m.type == "ARMATURE" and m.object is not None and m.object.name == name for m in item.modifiers
        ):
            return True
        parent = item.parent
        while parent is not None:
            if parent.name == name:
                return True
            parent = parent.parent
        return False

    for placed in items.placed:
        if placed.object_name not in mine:
            mine[placed.object_name] = moves(placed.object_name)
    return np.array([index + 1 for index, placed in enumerate(items.placed) if mine[placed.object_name]], int)


def _no_pose(scene: bpy.types.Scene, missing_of: dict[str, list[str]]) -> GengaError:
    if not missing_of:
        return GengaError(
            "INVALID_REQUEST",
            f'The scene "{scene.name}" has no visible armature; the pose map is drawn from one.',
            remedy="Add an armature, or switch the pose control off.",
        )
    name, missing = next(iter(missing_of.items()))
    return GengaError(
        "INVALID_REQUEST",
        f'The armature "{name}" cannot be drawn as a pose: no bone was found for '
        f"{', '.join(_words(missing))} "
        f"({len(missing)} of {len(PARTS)}).",
        remedy="Choose the bones by hand under Pose bones in the Genga tab.",
        data={"armature": name, "missing": missing},
    )


def _words(parts: list[str]) -> list[str]:
    return [part.replace("_", " ") for part in parts]
