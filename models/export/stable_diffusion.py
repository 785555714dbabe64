"""Turns a diffusers pipeline folder of the SD 1.5 class into a bundle.

python -m models.export.stable_diffusion --pipeline DIR --controlnet depth=DIR --id ID --name NAME \\
    --licence SPDX --commercial-use yes --training-data FILE --out DIR
"""

from __future__ import annotations

import argparse
import re
import sys
from importlib.metadata import version
from pathlib import Path

from models.export.bundle import BundleFacts
from models.export.errors import ExportError
from models.export.pipeline_folder import CONTROL_KINDS, ControlNetFolder, load_pipeline
from models.export.stable_diffusion_bundle import ExportOptions, export_bundle
from models.export.training_data import read_training_data

SCHEDULERS = ("ddim", "euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_karras", "unipc", "lcm")


def parse_controlnet(text: str) -> ControlNetFolder:
    """Reads `KIND=DIR[,bgr][,invert]`."""
    kind, equals, rest = text.partition("=")
    folder, *flags = rest.split(",")
    unknown = set(flags) - {"bgr", "invert"}
    if not equals or not folder or kind not in CONTROL_KINDS or unknown:
        raise argparse.ArgumentTypeError(
            f"{text!r}; expected KIND=DIR[,bgr][,invert] with KIND one of: {', '.join(CONTROL_KINDS)}"
        )
    return ControlNetFolder(kind, Path(folder), "bgr" if "bgr" in flags else "rgb", "invert" in flags)


def parse_origin(text: str) -> dict[str, str]:
    """Reads `NAME=SOURCE[,SHA256]`."""
    name, equals, rest = text.partition("=")
    match = re.fullmatch(r"(.+?)(?:,([0-9a-f]{64}))?", rest)
    if not equals or not name or match is None:
        raise argparse.ArgumentTypeError(f"{text!r}; expected NAME=SOURCE[,SHA256]")
    source, digest = match.groups()
    return {"name": name, "source": source, **({"sha256": digest} if digest else {})}


def parse_id(text: str) -> str:
    """Reads a bundle id."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,99}", text):
        raise argparse.ArgumentTypeError(
            f"{text!r}; expected lower-case letters, digits, dot, dash, underscore"
        )
    return text


def make_parser() -> argparse.ArgumentParser:
    """Gives the parser of the command line."""
    parser = argparse.ArgumentParser(
        description="Turns a diffusers pipeline of the SD 1.5 class into a bundle."
    )
    add = parser.add_argument
    add("--pipeline", type=Path, required=True, help="folder with model_index.json")
    add("--controlnet", type=parse_controlnet, action="append", default=[], metavar="KIND=DIR[,bgr][,invert]")
    add("--taesd", type=Path, help="folder of an AutoencoderTiny, for previews")
    add("--out", type=Path, required=True, help="folder of the bundle; new or empty")
    add("--id", type=parse_id, required=True)
    add("--name", required=True, help="name that people see")
    add("--version", default="1.0.0")
    add("--description", default="")
    add("--purpose", choices=("starter", "production", "test"), default="production")
    add("--made-by", help="who made the bundle, and with what")
    add("--derived-from", type=parse_origin, action="append", default=[], metavar="NAME=SOURCE[,SHA256]")
    add("--licence", required=True, help="SPDX identifier, or LicenseRef-<name>")
    add("--licence-url")
    add("--commercial-use", choices=("yes", "no"), required=True)
    add(
        "--training-data",
        required=True,
        metavar="FILE|undeclared",
        help="JSON list of data sets; docs/bundles.md",
    )
    add("--width", type=int, help="default size, pixels")
    add("--height", type=int)
    add("--steps", type=int, default=20)
    add("--guidance", type=float, default=7.5)
    add("--scheduler", choices=SCHEDULERS, default="dpmpp_2m_karras")
    add("--min-size", type=int, default=64)
    add("--max-size", type=int, default=2048)
    add(
        "--dtype",
        choices=("float32", "float16"),
        default="float32",
        help="of the weights; inputs stay float32",
    )
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Exports; gives 0, or 1 with a message on stderr."""
    args = make_parser().parse_args(arguments)
    licence = {"spdx": args.licence, "commercial_use": args.commercial_use == "yes"}
    if args.licence_url:
        licence["url"] = args.licence_url
    tools = ", ".join(f"{name} {version(name)}" for name in ("torch", "diffusers", "onnx"))
    try:
        facts = BundleFacts(
            id=args.id,
            name=args.name,
            version=args.version,
            description=args.description,
            purpose=args.purpose,
            made_by=args.made_by or f"exported by Genga's models.export.stable_diffusion with {tools}",
            licence=licence,
            training_data=read_training_data(args.training_data),
            derived_from=args.derived_from,
        )
        kinds = [entry.kind for entry in args.controlnet]
        if len(set(kinds)) < len(kinds):
            raise ExportError(
                f"Two ControlNets for one kind: {', '.join(kinds)}; expected one for each kind."
            )
        export_bundle(
            load_pipeline(args.pipeline, args.controlnet, args.taesd),
            args.out,
            facts,
            ExportOptions(
                width=args.width,
                height=args.height,
                num_inference_steps=args.steps,
                guidance_scale=args.guidance,
                scheduler=args.scheduler,
                min_size=args.min_size,
                max_size=args.max_size,
                dtype=args.dtype,
            ),
        )
    except ExportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{args.out}: bring it in with `genga models import {args.out}`")
    return 0


if __name__ == "__main__":
    sys.exit(main())
