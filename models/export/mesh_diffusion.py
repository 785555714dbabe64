"""Turns published image-to-3D weights into a bundle.

python -m models.export.mesh_diffusion --triposg DIR | --triposr FILE.safetensors --id ID --name NAME \\
    --licence SPDX --commercial-use yes --training-data FILE|undeclared --out DIR
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from models.export.bundle import BundleFacts, write_manifest
from models.export.errors import ExportError
from models.export.half_weights import store_half
from models.export.memory import measure_memory
from models.export.mesh_parts import MeshGraph, MeshOptions, MeshParts, load_triposg, load_triposr
from models.export.model_card import write_model_card
from models.export.onnx_graph import Difference, GraphIo, compare_graph, export_graph
from models.export.stable_diffusion import parse_id, parse_origin
from models.export.training_data import read_training_data

TOLERANCE = 1e-4
"""Largest difference from torch, as a share of the largest value, of weights in float32."""
CHECKED_POINTS = 1000
"""Points of the field decoder that torch and the graph are compared at."""


def export_bundle(
    parts: MeshParts,
    folder: Path,
    facts: BundleFacts,
    dtype: Literal["float32", "float16"] = "float32",
    report: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Writes the bundle and gives the content of bundle.json; the folder appears whole or not at all.

    float16 rounds the stored weights; graphs compute in float32 all the same.

    Raises ExportError if a graph in float32 differs from torch by more than the tolerance.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"{folder.name} is there already; expected a new folder or an empty one.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        manifest = _write(parts, Path(scratch), facts, dtype, report)
        folder.mkdir(exist_ok=True)
        for entry in sorted(Path(scratch).iterdir()):
            shutil.move(entry, folder / entry.name)
    return manifest


def _write(
    parts: MeshParts, folder: Path, facts: BundleFacts, dtype: str, report: Callable[[str], None]
) -> dict[str, Any]:
    differences: dict[str, Difference] = {}
    for name, graph in parts.graphs.items():
        found = _export_checked(graph, folder / f"{name}.onnx", dtype)
        differences[name] = found
        report(f"{name}: max abs {found.absolute:.2e} of {found.magnitude:.3g}")
    shapes = {
        f"{name}.onnx": {key: list(shape) for key, (_, shape) in graph.inputs.items()}
        for name, graph in parts.graphs.items()
    }
    manifest = write_manifest(
        folder,
        replace(facts, derived_from=[*facts.derived_from, *parts.derived_from]),
        "mesh",
        components={name: f"{name}.onnx" for name in parts.graphs},
        memory_bytes=measure_memory(folder, list(shapes), shapes),
        mesh_diffusion=parts.config,
    )
    write_model_card(folder, manifest, differences)
    return manifest


def _export_checked(graph: MeshGraph, file: Path, dtype: str) -> Difference:
    small = _with_fewer_points(graph)
    outputs = [GraphIo(name, axes) for name, axes in graph.outputs.items()]
    export_graph(graph.module, file, small.example(2), outputs)
    found = [compare_graph(graph.module, file, small.example(*size)) for size in ((1, 0), (3, 5))]
    worst = max(found, key=lambda one: one.absolute / max(one.magnitude, 1.0))
    limit = TOLERANCE * max(worst.magnitude, 1.0)
    if not worst.absolute <= limit:
        raise ExportError(
            f"{file.name} differs from torch by {worst.absolute:.2e}; expected at most {limit:.2e}."
        )
    if dtype == "float16":
        store_half(file)
        return compare_graph(graph.module, file, small.example(1))
    return worst


def _with_fewer_points(graph: MeshGraph) -> MeshGraph:
    if "points" not in graph.inputs:
        return graph
    axes, shape = graph.inputs["points"]
    fewer = (axes, (1, min(shape[1], CHECKED_POINTS), 3))
    return replace(graph, inputs={**graph.inputs, "points": fewer})


def make_parser() -> argparse.ArgumentParser:
    """Gives the parser of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--triposg", type=Path, metavar="DIR", help="pipeline folder with transformer/, vae/, …"
    )
    source.add_argument("--triposr", type=Path, metavar="FILE", help="state dict, .safetensors")
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder of the bundle; new or empty")
    add("--id", type=parse_id, required=True)
    add("--name", required=True, help="name that people see")
    add("--version", default="1.0.0")
    add("--description", default="")
    add("--purpose", choices=("starter", "production", "test"), default="production")
    add("--made-by", default="exported by Genga's models.export.mesh_diffusion")
    add("--derived-from", type=parse_origin, action="append", default=[], metavar="NAME=SOURCE[,SHA256]")
    add("--licence", required=True, help="SPDX identifier, or LicenseRef-<name>")
    add("--licence-url")
    add("--commercial-use", choices=("yes", "no"), required=True)
    add("--training-data", required=True, metavar="FILE|undeclared", help="JSON list of data sets")
    add("--dtype", choices=("float32", "float16"), default="float32", help="of the stored weights")
    add("--tokens", type=int, default=2048, help="TripoSG: rows of a latent")
    add("--heads", type=int, help="TripoSR: attention heads of the transformer, 16 as published")
    add("--encoder-heads", type=int, help="attention heads of the image encoder; 64 numbers each by default")
    add("--image-size", type=int, help="pixels that the image encoder sees; as published by default")
    add("--grid", type=int, default=256, help="cells along a side of the field by default")
    add("--steps", type=int, default=50, help="TripoSG: denoising steps by default")
    add("--guidance", type=float, default=7.0, help="TripoSG: classifier-free guidance by default")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Exports; gives 0, or 1 with a message on stderr."""
    args = make_parser().parse_args(arguments)
    licence = {"spdx": args.licence, "commercial_use": args.commercial_use == "yes"}
    if args.licence_url:
        licence["url"] = args.licence_url
    try:
        facts = BundleFacts(
            id=args.id,
            name=args.name,
            version=args.version,
            description=args.description,
            purpose=args.purpose,
            made_by=args.made_by,
            licence=licence,
            training_data=read_training_data(args.training_data),
            derived_from=args.derived_from,
        )
        options = MeshOptions(
            size=args.image_size,
            tokens=args.tokens,
            heads=args.heads,
            encoder_heads=args.encoder_heads,
            grid_resolution=args.grid,
            num_inference_steps=args.steps,
            guidance_scale=args.guidance,
        )
        parts = load_triposg(args.triposg, options) if args.triposg else load_triposr(args.triposr, options)
        export_bundle(parts, args.out, facts, args.dtype)
    except ExportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{args.out}: bring it in with `genga models import {args.out}`")
    return 0


if __name__ == "__main__":
    sys.exit(main())
