"""Draws random scenes: objects with phrases and colours, a ground, a backdrop, a camera and a key light."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from .library import Sampler, load_mesh
from .meshes import PRIMITIVES, Mesh, primitive
from .words import GROUNDS, TIMES, colour_rgb, nearest_colour_name, random_colour_name

PRIMITIVE_SHARE = 0.28
SUN_ELEVATION = {
    "day": (38, 72),
    "morning": (16, 38),
    "sunset": (10, 28),
    "night": (28, 62),
    "overcast": (45, 75),
}
"""Range of the key light's height above the horizon, degrees, by time of day."""
SKY = (
    "the sky",
    "sky",
    "a clear sky",
    "open sky",
    "sky with clouds",
    "a sky with clouds",
    "clouds in the sky",
)
"""Phrases of the sky; those that name clouds get them."""


@dataclass
class Region:
    """What one colour of the segmentation map stands for."""

    phrase: str
    rgb: tuple[float, float, float]
    """sRGB of the main part, 0 to 1, before light."""
    colour: str = ""
    """Colour name in the phrase; empty where it names none."""
    kind: str = "object"
    """object, ground, wall, sky or backdrop."""


@dataclass
class Placed:
    """Triangles in world space with what the G-buffer needs of each."""

    positions: np.ndarray
    normals: np.ndarray
    colours: np.ndarray
    region: np.ndarray
    """[t] index into Scene.regions plus 1."""
    line: np.ndarray
    """[t] id that ink lines separate."""
    finish: float = 0.0
    """0 matte, 1 shiny."""
    casts: bool = True


@dataclass
class Scene:
    """Everything about a picture but its look."""

    placed: list[Placed] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    """Ids of the models used; primitives as `primitive/<name>`."""
    time: str = "day"
    sky: bool = True
    clouds: bool = False
    backdrop: np.ndarray = field(default_factory=lambda: np.ones(3, np.float32))
    view: np.ndarray = field(default_factory=lambda: np.eye(4))
    fov: float = 0.6
    """Vertical field of view, radians."""
    light: np.ndarray = field(default_factory=lambda: np.array([0.0, 1.0, 0.0]))
    """Unit vector towards the key light, world space, +Y up."""
    radius: float = 1.0
    """Of the sphere around the objects, metres."""
    centre: np.ndarray = field(default_factory=lambda: np.zeros(3))
    background_region: int = 0


@dataclass
class _Painted:
    """Colours of an object: [t, 3, 3], index into its regions [t], the regions, finish."""

    colours: np.ndarray
    region_of_triangle: np.ndarray
    regions: list[Region]
    finish: float


BUILDING = re.compile(
    r"house|home|church|barn|tower|castle|mill|hut|cabin|well|market|inn|tavern|temple|keep|shed|shop"
)
"""Names whose upper slanted faces are a roof."""


def random_scene(rng: np.random.Generator, sampler: Sampler) -> Scene:
    """Draws a scene of 1 to 5 objects."""
    scene = Scene(time=str(rng.choice(TIMES, p=(0.34, 0.17, 0.19, 0.16, 0.14))))
    count = int(rng.choice((1, 2, 3, 4, 5), p=(0.26, 0.28, 0.22, 0.14, 0.1)))
    spots = _spots(rng, count)
    for x, z, size in spots:
        _add_object(scene, rng, sampler, x, z, size)
    corners = np.concatenate([p.positions.reshape(-1, 3) for p in scene.placed])
    low, high = corners.min(0), corners.max(0)
    scene.centre = (low + high) / 2
    scene.radius = float(np.linalg.norm(high - low) / 2)
    _add_surroundings(scene, rng)
    _set_camera(scene, rng)
    elevation = np.radians(rng.uniform(*SUN_ELEVATION[scene.time]))
    azimuth = rng.uniform(0, 2 * np.pi)
    scene.light = np.array(
        [np.cos(elevation) * np.cos(azimuth), np.sin(elevation), np.cos(elevation) * np.sin(azimuth)]
    )
    return scene


def _spots(rng: np.random.Generator, count: int) -> list[tuple[float, float, float]]:
    """Draws (x, z, size) without overlap."""
    spots: list[tuple[float, float, float]] = []
    for _ in range(count):
        size = float(rng.uniform(0.7, 1.4))
        for attempt in range(30):
            spread = 0.12 + 0.36 * count**0.5 + attempt * 0.04
            x, z = rng.uniform(-spread, spread, 2)
            if all(np.hypot(x - a, z - b) > 0.46 * (size + s) for a, b, s in spots):
                break
        spots.append((float(x), float(z), size))
    return spots


def _add_object(
    scene: Scene, rng: np.random.Generator, sampler: Sampler, x: float, z: float, size: float
) -> None:
    if rng.random() < PRIMITIVE_SHARE:
        name = str(rng.choice(PRIMITIVES))
        mesh, model_id = primitive(name, rng), f"primitive/{name}"
        size *= 0.75
    else:
        entry = sampler.draw(rng)
        mesh, model_id, name = load_mesh(entry.file), entry.id, entry.name
    building = bool(BUILDING.search(name))
    turn = rng.uniform(0, 2 * np.pi)
    rotation = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    normals = mesh.smooth if rng.random() < 0.5 else mesh.normals
    lift = float(rng.uniform(0.1, 0.7)) if rng.random() < 0.08 else 0.0
    painted = _paint(mesh, name, building, rng)
    first = len(scene.regions) + 1
    scene.regions += painted.regions
    scene.objects.append(model_id)
    scene.placed.append(
        Placed(
            (mesh.positions @ rotation.T * size + np.array([x, lift, z])).astype(np.float32),
            (normals @ rotation.T).astype(np.float32),
            painted.colours,
            first + painted.region_of_triangle,
            (len(scene.placed) + 1) * 8 + mesh.parts.astype(int),
            painted.finish,
        )
    )


def _paint(mesh: Mesh, name: str, building: bool, rng: np.random.Generator) -> _Painted:
    """Colours an object at random and says so in a phrase.

    Of all objects: about a sixth keep their own colours (half of these unsaid, so that words get a usual
    colour), half get one
    named colour whose parts keep their relative lightness, a third get two named colours; buildings may get
    roof and walls.
    """
    parts = mesh.parts.astype(int)
    count = len(mesh.part_areas)
    mode = rng.random()
    finish = str(rng.choice(("", "shiny", "matte"), p=(0.74, 0.18, 0.08)))
    prefix = f"{finish} " if finish else ""
    colour, second, tail, own = random_colour_name(rng), "", "", False
    part_colours = mesh.part_colours
    main = np.clip(colour_rgb(colour) + rng.normal(0, 0.012, 3), 0, 1)
    targets = np.tile(main, (count, 1)).astype(np.float32)
    if building and rng.random() < 0.5:
        second = random_colour_name(rng)
        height = mesh.positions[..., 1].mean(1)
        parts = ((mesh.normals[..., 1].mean(1) > 0.25) & (height > 0.35 * height.max())).astype(int)
        part_colours = np.stack(
            [
                mesh.colours[parts == p].mean((0, 1)) if (parts == p).any() else mesh.part_colours[0]
                for p in (0, 1)
            ]
        )
        targets = np.stack([main, np.clip(colour_rgb(second) + rng.normal(0, 0.012, 3), 0, 1)])
        tail = f" with {_article(second)} roof"
    elif mode < 0.18 and np.ptp(mesh.part_colours[0]) > 0.02:
        targets, own = mesh.part_colours.copy(), True
        colour = nearest_colour_name(targets[0])
        if count > 1 and mesh.part_areas[1] > 0.2:
            second = nearest_colour_name(targets[1])
    elif count > 1 and mode < 0.62:
        luminance = mesh.part_colours @ np.array([0.3, 0.59, 0.11])
        ratio = np.clip((luminance + 0.15) / (luminance[0] + 0.15), 0.5, 1.5)
        targets = np.clip(targets * ratio[:, None], 0, 1)
    elif count > 1:
        second = random_colour_name(rng)
        targets[1:] = np.clip(colour_rgb(second) + rng.normal(0, 0.012, 3), 0, 1)
    second = "" if second == colour else second
    variation = (mesh.colours + 0.1) / (part_colours[parts][:, None] + 0.1)
    colours = np.clip(targets[parts][:, None] * np.clip(variation, 0.86, 1.14), 0, 1).astype(np.float32)
    if own and rng.random() < 0.5:
        regions = [Region(_article(f"{prefix}{name}"), _rgb(targets[0]))]
        return _Painted(colours, np.zeros(len(parts), int), regions, float(finish == "shiny"))
    regions = [Region(_article(f"{prefix}{colour} {name}"), _rgb(targets[0]), colour)]
    region_of_triangle = np.zeros(len(parts), int)
    detail = str(rng.choice(("details", "parts", "trim")))
    if second and not own and rng.random() < 0.3:
        regions.append(Region(f"{second} {'roof' if tail else detail}", _rgb(targets[1]), second))
        region_of_triangle = (parts > 0).astype(int)
    elif second and tail and rng.random() < 0.4:
        regions = [
            Region(
                _article(f"{prefix}{name} with {_article(second)} roof and {colour} walls"), _rgb(targets[0])
            )
        ]
    elif second:
        regions[0].phrase += tail or f" with {second} {detail}"
    return _Painted(colours, region_of_triangle, regions, float(finish == "shiny"))


def _article(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _rgb(values: np.ndarray) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def _quad(
    corners: np.ndarray, normal: tuple[float, float, float], rgb: np.ndarray, region: int, line: int
) -> Placed:
    triangles = corners[[[0, 1, 2], [0, 2, 3]]].astype(np.float32)
    shape = triangles.shape
    return Placed(
        triangles,
        np.broadcast_to(np.array(normal, np.float32), shape).copy(),
        np.broadcast_to(rgb.astype(np.float32), shape).copy(),
        np.full(2, region),
        np.full(2, line),
        casts=False,
    )


def _surface(rng: np.random.Generator, names: tuple[str, ...], kind: str) -> Region:
    """Draws a ground or wall; half of the grounds keep the colour that their name means."""
    name = str(rng.choice(names))
    if name in GROUNDS and name != "floor" and rng.random() < 0.55:
        return Region(name, tuple(v / 255 for v in GROUNDS[name]), "", kind)
    colour = random_colour_name(rng)
    if rng.random() < 0.5:  # grounds of pictures are rarely saturated
        colour = str(
            rng.choice(
                (
                    "cream",
                    "beige",
                    "tan",
                    "gray",
                    "light gray",
                    "white",
                    "light blue",
                    "light green",
                    "mint",
                    "brown",
                )
            )
        )
    return Region(
        f"{'an' if colour[0] in 'aeiou' else 'a'} {colour} {name}",
        tuple(float(v) for v in colour_rgb(colour)),
        colour,
        kind,
    )


def _add_surroundings(scene: Scene, rng: np.random.Generator) -> None:
    kind = rng.random()
    reach = float(rng.choice((4, 8, 60), p=(0.15, 0.2, 0.65)))
    if kind < 0.88:
        ground = _surface(rng, tuple(GROUNDS), "ground")
        scene.regions.append(ground)
        corners = np.array([[-1, 0, -1], [-1, 0, 1], [1, 0, 1], [1, 0, -1]]) * reach
        scene.placed.append(_quad(corners, (0, 1, 0), np.array(ground.rgb), len(scene.regions), 1))
    if kind < 0.14:
        wall = _surface(rng, ("wall", "plaster wall", "wooden wall"), "wall")
        scene.regions.append(wall)
        turn, back = rng.uniform(0, 2 * np.pi), scene.radius + rng.uniform(0.1, 1.2)
        for line in range(int(rng.integers(1, 3))):
            inward = -np.array([np.cos(turn), 0, np.sin(turn)])
            side = np.array([inward[2], 0, -inward[0]])
            foot = scene.centre * [1, 0, 1] - inward * back
            corners = np.array(
                [
                    foot - side * 60,
                    foot + side * 60,
                    foot + side * 60 + [0, 50, 0],
                    foot - side * 60 + [0, 50, 0],
                ]
            )
            scene.placed.append(
                _quad(corners, tuple(inward), np.array(wall.rgb), len(scene.regions), 2 + line)
            )
            turn += np.pi / 2
    scene.sky = bool(rng.random() < 0.66)
    if scene.sky:
        phrase = str(rng.choice(SKY))
        scene.clouds = "cloud" in phrase
        if rng.random() < 0.35:  # what people add; it says nothing that the time of day does not
            phrase = phrase.replace(
                "sky", {"day": "blue sky", "overcast": "gray sky"}.get(scene.time, f"{scene.time} sky")
            )
        scene.regions.append(Region(phrase, (0.55, 0.75, 0.93), "", "sky"))
    else:
        colour = (
            random_colour_name(rng)
            if rng.random() < 0.6
            else str(rng.choice(("white", "cream", "light gray", "beige", "light blue")))
        )
        scene.backdrop = colour_rgb(colour)
        phrase = f"{rng.choice(('a plain', 'a', 'plain'))} {colour} {rng.choice(('backdrop', 'background'))}"
        scene.regions.append(Region(phrase, tuple(float(v) for v in scene.backdrop), colour, "backdrop"))
    scene.background_region = len(scene.regions)


def _set_camera(scene: Scene, rng: np.random.Generator) -> None:
    walls = [p for p in scene.placed if not p.casts and abs(p.normals[0, 0, 1]) < 0.5]
    if walls:  # look from the open side
        inward = sum(p.normals[0, 0] for p in walls)
        azimuth = np.arctan2(inward[2], inward[0]) + rng.uniform(-0.5, 0.5)
    else:
        azimuth = rng.uniform(0, 2 * np.pi)
    elevation = np.radians(
        rng.choice((rng.uniform(2, 16), rng.uniform(12, 36), rng.uniform(30, 62)), p=(0.36, 0.46, 0.18))
    )
    scene.fov = float(np.radians(rng.uniform(24, 56)))
    distance = scene.radius * rng.uniform(0.6, 1.05) / np.sin(scene.fov / 2)
    towards = np.array(
        [np.cos(elevation) * np.cos(azimuth), np.sin(elevation), np.cos(elevation) * np.sin(azimuth)]
    )
    target = scene.centre + rng.normal(0, 0.1, 3) * scene.radius
    eye = target + towards * distance
    eye[1] = max(eye[1], 0.12)
    forward = (target - eye) / np.linalg.norm(target - eye)
    roll_up = np.array([rng.normal(0, 0.03), 1, rng.normal(0, 0.03)])
    right = np.cross(forward, roll_up)
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(right, forward), -forward])
    scene.view = np.eye(4)
    scene.view[:3, :3], scene.view[:3, 3] = rotation, -rotation @ eye
