"""Errors of nodes, as the person at the graph reads them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from genga_client import GengaError


class GengaNodeError(RuntimeError):
    """What went wrong and what to do about it; `code` is the core's."""

    def __init__(self, message: str, remedy: str | None = None, code: str = "INVALID_REQUEST") -> None:
        super().__init__(f"{message}\n{remedy}" if remedy else message)
        self.code = code


@contextlib.contextmanager
def node_errors() -> Iterator[None]:
    """Turns errors of the client into errors of nodes; anything else passes."""
    try:
        yield
    except GengaError as error:
        raise GengaNodeError(error.message, error.remedy, error.code) from None
