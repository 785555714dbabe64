"""Errors with a code, as reports of operators."""

from __future__ import annotations

import bpy
from genga_client import GengaError


def report_error(operator: bpy.types.Operator, error: GengaError) -> set[str]:
    """Reports an error with its remedy; in scripts Blender raises RuntimeError, with the code in front."""
    if error.code == "CANCELLED":
        operator.report({"WARNING"}, error.message)
    else:
        operator.report({"ERROR"}, f"{error.code}: {error}" if bpy.app.background else str(error))
    return {"CANCELLED"}
