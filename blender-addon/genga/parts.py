"""Packages that are made of modules with `register` and `unregister`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

Registrations = tuple[Callable[[], None], Callable[[], None]]


def parts_factory(package: str, names: Sequence[str]) -> Registrations:
    """Gives `register` and `unregister` of a package whose parts these modules are, in this order."""

    def register() -> None:
        """Registers every part."""
        for name in names:
            importlib.import_module(f".{name}", package).register()

    def unregister() -> None:
        """Takes every part back, last first."""
        for name in reversed(names):
            importlib.import_module(f".{name}", package).unregister()

    return register, unregister
