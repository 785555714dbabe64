"""What the studio declares of models that no bundle describes: `models.json` beside the pack's settings."""

from __future__ import annotations

import json
from typing import Any

from .errors import GengaNodeError
from .settings import settings_file

_FIELDS = {"name", "version", "licence", "training_data"}


def declared_of(sha256: str | None) -> dict[str, Any]:
    """Gives licence, training data and better name of a model by its hash; nothing if nobody declared any.

    The file maps SHA-256 to `{"name", "version", "licence": {"spdx", "commercial_use"}, "training_data": …}`,
    fields as in the protocol's DeclaredModel.

    Raises GengaNodeError if the file is no such map.
    """
    path = settings_file().with_name("models.json")
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise GengaNodeError(f"{path} cannot be read: {error}.", "Mend the file or remove it.") from None
    if not isinstance(held, dict):
        raise GengaNodeError(f"{path} holds no map of SHA-256 to facts.", "Mend the file or remove it.")
    facts = held.get(sha256 or "", {})
    unknown = sorted(set(facts) - _FIELDS) if isinstance(facts, dict) else ["?"]
    if unknown:
        known = ", ".join(sorted(_FIELDS))
        raise GengaNodeError(
            f"{path}: {sha256} has a field {unknown[0]!r}; expected {known}.", "Mend the file."
        )
    return facts
