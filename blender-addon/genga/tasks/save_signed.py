"""The operator that saves a signed file as the core sent it; each task registers its own."""

from __future__ import annotations

import os
from pathlib import Path

import bpy
from bpy.props import StringProperty

from ..animation.frame_state import write_frame
from ..preferences import output_folder


class SaveSigned:
    """Of an operator: writes a file and its credential where the artist says."""

    suffix: str
    """Ending of the file's name."""
    gone = ""
    """What is said when the file is not held."""

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})

    def invoke(self, context, event):
        """Asks where."""
        name = bpy.path.clean_name(self.holder(context).name)
        self.filepath = os.fspath(output_folder() / f"{name}{self.suffix}")
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        """Writes both files."""
        held = self.held(self.holder(context))
        if held is None:
            self.report({"ERROR"}, self.gone)
            return {"CANCELLED"}
        path = Path(bpy.path.abspath(self.filepath))
        if not self.filepath or path.is_dir():
            self.report({"ERROR"}, "No file name was given.")
            return {"CANCELLED"}
        data, sidecar = held
        try:
            write_frame(path, data)
            if sidecar is not None:
                write_frame(path.with_name(f"{path.name}.c2pa"), sidecar)
        except OSError as error:
            self.report({"ERROR"}, f"{path}: {error.strerror}.")
            return {"CANCELLED"}
        self.report({"INFO"}, f"Saved {path.name} with its credential")
        return {"FINISHED"}

    def holder(self, context) -> bpy.types.ID:
        """Gives the datablock that holds the file."""
        raise NotImplementedError

    def held(self, holder: bpy.types.ID) -> tuple[bytes, bytes | None] | None:
        """Gives file and credential; None if it holds none."""
        raise NotImplementedError
