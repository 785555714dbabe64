"""The words of a motion: one sentence a line, with its seconds after a bar."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import GengaNodeError

_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(?:s|sec|seconds?)?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A sentence and how long it is done."""

    prompt: str
    duration_s: float | None
    """None = what the node or the bundle says."""


def parse_timeline(text: str) -> list[Segment]:
    """Reads lines such as `a person walks forward | 3.5 s`; empty ones are left out.

    Raises GengaNodeError that names the line.
    """
    segments: list[Segment] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        prompt, bar, after = line.rpartition("|")
        if not bar:
            prompt, duration_s = line, None
        else:
            found = _DURATION.fullmatch(after.strip())
            if found is None or float(found.group(1)) <= 0:
                raise GengaNodeError(
                    f'Line {number} of the timeline lasts "{after.strip()}"; expected seconds above 0.',
                    "Write for instance: a person waves | 2.5 s",
                )
            duration_s = float(found.group(1))
        if not prompt.strip():
            raise GengaNodeError(
                f"Line {number} of the timeline has a duration, but no words.",
                "Say what the figure does before the bar.",
            )
        segments.append(Segment(prompt=prompt.strip(), duration_s=duration_s))
    return segments
