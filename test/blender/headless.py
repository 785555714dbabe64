"""Runs `genga …` on a file in a process of its own, as `blender -b FILE --command genga …` does.

    python test/blender/headless.py FILE.blend image --output out.png

Blender as a module has no command line, so this opens the file and calls what Blender would call.
"""

import os
import sys

import bpy

PACKAGE = "bl_ext.user_default.genga"


def main() -> int:
    """Gives the exit code of the command."""
    bpy.ops.preferences.addon_enable(module=PACKAGE)
    bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
    from bl_ext.user_default.genga.command.run_command import run_command

    return run_command(sys.argv[2:])


if __name__ == "__main__":
    code = main()
    bpy.ops.preferences.addon_disable(module=PACKAGE)
    sys.stdout.flush()
    sys.stderr.flush()
    # bpy 4.2 crashes when Python ends after any add-on gave a property an `update` or a `poll`.
    os._exit(code)
