"""Prepares models for rendering: parts by colour, smooth normals where edges are blunt, and primitives
made by formula.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SMOOTH_COSINE = np.cos(np.radians(48))
"""Faces that meet at less than 48° share a normal in the smooth variant."""
MAX_PARTS = 4


@dataclass
class Mesh:
    """Triangles of one object, standing on y = 0, centred on x = z = 0, largest side 1."""

    positions: np.ndarray
    """[t, 3, 3] float32."""
    normals: np.ndarray
    """[t, 3, 3] float32, unit length, as modelled."""
    smooth: np.ndarray
    """[t, 3, 3] float32, averaged over blunt edges."""
    colours: np.ndarray
    """[t, 3, 3] sRGB in 0 to 1."""
    parts: np.ndarray
    """[t] uint8: 0 = the part with the largest area, then descending."""
    part_colours: np.ndarray
    """[p, 3] mean sRGB of each part."""
    part_areas: np.ndarray
    """[p] share of the surface, sums to 1."""


def make_mesh(positions: np.ndarray, normals: np.ndarray, colours: np.ndarray) -> Mesh:
    """Normalises size and place, groups triangles into parts by colour, adds smooth normals."""
    low, high = positions.reshape(-1, 3).min(0), positions.reshape(-1, 3).max(0)
    offset = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    positions = ((positions - offset) / max(float((high - low).max()), 1e-9)).astype(np.float32)
    face = np.cross(positions[:, 1] - positions[:, 0], positions[:, 2] - positions[:, 0]).astype(np.float64)
    area = np.linalg.norm(face, axis=1) / 2
    keep = area > 1e-10
    positions, normals, colours = (
        positions[keep],
        normals[keep].astype(np.float32),
        colours[keep].astype(np.float32),
    )
    face, area = face[keep] / (2 * area[keep, None]), area[keep]
    # A file whose winding disagrees with its normals is turned, so that both mean the outer side.
    flip = (face * normals.mean(1)).sum(1) < 0
    face[flip] *= -1
    parts, part_colours, part_areas = _parts(colours.mean(1), area)
    smooth = _smooth(positions, face, area)
    return Mesh(positions, normals, smooth, colours, parts, part_colours, part_areas)


def _parts(colours: np.ndarray, area: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Greedy clusters in sRGB: the largest colour takes all within .2, and so on; the last takes the rest."""
    keys, inverse = np.unique((colours * 15).round().astype(int), axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    weight = np.bincount(inverse, area)
    label = np.full(len(keys), -1)
    centres: list[np.ndarray] = []
    while (label < 0).any() and len(centres) < MAX_PARTS:
        open_keys = np.flatnonzero(label < 0)
        centre = keys[open_keys[weight[open_keys].argmax()]] / 15
        near = open_keys[np.linalg.norm(keys[open_keys] / 15 - centre, axis=1) < 0.2]
        label[near] = len(centres)
        centres.append(centre)
    for key in np.flatnonzero(label < 0):
        label[key] = int(np.argmin([np.linalg.norm(keys[key] / 15 - centre) for centre in centres]))
    part = label[inverse]
    areas = np.bincount(part, area, minlength=len(centres))
    order = np.argsort(-areas, kind="stable")
    rank = np.empty(len(order), int)
    rank[order] = np.arange(len(order))
    part = rank[part]
    means = np.stack([np.bincount(part, area * colours[:, c], minlength=len(order)) for c in range(3)], 1)
    areas = areas[order]
    return (
        part.astype(np.uint8),
        (means / areas[:, None]).astype(np.float32),
        (areas / areas.sum()).astype(np.float32),
    )


def _smooth(positions: np.ndarray, face: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Averages face normals [t, 3] over the faces that share a corner and meet at a blunt angle; area-
    weighted.
    """
    corners = (positions.reshape(-1, 3) * 4000).round().astype(np.int64)
    _, vertex = np.unique(corners, axis=0, return_inverse=True)
    vertex = vertex.reshape(-1)
    owner = np.repeat(np.arange(len(face)), 3)
    order = np.argsort(vertex, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(vertex[order]) > 0])
    sizes = np.diff(np.r_[starts, len(order)])
    result = np.repeat(face[:, None], 3, 1).reshape(-1, 3)
    for start, size in zip(starts[sizes > 1], sizes[sizes > 1], strict=True):
        corner = order[start : start + min(size, 40)]
        normals = face[owner[corner]]
        weight = (normals @ normals.T > SMOOTH_COSINE) * area[owner[corner]]
        result[corner] = weight @ normals
    result /= np.linalg.norm(result, axis=1, keepdims=True) + 1e-12
    return result.reshape(-1, 3, 3).astype(np.float32)


def _grid_mesh(point: np.ndarray, closed_u: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Gives triangles and corner indices of a grid of points [u, v, 3]."""
    u, v = point.shape[:2]
    a, b = np.meshgrid(np.arange(u if closed_u else u - 1), np.arange(v - 1), indexing="ij")
    a, b, c = a.ravel(), b.ravel(), ((a + 1) % u).ravel()
    quad = np.stack([a * v + b, a * v + b + 1, c * v + b + 1, c * v + b], 1)
    return point.reshape(-1, 3), np.concatenate([quad[:, [0, 1, 2]], quad[:, [0, 2, 3]]])


def _turned(profile: np.ndarray, sides: int = 40) -> np.ndarray:
    """Gives the triangles [t, 3, 3] of a profile [n, 2] of (radius, height) turned around the y axis."""
    angle = np.arange(sides) / sides * 2 * np.pi
    radius, height = profile[:, 0], profile[:, 1]
    ring = np.stack(
        [
            radius * np.cos(angle)[:, None],
            np.broadcast_to(height, (sides, len(height))),
            radius * np.sin(angle)[:, None],
        ],
        2,
    )
    points, index = _grid_mesh(ring)
    return points[index]


def _arc(centre_height: float, radius: float, start: float, end: float, count: int = 20) -> np.ndarray:
    angle = np.linspace(start, end, count)
    return np.stack([radius * np.cos(angle), centre_height + radius * np.sin(angle)], 1)


def _box(size: tuple[float, float, float]) -> np.ndarray:
    corner = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (0, 1) for z in (-0.5, 0.5)]) * np.array(size)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return np.array([corner[list(q)][list(t)] for q in quads for t in ((0, 1, 2), (0, 2, 3))])


def primitive(name: str, rng: np.random.Generator) -> Mesh:
    """Makes one of PRIMITIVES with random proportions, in one mid-grey part."""
    r = rng.uniform
    h = np.pi / 2
    if name in ("ball", "sphere"):
        triangles = _turned(_arc(1, 1, -h, h, 32))
    elif name in ("cube", "box", "block"):
        triangles = _box((1, 1, 1) if name == "cube" else (r(0.5, 1.5), r(0.4, 1.4), r(0.5, 1.5)))
    elif name == "cylinder":
        radius, top = r(0.3, 0.8), r(0.4, 2)
        triangles = _turned(np.array([[0, 0], [radius, 0], [radius, top], [0, top]]))
    elif name == "cone":
        triangles = _turned(np.array([[0, 0], [r(0.4, 0.8), 0], [0, r(0.9, 1.8)]]))
    elif name == "capsule":
        length = r(0.4, 1.6)
        triangles = _turned(np.concatenate([_arc(0.5, 0.5, -h, 0), _arc(0.5 + length, 0.5, 0, h)]))
    elif name in ("ring", "donut"):
        tube = r(0.15, 0.45)
        angle = np.linspace(0, 2 * np.pi, 24)
        triangles = _turned(np.stack([1 + tube * np.cos(angle), tube + tube * np.sin(angle)], 1), 48)
    elif name == "vase":
        height = np.linspace(0, 1, 24)
        shape = (
            0.22 + r(0.05, 0.2) * np.sin(height * np.pi * r(1.2, 2.2) + r(0, 1)) ** 2 + r(-0.05, 0.1) * height
        )
        triangles = _turned(np.concatenate([[[0, 0]], np.stack([shape, height], 1), [[0, 0.96]]]))
    elif name == "pyramid":
        triangles = _turned(np.array([[0, 0], [0.9, 0], [0, r(0.8, 1.4)]]), 4)
    else:  # pillar
        triangles = _turned(
            np.array(
                [
                    [0, 0],
                    [0.36, 0],
                    [0.36, 0.12],
                    [0.25, 0.16],
                    [0.22, 1.6],
                    [0.34, 1.7],
                    [0.34, 1.84],
                    [0, 1.84],
                ]
            ),
            28,
        )
    # Outward winding: the profile runs upwards, so the cross product of the grid already points out; boxes
    # are wound by hand.
    face = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    size = np.linalg.norm(face, axis=1, keepdims=True)
    triangles, face = triangles[size[:, 0] > 1e-9], (face / np.maximum(size, 1e-12))[size[:, 0] > 1e-9]
    centre = triangles.reshape(-1, 3).mean(0)
    if ((triangles.mean(1) - centre) * face).sum(1).mean() < 0:
        triangles, face = triangles[:, ::-1], -face
    grey = np.full((*triangles.shape[:2], 3), 0.55, np.float32)
    mesh = make_mesh(triangles, np.repeat(face[:, None], 3, 1), grey)
    mesh.normals = mesh.smooth
    return mesh


PRIMITIVES = (
    "ball",
    "sphere",
    "cube",
    "box",
    "block",
    "cylinder",
    "cone",
    "capsule",
    "ring",
    "donut",
    "vase",
    "pyramid",
    "pillar",
)
"""Shapes made by formula; they are part of no data set."""
