"""What a number, a string or a list on the wire may be."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limit:
    """Bounds of a field; stands in its annotation: ``Annotated[int, Limit(minimum=0)]``."""

    minimum: float | None = None
    maximum: float | None = None
    more_than: float | None = None
    less_than: float | None = None
    multiple_of: float | None = None
    min_length: int | None = None
    """Characters of a string (UTF-16 units, as the core counts), items of a list."""
    max_length: int | None = None
    pattern: str | None = None
    """Regular expression that a string must contain, as in JSON Schema."""

    def problem(self, value: object) -> str | None:
        """Says what is wrong with a value of the right type, or None."""
        if isinstance(value, str):
            length = len(value) if value.isascii() else len(value.encode("utf-16-le", "surrogatepass")) // 2
            # `$` of Python also stands before a last newline; the core's does not.
            if self.pattern is not None and not re.search(self.pattern.replace("$", r"\Z"), value):
                return f"must match {self.pattern}"
            return self._length_problem(length, "characters")
        if isinstance(value, list):
            return self._length_problem(len(value), "items")  # pyright: ignore[reportUnknownArgumentType]
        if isinstance(value, (int, float)):
            return self._number_problem(value)
        return None

    def _length_problem(self, length: int, unit: str) -> str | None:
        if self.min_length is not None and length < self.min_length:
            return f"must have at least {self.min_length} {unit}"
        if self.max_length is not None and length > self.max_length:
            return f"must have at most {self.max_length} {unit}"
        return None

    def _number_problem(self, value: float) -> str | None:
        if self.minimum is not None and value < self.minimum:
            return f"must be at least {self.minimum}"
        if self.maximum is not None and value > self.maximum:
            return f"must be at most {self.maximum}"
        if self.more_than is not None and value <= self.more_than:
            return f"must be more than {self.more_than}"
        if self.less_than is not None and value >= self.less_than:
            return f"must be less than {self.less_than}"
        if self.multiple_of is not None and value % self.multiple_of != 0:
            return f"must be a multiple of {self.multiple_of}"
        return None
