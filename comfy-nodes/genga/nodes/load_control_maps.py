"""Load Control Maps: the maps of a scene from one folder, byte for byte, with the phrases of its objects."""

from __future__ import annotations

import hashlib
import io as bytes_io
import json
from pathlib import Path
from typing import Any

import folder_paths
import torch
from comfy_api.latest import io
from PIL import Image

from ..compat import schema
from ..errors import GengaNodeError
from ..images import tensor_of
from ..layers import CONTROL_KINDS, ControlLayer, ControlsType, RegionLayer, RegionsType

SAMPLE = "sample: village"
SAMPLES = {SAMPLE: Path(__file__).resolve().parents[2] / "samples" / "village"}
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


class GengaLoadControlMaps(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaLoadControlMaps",
            display_name="Genga Load Control Maps",
            category="Genga",
            description="Loads the control maps of one scene from a folder in ComfyUI's input folder: depth.png, normal.png, lineart.png … and regions.json. The core gets the files as they are, 16 bits and id colours included.",
            search_aliases=["load depth", "load normal", "scene maps", "controlnet maps"],
            inputs=[
                io.Combo.Input(
                    "folder",
                    options=[*SAMPLES, *_folders()],
                    default=SAMPLE,
                    tooltip="Folder with files named after their kind, below ComfyUI's input folder.",
                ),
                io.String.Input(
                    "kinds",
                    default="",
                    tooltip="Kinds to take, with commas between; empty = all that are there and the bundle takes.",
                ),
                io.Float.Input(
                    "strength", default=1.0, min=0.0, max=10.0, step=0.05, tooltip="Strength of all of them."
                ),
                ControlsType.Input("previous", optional=True, tooltip="Layers before these."),
            ],
            outputs=[
                ControlsType.Output(display_name="controls", tooltip="For Genga Generate Image."),
                RegionsType.Output(
                    display_name="regions", tooltip="Phrases from regions.json; nothing if there is none."
                ),
                io.Image.Output(display_name="maps", tooltip="The maps, to look at."),
            ],
        )

    @classmethod
    def validate_inputs(cls, folder: str) -> bool | str:
        # A folder may have come since ComfyUI was asked for the list.
        return True if _path(folder) is not None else f"there is no folder {folder!r} with control maps"

    @classmethod
    def fingerprint_inputs(cls, folder: str, **_: Any) -> str:
        digest = hashlib.sha256()
        path = _path(folder)
        for file in sorted(path.iterdir()) if path else []:
            if file.stem in (*CONTROL_KINDS, "regions") and file.is_file():
                digest.update(file.name.encode() + file.read_bytes())
        return digest.hexdigest()

    @classmethod
    def execute(
        cls, folder: str, kinds: str, strength: float, previous: tuple[ControlLayer, ...] | None = None
    ) -> io.NodeOutput:
        path = _path(folder)
        if path is None:
            raise GengaNodeError(
                f"There is no folder {folder!r} with control maps.", "Choose one in the list, or refresh it."
            )
        there = {kind: file for kind in CONTROL_KINDS if (file := _map(path, kind)) is not None}
        wanted = [kind.strip() for kind in kinds.split(",") if kind.strip()] or list(there)
        layers: list[ControlLayer] = []
        for kind in wanted:
            if kind not in there:
                raise GengaNodeError(
                    f"The folder {folder!r} has no map {kind!r}; it has: {', '.join(there) or 'none'}.",
                    "Correct the kinds, or save that map into the folder.",
                )
            data = there[kind].read_bytes()
            with Image.open(bytes_io.BytesIO(data)) as image:
                size = image.size
            options = {"conditioning_scale": strength}
            name = there[kind].name
            layers.append(
                ControlLayer(
                    kind=kind,
                    frames=(data,),
                    name=name,
                    size=size,
                    options=options,
                    optional=not kinds.strip(),
                )
            )
        if not layers:
            raise GengaNodeError(
                f"The folder {folder!r} has no control map.",
                f"Put files into it that are named after their kind: {', '.join(CONTROL_KINDS)}.",
            )
        regions = _regions(path / "regions.json") if "segmentation" in wanted else ()
        return io.NodeOutput((*(previous or ()), *layers), regions, _preview(layers))


def _folders() -> list[str]:
    root = Path(folder_paths.get_input_directory())
    if not root.is_dir():
        return []
    return sorted(
        folder.name
        for folder in root.iterdir()
        if folder.is_dir() and any(_map(folder, kind) for kind in CONTROL_KINDS)
    )


def _path(folder: str) -> Path | None:
    if folder in SAMPLES:
        return SAMPLES[folder]
    root = Path(folder_paths.get_input_directory()).resolve()
    path = (root / folder).resolve()
    inside = path != root and path.is_relative_to(root) and path.is_dir()
    return path if inside and any(_map(path, kind) for kind in CONTROL_KINDS) else None


def _map(folder: Path, kind: str) -> Path | None:
    return next((file for suffix in SUFFIXES if (file := folder / f"{kind}{suffix}").is_file()), None)


def _regions(file: Path) -> tuple[RegionLayer, ...]:
    if not file.is_file():
        return ()
    try:
        return tuple(
            RegionLayer(
                prompt=str(region["prompt"]),
                color=str(region["color"]),
                weight=float(region.get("weight", 1)),
                name=region.get("name"),
            )
            for region in json.loads(file.read_text(encoding="utf-8"))
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GengaNodeError(
            f"{file.name} cannot be read: {error}.",
            'It holds a list of {"color": "#rrggbb", "prompt": "…", "weight": 1}.',
        ) from None


def _preview(layers: list[ControlLayer]) -> torch.Tensor:
    pictures: list[torch.Tensor] = []
    for layer in layers:
        with Image.open(bytes_io.BytesIO(layer.frames[0])) as image:
            # Pillow cuts 16 bits to the lowest eight.
            shown = image.point(lambda value: value / 257) if image.mode.startswith("I") else image
            out = bytes_io.BytesIO()
            shown.convert("RGB").resize(layers[0].size).save(out, "PNG", compress_level=1)
        pictures.append(tensor_of(out.getvalue()))
    return torch.stack(pictures)
