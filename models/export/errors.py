"""The one error that exporters raise for a person to read."""

from __future__ import annotations


class ExportError(Exception):
    """A model that cannot become a bundle; the message says what was met and what would be right."""
