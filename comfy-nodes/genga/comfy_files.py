"""Files of ComfyUI's folders that a node's input names."""

from __future__ import annotations

from pathlib import Path

import folder_paths

from .errors import GengaNodeError


def named_file(named: str | None, giver: str) -> Path:
    """Gives the file of a name such as `genga/walk_00001_.json [output]`.

    giver: the node whose path fits here, for the message.

    Raises GengaNodeError if there is no such file, or it lies elsewhere.
    """
    if not named:
        raise GengaNodeError("No file was chosen.", f"Choose one, or connect the path of {giver}.")
    file = Path(folder_paths.get_annotated_filepath(named)).resolve()
    roots = (
        folder_paths.get_input_directory(),
        folder_paths.get_output_directory(),
        folder_paths.get_temp_directory(),
    )
    if not any(file.is_relative_to(Path(root).resolve()) for root in roots):
        raise GengaNodeError(
            f"{named} is outside ComfyUI's input, output and temp folders.", "Copy it into one of them."
        )
    if not file.is_file():
        raise GengaNodeError(f"There is no {named}.", "Choose another file, or run the node that saves it.")
    return file
