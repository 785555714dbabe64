"""Writes and reads the library of CC0 models of a bundle: `python -m models.training.mesh.library --data DIR
--out models/starter-mesh`. README.md describes the two files.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .close_surface import caps, open_edges, weld
from .colours import linear_of, shares_of
from .glb_parts import PartOfModel, Surface, read_parts
from .library_nouns import LEFT_OUT, RENAMED, TURNED, Noun, noun_in, read_nouns
from .models3d import Model3d, read_models

FORMAT = "genga.models.v1"
INDEX, DATA = "library.json", "library.bin"
ALIGNMENT = 16
"""Every block of library.bin starts at a multiple of this many bytes."""
PER_NOUN = 3
"""Most models of a noun, and of a noun that people ask for more than others:"""
OFTEN: dict[str, int] = dict.fromkeys(
    ("chair", "table", "house", "tree", "car", "bed", "sofa", "sword", "shield", "barrel", "crate", "rock"),
    8,
)
MAX_TRIANGLES = 7000
STEPS = 65535
AUTHORS = {
    "kaykit": "Kay Lousberg (KayKit)",
    "kenney": "Kenney (kenney.nl)",
    "quaternius": "Quaternius",
    "mesh2motion": "Mesh2Motion",
    "polyhaven": "Poly Haven",
}
SIZE_WORDS = {
    "tiny": 0.0,
    "small": 0.15,
    "short": 0.15,
    "little": 0.15,
    "medium": 0.5,
    "large": 0.85,
    "big": 0.85,
    "tall": 0.85,
    "long": 0.85,
    "huge": 1.0,
}
Array: TypeAlias = NDArray[Any]


@dataclass
class Entry:
    """A model of the library, ready to be written."""

    model: Model3d
    name: str
    noun: str
    size_m: float
    """Longest side."""
    parts: list[PartOfModel]
    """In metres, standing on y = 0, centred in x and z."""
    colours: dict[str, float]
    open_edges: int
    changes: list[str]

    @property
    def triangles(self) -> int:
        """Of all parts."""
        return sum(len(part.triangles) for part in self.parts)


def choose(models: list[Model3d], nouns: dict[str, Noun]) -> list[tuple[Model3d, str, str]]:
    """Gives the models of the library with name and noun: at most PER_NOUN of a noun, packs taking turns."""
    by_noun: dict[str, list[tuple[Model3d, str]]] = defaultdict(list)
    for model in models:
        if LEFT_OUT.search(model.id) or model.category == "terrain":
            continue
        name = RENAMED.get(model.id, model.name)
        noun = noun_in(name, nouns)
        if noun is not None:
            by_noun[noun].append((model, name))
    chosen = []
    for noun, found in by_noun.items():
        turns: Counter[str] = Counter()
        ranked = []
        for model, name in found:
            turns[model.pack] += 1
            ranked.append((turns[model.pack], model.id, model, name))
        ranked.sort(key=lambda item: item[:2])
        chosen += [(model, name, noun) for _, _, model, name in ranked]
    return chosen


def make_entry(model: Model3d, name: str, noun: str, size: tuple[float, float]) -> Entry:
    """Reads a model, gives it its size, welds and closes it.

    Raises ValueError for what a library cannot hold.
    """
    parts = _turned(read_parts(model.file), model.id)
    points = np.concatenate([part.positions for part in parts]).astype(np.float64)
    low, extent = points.min(0), np.ptp(points, 0)
    shares = [share for word, share in SIZE_WORDS.items() if word in name.split()]
    share = shares[0] if shares else 0.5
    size_m = float(size[0] * (size[1] / size[0]) ** share)
    scale = size_m / extent.max()
    shift = np.array([low[0] + extent[0] / 2, low[1], low[2] + extent[2] / 2])
    changes = [f"scaled to {size_m:.3g} m"]
    owner, places = weld((points - shift) * scale)
    # Corners of one place get one position, bit for bit.
    start = 0
    for part in parts:
        part.positions = places[owner[start : start + len(part.positions)]].astype(np.float32)
        start += len(part.positions)
    parts, capped, left = _closed(parts, owner, places)
    if capped:
        changes.append(f"{capped} triangles added to close holes")
    if sum(len(part.triangles) for part in parts) > MAX_TRIANGLES:
        raise ValueError(f"{model.id} has more than {MAX_TRIANGLES} triangles.")
    colours = _colours(parts)
    return Entry(model, name, noun, size_m, parts, colours, left, changes)


def _turned(parts: list[PartOfModel], model_id: str) -> list[PartOfModel]:
    degrees = next((angle for start, angle in TURNED.items() if model_id.startswith(start)), 0)
    if degrees:
        angle = np.radians(degrees)
        turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
        for part in parts:
            part.positions = (part.positions @ turn.T).astype(np.float32)
            part.normals = (part.normals @ turn.T).astype(np.float32)
    return parts


def _closed(parts: list[PartOfModel], owner: Array, places: Array) -> tuple[list[PartOfModel], int, int]:
    """Drops triangles without area, adds caps to the parts that they touch; gives the parts, how many
    triangles were added, and how many open edges are left.
    """
    starts = np.cumsum([0, *(len(part.positions) for part in parts)])
    whole, of_part, corners = [], [], []
    for number, part in enumerate(parts):
        vertices = part.triangles + starts[number]
        welded = owner[vertices]
        real = (welded != np.roll(welded, 1, 1)).all(1)
        part.triangles = part.triangles[real]
        whole.append(welded[real])
        corners.append(vertices[real])
        of_part += [number] * int(real.sum())
    triangles, vertices = np.concatenate(whole), np.concatenate(corners)
    added, looks = caps(places, triangles)
    if len(added):
        example: dict[int, tuple[int, int]] = {}
        for row, triangle in enumerate(triangles.tolist()):
            for corner, place in enumerate(triangle):
                example.setdefault(place, (of_part[row], int(vertices[row, corner])))
        for number, part in enumerate(parts):
            mine = [row for row, look in enumerate(looks) if example[int(look)][0] == number]
            if mine:
                _add(part, added[mine], [example[int(looks[r])][1] - starts[number] for r in mine], places)
    left = len(open_edges(np.concatenate([triangles, added])))
    return [part for part in parts if len(part.triangles)], len(added), left


def _add(part: PartOfModel, triangles: Array, looks: list[int], places: Array) -> None:
    """Adds flat triangles of welded places that look like one vertex of the part each."""
    corners = places[triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-20
    first = len(part.positions)
    part.positions = np.concatenate([part.positions, corners.reshape(-1, 3).astype(np.float32)])
    part.normals = np.concatenate([part.normals, np.repeat(normal, 3, 0).astype(np.float32)])
    if part.uvs is not None:
        part.uvs = np.concatenate([part.uvs, np.repeat(part.uvs[looks], 3, 0)])
    part.triangles = np.concatenate([part.triangles, np.arange(len(triangles) * 3).reshape(-1, 3) + first])


def _colours(parts: list[PartOfModel]) -> dict[str, float]:
    """Gives the shares of named colours over the surface, at least 2 %."""
    linear, areas = [], []
    for part in parts:
        corners = part.positions[part.triangles]
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        colour = np.tile(part.surface.base_colour, (len(area), 1))
        if part.surface.texture is not None and part.uvs is not None:
            pixels = np.asarray(Image.open(io.BytesIO(part.surface.texture.data)).convert("RGB"))
            uv = part.uvs[part.triangles].mean(1)
            row = (uv[:, 1] * pixels.shape[0]).astype(int).clip(0, pixels.shape[0] - 1)
            column = (uv[:, 0] * pixels.shape[1]).astype(int).clip(0, pixels.shape[1] - 1)
            colour = colour * linear_of(pixels[row, column] / 255)
        linear.append(colour)
        areas.append(area)
    shares = shares_of(np.concatenate(linear), np.concatenate(areas))
    return {name: round(share, 3) for name, share in shares.items() if share >= 0.02}


def pick(chosen: list[tuple[Model3d, str, str]], nouns: dict[str, Noun]) -> list[Entry]:
    """Makes the entries, without models that differ from one before by nothing but unnamed colour."""
    kept: list[Entry] = []
    counts: Counter[str] = Counter()
    seen: set[tuple] = set()
    for model, name, noun in chosen:
        if counts[noun] >= OFTEN.get(noun, PER_NOUN):
            continue
        try:
            entry = make_entry(model, name, noun, nouns[noun].size_m)
        except ValueError as error:
            print(f"left out: {error}")
            continue
        extent = np.ptp(np.concatenate([part.positions for part in entry.parts]), 0)
        shape = (noun, entry.triangles, *np.round(extent / extent.max(), 2).tolist())
        if shape in seen:
            continue
        seen.add(shape)
        counts[noun] += 1
        kept.append(entry)
    return sorted(kept, key=lambda entry: entry.model.id)


def write_library(folder: Path, entries: list[Entry], nouns: dict[str, Noun]) -> dict[str, Any]:
    """Writes the two files and gives the manifest's `library` entry."""
    textures: dict[str, tuple[bytes, str]] = {}
    materials: dict[tuple, int] = {}
    sources: dict[tuple[str, str, str, str], int] = {}
    streams: dict[str, list[Array]] = {"positions": [], "normals": [], "uvs": [], "indices": []}
    sizes = Counter()
    items = []
    for entry in entries:
        model = entry.model
        points = np.concatenate([part.positions for part in entry.parts]).astype(np.float64)
        low, extent = points.min(0), np.maximum(np.ptp(points, 0), 1e-9)
        low, extent = low.astype(np.float32), extent.astype(np.float32)
        parts = []
        for part in entry.parts:
            used, triangles = np.unique(part.triangles, return_inverse=True)
            item: dict[str, Any] = {
                "name": part.surface.name,
                "material": _number(materials, _material(part.surface, textures)),
                "first_vertex": sizes["positions"],
                "vertices": len(used),
                "first_triangle": sizes["indices"],
                "triangles": len(part.triangles),
            }
            positions = np.round((part.positions[used].astype(np.float64) - low) / extent * STEPS)
            streams["positions"].append(positions.clip(0, STEPS).astype("<u2"))
            streams["normals"].append(np.round(part.normals[used] * 127).astype("i1"))
            streams["indices"].append(triangles.reshape(-1, 3).astype("<u2"))
            sizes["positions"] += len(used)
            sizes["indices"] += len(part.triangles)
            if part.uvs is not None:
                item["first_uv"] = sizes["uvs"]
                streams["uvs"].append(np.round(part.uvs[used].clip(0, 1) * STEPS).astype("<u2"))
                sizes["uvs"] += len(used)
            parts.append(item)
        items.append(
            {
                "id": model.id,
                "name": entry.name,
                "noun": entry.noun,
                "group": model.category,
                "captions": list(model.captions[:1] + model.captions[2:3]),
                "colours": entry.colours,
                "source": _number(sources, (model.source, model.commit, model.pack, model.licence)),
                "path": model.path,
                "sha256": model.sha256,
                "size_m": round(entry.size_m, 4),
                "min": [float(value) for value in low],
                "extent": [float(value) for value in extent],
                "triangles": entry.triangles,
                "closed": entry.open_edges == 0,
                "open_edges": entry.open_edges,
                "changes": entry.changes,
                "parts": parts,
            }
        )
    blocks = {name: np.concatenate(found) for name, found in streams.items()}
    data, places = bytearray(), {}
    for name, block in blocks.items():
        data += bytes(-len(data) % ALIGNMENT)
        dtype = {"<u2": "uint16", "|i1": "int8"}[block.dtype.str]
        places[name] = {"offset_bytes": len(data), "dtype": dtype, "shape": list(block.shape)}
        data += block.tobytes()
    pictures = []
    for sha256, (picture, mime) in textures.items():
        data += bytes(-len(data) % ALIGNMENT)
        pictures.append({"offset_bytes": len(data), "size": len(picture), "mime": mime, "sha256": sha256})
        data += picture
    used = {entry.noun for entry in entries}
    index = {
        "format": FORMAT,
        "blocks": places,
        "nouns": {
            noun: {"size_m": list(value.size_m), "synonyms": list(value.synonyms)}
            for noun, value in nouns.items()
            if noun in used
        },
        "textures": pictures,
        "materials": [dict(material) for material in materials],
        "sources": [
            {
                "repository": source,
                "commit": commit,
                "pack": pack,
                "author": author_of(pack),
                "licence": licence,
            }
            for source, commit, pack, licence in sources
        ],
        "models": items,
    }
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":")).replace('{"id"', '\n{"id"')
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX).write_text(text + "\n", encoding="utf-8")
    (folder / DATA).write_bytes(bytes(data))
    return {"index": described(folder / INDEX), "data": described(folder / DATA)}


def author_of(pack: str) -> str:
    """Gives who made a pack, by the first word of its name."""
    return AUTHORS[pack.split("-")[0]]


def described(file: Path) -> dict[str, Any]:
    """Gives name, SHA-256 and size of a file of the bundle."""
    content = file.read_bytes()
    return {"file": file.name, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def _material(surface: Surface, textures: dict[str, tuple[bytes, str]]) -> tuple:
    """A material's fields as a hashable row."""
    row: list[tuple[str, Any]] = [
        ("name", surface.name),
        ("base_colour", tuple(round(value, 5) for value in surface.base_colour)),
        ("roughness", round(surface.roughness, 3)),
        ("metallic", round(surface.metallic, 3)),
    ]
    if any(surface.emissive):
        row.append(("emissive", tuple(round(value, 5) for value in surface.emissive)))
    if surface.texture is not None:
        sha256 = surface.texture.sha256
        textures.setdefault(sha256, (surface.texture.data, surface.texture.mime))
        row.append(("texture", list(textures).index(sha256)))
    return tuple(row)


def _number(table: dict, key: tuple) -> int:
    return table.setdefault(key, len(table))


@dataclass(frozen=True)
class Library:
    """What stands in a library, as read from its files."""

    index: dict[str, Any]
    data: bytes

    def block(self, name: str) -> Array:
        """Gives a block of numbers."""
        place = self.index["blocks"][name]
        dtype = np.dtype(place["dtype"]).newbyteorder("<")
        count = int(np.prod(place["shape"]))
        return np.frombuffer(self.data, dtype, count, place["offset_bytes"]).reshape(place["shape"])

    def parts(self, model: int) -> list[PartOfModel]:
        """Gives the parts of a model, metres."""
        item = self.index["models"][model]
        low, extent = np.array(item["min"], np.float64), np.array(item["extent"], np.float64)
        found = []
        for part in item["parts"]:
            rows = slice(part["first_vertex"], part["first_vertex"] + part["vertices"])
            normals = self.block("normals")[rows].astype(np.float32)
            normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
            uvs = None
            if "first_uv" in part:
                uv_rows = slice(part["first_uv"], part["first_uv"] + part["vertices"])
                uvs = self.block("uvs")[uv_rows].astype(np.float32) / STEPS
            triangles = slice(part["first_triangle"], part["first_triangle"] + part["triangles"])
            found.append(
                PartOfModel(
                    self.surface(part["material"]),
                    (low + self.block("positions")[rows] / STEPS * extent).astype(np.float32),
                    normals,
                    uvs,
                    self.block("indices")[triangles].astype(np.int64),
                )
            )
        return found

    def surface(self, number: int) -> Surface:
        """Gives a material, without its texture's file."""
        material = self.index["materials"][number]
        emissive = tuple(material.get("emissive", (0, 0, 0)))
        colour = tuple(material["base_colour"])
        return Surface(material["name"], colour, material["roughness"], material["metallic"], emissive, None)


def read_library(folder: Path) -> Library:
    """Reads a library back."""
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    if index["format"] != FORMAT:
        raise ValueError(f"{folder / INDEX} has format {index['format']!r}; expected {FORMAT!r}.")
    return Library(index, (folder / DATA).read_bytes())


def main() -> None:
    """Writes the library of a bundle."""
    parser = argparse.ArgumentParser(description="Writes the library of CC0 models.")
    parser.add_argument("--data", type=Path, required=True, help="folder with index.jsonl")
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--only", nargs="*", help="ids, for bundles of tests; absent = all that are fit")
    options = parser.parse_args()
    nouns = read_nouns()
    models = read_models(options.data)
    if options.only:
        models = [model for model in models if model.id in options.only]
    entries = pick(choose(models, nouns), nouns)
    written = write_library(options.out, entries, nouns)
    closed = sum(entry.open_edges == 0 for entry in entries)
    print(f"{len(entries)} models, {len({entry.noun for entry in entries})} nouns, {closed} closed")
    print(json.dumps(written, indent=1))


if __name__ == "__main__":
    main()
