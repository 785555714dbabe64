"""Welds vertices of a surface and closes what a model of the game kits leaves open underneath."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

WELD = 1e-4
"""Vertices nearer than this share of the longest side become one place."""
SMALL = 0.06
"""Holes up to this share of the longest side are closed wherever they are."""
BOTTOM = 0.05
"""Holes this near to the ground, as a share of the longest side, are closed if they face down."""
MAX_EDGES = 96


def weld(points: NDArray[np.floating]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Gives the place of each point, [v], and the places, [p, 3]: the first point of each."""
    reach = WELD * float(np.ptp(points, 0).max())
    pairs = cKDTree(points).query_pairs(reach, output_type="ndarray")
    ones = np.ones(len(pairs))
    graph = coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
    count, labels = connected_components(graph, directed=False)
    first = np.full(count, -1)
    first[labels[::-1]] = np.arange(len(points))[::-1]
    order = np.argsort(np.argsort(first))
    return order[labels].astype(np.int64), points[np.sort(first)].astype(np.float64)


def open_edges(triangles: NDArray[np.integer]) -> list[tuple[int, int]]:
    """Gives the edges of one triangle only, in the triangle's direction."""
    uses: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for a, b, c in triangles.tolist():
        for edge in ((a, b), (b, c), (c, a)):
            uses[min(edge), max(edge)].append(edge)
    return [found[0] for found in uses.values() if len(found) == 1]


def caps(
    points: NDArray[np.floating], triangles: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Gives triangles that close small holes, and flat ones that face the ground, [t, 3] and for each the
    corner of a triangle at its rim whose looks it takes.
    """
    size = np.ptp(points, 0).max()
    ground = points[:, 1].min()
    found: list[tuple[int, int, int]] = []
    looks: list[int] = []
    for loop in _loops(open_edges(triangles)):
        if not 3 <= len(loop) <= MAX_EDGES:
            continue
        rim = points[loop]
        extent = np.ptp(rim, 0).max()
        # Newell's normal; twice the area of the hole.
        normal = np.cross(rim, np.roll(rim, -1, 0)).sum(0)
        area = np.linalg.norm(normal)
        if area < 1e-12 * size * size:
            continue
        normal /= area
        is_flat = np.abs((rim - rim.mean(0)) @ normal).max() < 0.02 * extent
        is_bottom = is_flat and normal[1] < -0.9 and rim[:, 1].max() < ground + BOTTOM * size
        if extent > SMALL * size and not is_bottom:
            continue
        new = _ears(rim, normal)
        found += [(loop[a], loop[b], loop[c]) for a, b, c in new]
        looks += [loop[0]] * len(new)
    return np.array(found, np.int64).reshape(-1, 3), np.array(looks, np.int64)


def _loops(edges: list[tuple[int, int]]) -> list[list[int]]:
    """Rims in the direction of the triangles that would fill them; rims that touch or branch are left out."""
    after: dict[int, list[int]] = defaultdict(list)
    for start, end in edges:
        after[end].append(start)
    loops, seen = [], set()
    for start in sorted(after):
        if start in seen:
            continue
        path, at = [], start
        while at not in seen and len(after[at]) == 1:
            seen.add(at)
            path.append(at)
            at = after[at][0]
        if path and at == start:
            loops.append(path)
    return loops


def _ears(rim: NDArray[np.floating], normal: NDArray[np.floating]) -> list[tuple[int, int, int]]:
    """Cuts a flat polygon into triangles, ear by ear; nothing if it crosses itself."""
    axis = np.eye(3)[np.abs(normal).argmin()]
    u = np.cross(normal, axis)
    u /= np.linalg.norm(u)
    flat = np.stack([rim @ u, rim @ np.cross(normal, u)], 1)
    left = list(range(len(rim)))
    ears: list[tuple[int, int, int]] = []

    def turn(a: int, b: int, c: int) -> float:
        (ax, ay), (bx, by), (cx, cy) = flat[a], flat[b], flat[c]
        return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)

    while len(left) > 3:
        for place in range(len(left)):
            a, b, c = left[place - 1], left[place], left[(place + 1) % len(left)]
            if turn(a, b, c) <= 0:
                continue
            others = (d for d in left if d not in (a, b, c))
            if any(turn(a, b, d) >= 0 and turn(b, c, d) >= 0 and turn(c, a, d) >= 0 for d in others):
                continue
            ears.append((a, b, c))
            del left[place]
            break
        else:
            return []
    return [*ears, (left[0], left[1], left[2])]
