"""The view that a picture is made from: matrices and size, of a camera or of a 3D viewport."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from genga_client import GengaError


@dataclass(frozen=True)
class View:
    """How world points land in a picture.

    Matrices are row-major float64 and act on column vectors. View space is OpenGL's: +x right, +y up,
    looking along -z.
    """

    view_matrix: np.ndarray
    """World to view space, [4, 4]."""
    projection_matrix: np.ndarray
    """View to clip space, [4, 4], OpenGL: -w ≤ x, y, z ≤ w."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    camera_name: str | None = None
    """The camera's object, None for a viewport."""

    @property
    def is_perspective(self) -> bool:
        """Whether things get smaller with distance; False for orthographic views."""
        return bool(self.projection_matrix[3, 2] != 0)

    def project(self, points_world: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gives where world points [N, 3] land: pixels [N, 2] from the top left corner, and depths [N] in
        metres.

        A pixel's centre is at .5; points behind a perspective view get NaN.
        """
        points_view = points_world @ self.view_matrix[:3, :3].T + self.view_matrix[:3, 3]
        clip = points_view @ self.projection_matrix[:, :3].T + self.projection_matrix[:, 3]
        w = np.where(clip[:, 3] > 0, clip[:, 3], np.nan)
        x = (clip[:, 0] / w + 1) * 0.5 * self.width
        y = (1 - clip[:, 1] / w) * 0.5 * self.height
        return np.stack([x, y], -1), -points_view[:, 2]

    def positions(self, depth: np.ndarray) -> np.ndarray:
        """Gives the view-space points [H, W, 3] of a depth map [H, W] in metres, top row first."""
        rows, columns = depth.shape
        x = (np.arange(columns) + 0.5) * (2 / columns) - 1
        y = 1 - (np.arange(rows) + 0.5) * (2 / rows)
        p = self.projection_matrix
        scale = depth if self.is_perspective else 1.0
        # Perspective: x_clip = p00 x + p02 z, w = -z. Orthographic: x_clip = p00 x + p03, w = 1.
        shift_x, shift_y = (-p[0, 2], -p[1, 2]) if self.is_perspective else (p[0, 3], p[1, 3])
        return np.stack(
            [
                np.broadcast_to((x - shift_x)[None, :] / p[0, 0] * scale, depth.shape),
                np.broadcast_to((y - shift_y)[:, None] / p[1, 1] * scale, depth.shape),
                -depth,
            ],
            -1,
        )

    def to_json(self) -> dict[str, Any]:
        """Gives the view as JSON values, for the record of a picture."""
        return {
            "view_matrix": self.view_matrix.tolist(),
            "projection_matrix": self.projection_matrix.tolist(),
            "width": self.width,
            "height": self.height,
            "camera_name": self.camera_name,
        }

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> View:
        """Makes the view again that `to_json` wrote."""
        return View(
            np.array(values["view_matrix"], np.float64),
            np.array(values["projection_matrix"], np.float64),
            int(values["width"]),
            int(values["height"]),
            values.get("camera_name"),
        )


def render_border(scene: bpy.types.Scene) -> tuple[float, float, float, float] | None:
    """Gives the render border (left, right, bottom, top) as shares of the frame, or None when there is
    none.
    """
    render = scene.render
    if not render.use_border:
        return None
    left, right = render.border_min_x, render.border_max_x
    bottom, top = render.border_min_y, render.border_max_y
    return (left, right, bottom, top) if right > left and top > bottom else None


def frame_size(scene: bpy.types.Scene) -> tuple[int, int]:
    """Gives width and height, in pixels, of what the scene renders: with its percentage, cropped to its
    border.
    """
    render = scene.render
    left, right, bottom, top = render_border(scene) or (0.0, 1.0, 0.0, 1.0)
    scale = render.resolution_percentage / 100
    return (
        max(1, round(render.resolution_x * scale * (right - left))),
        max(1, round(render.resolution_y * scale * (top - bottom))),
    )


def view_of_camera(
    depsgraph: bpy.types.Depsgraph,
    scene: bpy.types.Scene,
    camera: bpy.types.Object | None,
    width: int,
    height: int,
) -> View:
    """Gives the view of a camera: lens, shift, sensor fit, pixel aspect, and the render border, to which it
    is cropped.

    Raises GengaError INVALID_REQUEST without a camera and for panoramic ones.
    """
    if camera is None or camera.type != "CAMERA":
        raise GengaError(
            "INVALID_REQUEST",
            f'The scene "{scene.name}" has no camera; control maps are taken from one.',
            remedy="Add a camera and make it active (Ctrl Numpad 0), or choose the viewport as the source.",
        )
    _check_size(width, height)
    if camera.data.type not in ("PERSP", "ORTHO"):
        raise GengaError(
            "INVALID_REQUEST",
            f'The camera "{camera.name}" is panoramic; a control map is a flat picture, so it needs a '
            "perspective or an orthographic one.",
            remedy="Set the camera's lens type to Perspective or Orthographic.",
        )
    evaluated = camera.evaluated_get(depsgraph)
    left, right, bottom, top = render_border(scene) or (0.0, 1.0, 0.0, 1.0)
    projection = np.array(
        evaluated.calc_matrix_camera(
            depsgraph,
            x=max(1, round(width / (right - left))),
            y=max(1, round(height / (top - bottom))),
            scale_x=scene.render.pixel_aspect_x,
            scale_y=scene.render.pixel_aspect_y,
        ),
        np.float64,
    )
    crop = np.eye(4)
    crop[0, 0], crop[0, 3] = 1 / (right - left), (1 - left - right) / (right - left)
    crop[1, 1], crop[1, 3] = 1 / (top - bottom), (1 - bottom - top) / (top - bottom)
    # A camera's scale does not change its picture.
    world = np.array(evaluated.matrix_world.normalized(), np.float64)
    return View(np.linalg.inv(world), crop @ projection, width, height, camera.name)


def view_of_viewport(context: bpy.types.Context, width: int, height: int) -> View:
    """Gives the view of the 3D viewport that is in context, or of the largest one on the screen.

    Its middle is kept and nothing is stretched. A viewport that looks through the camera gives the camera's
    view. Raises GengaError INVALID_REQUEST when there is no 3D viewport.
    """
    _check_size(width, height)
    region, space = find_viewport(context)
    data = space.region_3d
    if data.view_perspective == "CAMERA":
        camera = space.camera if space.use_local_camera else context.scene.camera
        return view_of_camera(context.evaluated_depsgraph_get(), context.scene, camera, width, height)
    projection = np.array(data.window_matrix, np.float64)
    wider = (width / height) / (region.width / region.height)
    fit = np.diag([1 / wider, 1.0, 1.0, 1.0]) if wider > 1 else np.diag([1.0, wider, 1.0, 1.0])
    return View(np.array(data.view_matrix, np.float64), fit @ projection, width, height)


def find_viewport(context: bpy.types.Context) -> tuple[bpy.types.Region, bpy.types.SpaceView3D]:
    """Gives the window region and the space of the 3D viewport in context, or of the largest one on the
    screen.
    """
    areas = []
    if context.area is not None and context.area.type == "VIEW_3D":
        areas = [context.area]
    elif context.screen is not None and not bpy.app.background:
        areas = [area for area in context.screen.areas if area.type == "VIEW_3D"]
    if not areas:
        raise GengaError(
            "INVALID_REQUEST",
            "There is no 3D viewport to take the view from.",
            remedy="Open a 3D Viewport, or choose the scene camera as the source.",
        )
    area = max(areas, key=lambda item: item.width * item.height)
    region = next(item for item in area.regions if item.type == "WINDOW")
    return region, area.spaces.active


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1 or not math.isfinite(width * height):
        raise GengaError(
            "INVALID_REQUEST", f"The size {width} x {height} is not a picture's; sides are 1 pixel or more."
        )
