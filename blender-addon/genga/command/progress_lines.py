"""Lines of progress on standard output, not more than one a second for each job."""

from __future__ import annotations

import time


class ProgressLines:
    """Prints `genga: …` lines; farm engines read them."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._last = ("", 0.0)

    def say(self, text: str) -> None:
        """Prints a line at once."""
        if not self._quiet:
            print(f"genga: {text}", flush=True)

    def progress(self, text: str, share: float) -> None:
        """Prints how far something is, in per cent, if that is news."""
        line = f"{text} {share:.0%}"
        now = time.monotonic()
        if line != self._last[0] and now - self._last[1] >= 1.0:
            self._last = (line, now)
            self.say(line)
