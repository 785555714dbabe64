"""What made a picture, in lines for people and as JSON."""

from __future__ import annotations

import json
from typing import Any

from genga_client.codec import encode
from genga_client.protocol import GenerationRecord, SigningRecord, TrainingDeclaration, Verification

STATES = {
    "trusted": "Valid, and the signer is trusted here",
    "valid": "Valid; the signer is not known here",
    "tampered": "Changed since it was signed",
    "known": "No credential left, but this core's log knows it",
    "unsigned": "Unsigned",
}
"""State of a credential in words."""
ICONS = {
    "trusted": "CHECKMARK",
    "valid": "CHECKMARK",
    "tampered": "ERROR",
    "known": "QUESTION",
    "unsigned": "X",
}


def fact_lines(found: Verification) -> list[tuple[str, str]]:
    """Gives pairs of label and value: who signed, what made it, from what."""
    lines = []
    if found.issuer:
        lines.append(("Signed by", found.issuer))
    if found.perceptual_distance is not None:
        lines.append(("Found by its picture", f"{found.perceptual_distance:.0f} of 64 bits differ"))
    if found.record is not None:
        lines += _generation(found.record)
    if found.signing is not None:
        lines += _signing(found.signing)
    elif found.ingredients and found.record is None:
        lines.append(("Made from", ", ".join(found.ingredients)))
    if found.log is not None:
        lines.append(("Log entry", str(found.log.index)))
    lines += [("Problem", f"{problem.explanation} ({problem.code})") for problem in found.problems]
    return lines


def record_text(found: Verification) -> str:
    """Gives the state and the lines as text."""
    head = f"{STATES.get(found.state, found.state)}\nSHA-256: {found.sha256}\n"
    return head + "".join(f"{label}: {value}\n" for label, value in fact_lines(found))


def record_json(found: Verification) -> str:
    """Gives the whole verification as JSON."""
    return json.dumps(encode(found), indent=2, ensure_ascii=False)


def _generation(record: GenerationRecord) -> list[tuple[str, str]]:
    params = record.params
    lines = [("Prompt", _prompt(params.get("prompt"))), ("Seed", str(record.seed))]
    for model in record.models:
        lines.append(("Model", f"{model.name} {model.version}"))
        lines.append(("Licence", model.licence.spdx))
        lines.append(("Training data", _training(model.training_data)))
    lines += [
        ("Input", f"{entry.name or entry.sha256[:12]} ({entry.role}, {entry.credential})")
        for entry in record.inputs
    ]
    who = [value for value in (record.who.user, record.who.project, record.who.shot) if value]
    if who:
        lines.append(("Made for", ", ".join(who)))
    lines.append(("Made", f"{record.created}, {record.software}, {record.execution.device}"))
    return [(label, value) for label, value in lines if value]


def _signing(record: SigningRecord) -> list[tuple[str, str]]:
    lines = [("Declared by", " ".join(filter(None, (record.declared_by.client, record.declared_by.user))))]
    for action in record.actions:
        lines.append(("Action", action.description or action.action))
    for part in record.ingredients:
        name = part.name or part.sha256[:12]
        lines.append(("Made from", f"{name} ({part.relationship}, {part.credential})"))
    lines.append(("Signed", f"{record.created}, {record.software}"))
    return [(label, value) for label, value in lines if value]


def _prompt(prompt: Any) -> str:
    text = prompt if isinstance(prompt, str) else ""
    return "(private)" if text.startswith("sha256:") else text


def _training(data: TrainingDeclaration) -> str:
    if isinstance(data, str):
        return "not declared" if data == "undeclared" else data
    return ", ".join(f"{entry.name} ({entry.licence})" for entry in data) or "none"
