"""Arguments of `blender -b FILE.blend --command genga …`. Free of `bpy`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from .. import capture


class UsageError(Exception):
    """The command line is wrong; the text says how."""


class _Parser(argparse.ArgumentParser):
    """argparse ends the process on a mistake; Blender must end by itself."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.format_usage()}{self.prog}: {message}")


def parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Reads the arguments after `--command genga`. Raises UsageError, and SystemExit after `--help`."""
    core = _Parser(add_help=False)
    core.add_argument("--scene", help="name of the scene (default: the one the file was saved with)")
    core.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a setting of scene.genga; of other panels as maps.KEY, motion.KEY, mesh.KEY, texture.KEY; "
        "may be given often",
    )
    core.add_argument(
        "--core", metavar="URL", help="ws:// or wss:// address (default: as the preferences say)"
    )
    core.add_argument("--token-file", metavar="FILE", help="file with the token of that core; or GENGA_TOKEN")
    core.add_argument("--json", action="store_true", help="end with one line of JSON that sums up")
    core.add_argument("--quiet", action="store_true", help="no lines of progress")
    common = _Parser(add_help=False, parents=[core])
    common.add_argument("--camera", help="name of the camera (default: the scene's)")

    picture = _Parser(add_help=False)
    picture.add_argument("--prompt", help="short for --set prompt=…")
    picture.add_argument(
        "--seed", type=int, help="0 to 2147483647; keeps the seed (default: the file's, if locked)"
    )
    picture.add_argument("--bundle", help="id of the model")

    parser = _Parser(prog="genga", description="Signed pictures, motion and meshes without a window.")
    commands = parser.add_subparsers(
        dest="command", metavar="image | frames | maps | motion | mesh | texture", required=True
    )

    image = commands.add_parser("image", parents=[common, picture], help="make pictures of one frame")
    image.add_argument(
        "--output", required=True, metavar="FILE", help=".png, .webp or .jpg; -1, -2 … with --count"
    )
    image.add_argument("--frame", type=int, help="frame (default: the file's current one)")
    image.add_argument("--count", type=int, help="pictures, each with the next seed")

    frames = commands.add_parser("frames", parents=[common, picture], help="make an image sequence")
    frames.add_argument(
        "--output", metavar="PATTERN", help="for instance //frames/####.png (default: the file's)"
    )
    frames.add_argument("--start", type=int, help="first frame (default: the scene's)")
    frames.add_argument("--end", type=int, help="last frame")
    frames.add_argument("--step", type=int, help="every n-th frame")
    frames.add_argument("--seed-policy", choices=("fixed", "per-frame"))
    frames.add_argument(
        "--existing", choices=("resume", "skip", "overwrite"), help="frames that are there already"
    )
    frames.add_argument("--ahead", type=int, help="jobs that the core has at once, 1 to 16")

    maps = commands.add_parser("maps", parents=[common], help="save control maps; needs no core")
    maps.add_argument("--output", required=True, metavar="FOLDER")
    maps.add_argument(
        "--kinds", default="depth,normal,lineart,segmentation,light", help="with commas between"
    )
    maps.add_argument("--size", metavar="WxH", help="pixels (default: the render's)")
    maps.add_argument("--frame", type=int, help="frame (default: the file's current one)")

    motion = commands.add_parser("motion", parents=[core], help="make motion on an armature")
    motion.add_argument("--output", metavar="FILE", help=".blend to save (default: the file that was opened)")
    motion.add_argument("--armature", help="name of the armature (default: the only one of the scene)")
    motion.add_argument(
        "--prompt", action="append", metavar="TEXT", help="a sentence; several follow one another"
    )
    motion.add_argument(
        "--frames", action="append", type=int, metavar="N", help="length of each sentence (default: 4 s)"
    )
    motion.add_argument("--markers", action="store_true", help="take the sentences from timeline markers")
    motion.add_argument("--start", type=int, help="first frame (default: the file's current one)")
    motion.add_argument("--seed", type=int, help="0 to 2147483647 (default: the file's, if locked)")
    motion.add_argument("--bundle", help="id of the model")
    motion.add_argument("--path", help="name of a curve that the hips follow")
    motion.add_argument("--save-motion", metavar="FILE", help="save the signed file of the motion as well")

    made = _Parser(add_help=False)
    made.add_argument("--output", metavar="FILE", help=".blend to save (default: the file that was opened)")
    made.add_argument("--prompt", metavar="TEXT", help="short for --set mesh.prompt=… or texture.prompt=…")
    made.add_argument("--seed", type=int, help="0 to 2147483647 (default: the file's, if locked)")
    made.add_argument("--bundle", help="id of the model")
    made.add_argument("--texture-size", metavar="PIXELS", help="256, 512, 1024, 2048 or 4096")
    made.add_argument("--save-mesh", metavar="FILE", help="save the signed .glb as well; -1, -2 … of several")

    mesh = commands.add_parser("mesh", parents=[core, made], help="make meshes at the 3D cursor")
    mesh.add_argument("--source", metavar="NAME", help="auto, parametric, library or generated")
    mesh.add_argument("--image", metavar="FILE", help="reference picture, for models that take one")
    mesh.add_argument("--count", type=int, help="variations, each with the next seed")
    mesh.add_argument("--triangles", type=int, help="most triangles (default: 20000)")
    mesh.add_argument("--lods", type=int, help="levels of detail besides, each with half the triangles")

    texture = commands.add_parser("texture", parents=[core, made], help="paint objects of the scene")
    texture.add_argument(
        "--object", action="append", metavar="NAME", help="which one, may be given often (default: the only)"
    )
    texture.add_argument("--views", type=int, help="most pictures around the objects")
    texture.add_argument("--unwrap", action="store_true", help="unwrap objects that have no UV map")
    return parser.parse_args(list(argv))


def parse_kinds(text: str) -> list[str]:
    """Reads a list of control kinds. Raises UsageError."""
    kinds = [kind.strip() for kind in text.split(",") if kind.strip()]
    unknown = [kind for kind in kinds if kind not in capture.KINDS]
    if unknown or not kinds:
        met = unknown[0] if unknown else text
        raise UsageError(f'Unknown control map "{met}"; expected of: {", ".join(capture.KINDS)}.')
    return kinds


def parse_size(text: str) -> tuple[int, int]:
    """Reads a size as 512x288. Raises UsageError."""
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdigit() and height.isdigit() and int(width) and int(height)):
        raise UsageError(f'Cannot read the size "{text}"; expected for instance 512x288.')
    return int(width), int(height)
