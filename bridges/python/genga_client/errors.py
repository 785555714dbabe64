"""The one error type of the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .protocol import ErrorBody, ErrorCode


class GengaError(Exception):
    """Something that the core refused, that failed in a job, or that kept the client from the core.

    Branch on ``code``; show ``str(error)``, which ends with the remedy.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        remedy: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        """One of `protocol.ERROR_CODES`; a later core may know more."""
        self.message = message
        """What was wrong, the value met, what would be right."""
        self.remedy = remedy
        """What the person can do about it."""
        self.data: dict[str, Any] = dict(data or {})
        """Facts for a program."""

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}" if self.remedy else self.message

    def __repr__(self) -> str:
        return f"GengaError({self.code!r}, {self.message!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions are pickled by their args alone; processes of a farm hand errors on.
        return _again, (self.code, self.message, self.remedy, self.data)

    @staticmethod
    def from_body(body: ErrorBody) -> GengaError:
        """Makes the error again that the core sent."""
        return GengaError(body.code, body.message, remedy=body.remedy, data=body.data)


def _again(code: ErrorCode, message: str, remedy: str | None, data: dict[str, Any]) -> GengaError:
    return GengaError(code, message, remedy=remedy, data=data)
