"""Look presets: styles that are put around a prompt. Free of `bpy`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from genga_client.protocol import BundleSummary

SLOT = "{prompt}"


@dataclass(frozen=True, kw_only=True)
class Look:
    """A style."""

    id: str
    name: str
    template: str
    """Prompt with `{prompt}` where the artist's words go."""
    purposes: tuple[str, ...]
    """Purposes of the bundles that know its words."""

    def suits(self, bundle: BundleSummary | None) -> bool:
        """Whether the bundle knows this style; an unknown bundle may."""
        return bundle is None or bundle.purpose in self.purposes


@lru_cache(maxsize=1)
def looks() -> tuple[Look, ...]:
    """Gives the looks that come with the add-on, in the order of the menu."""
    entries = json.loads((Path(__file__).parent / "looks.json").read_text(encoding="utf-8"))
    return tuple(Look(**{**entry, "purposes": tuple(entry["purposes"])}) for entry in entries)


def fill_template(template: str, prompt: str) -> str:
    """Puts the prompt into a look's template: "clay render of a well".

    Without a prompt the words that lead to it go too: "clay render". A template without `{prompt}` goes
    before the prompt.
    """
    prompt, template = prompt.strip(), template.strip() or SLOT
    if SLOT not in template:
        return f"{template}, {prompt}" if prompt else template
    if prompt:
        return template.replace(SLOT, prompt)
    bare = re.sub(r"\s*\b(of|showing)?\s*\{prompt\}", "", template)
    return re.sub(r"^[\s,]+|[\s,]+$", "", bare)
