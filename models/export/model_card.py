"""Writes MODEL_CARD.md from what bundle.json and the export's own measurements say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.export.onnx_graph import Difference


def write_model_card(folder: Path, manifest: dict[str, Any], differences: dict[str, Difference]) -> None:
    """Writes the card; it repeats facts and adds none."""
    licence = manifest["licence"]
    commercial = "allowed" if licence["commercial_use"] else "not allowed"
    lines = [
        f"# {manifest['name']}",
        "",
        manifest["description"] or "(no description)",
        "",
        "| | |",
        "|---|---|",
        f"| id, version | `{manifest['id']}`, {manifest['version']} |",
        f"| purpose | {manifest['purpose']} |",
        f"| made by | {manifest['made_by']} |",
        f"| licence | {licence['spdx']}, commercial use {commercial}{_address(licence)} |",
        *_family_rows(manifest),
        f"| peak memory at the default size | {manifest['memory_bytes'] / 1e6:.0f} MB |",
        "",
        "## Training data",
        "",
        *_training_data(manifest["training_data"]),
        "",
        *_derived_from(manifest["derived_from"]),
        "## Difference from torch",
        "",
        "Largest absolute difference between ONNX Runtime (CPU) and torch on random inputs, at two sizes.",
        "",
        "| graph | difference | largest value |",
        "|---|---|---|",
        *(f"| {name} | {d.absolute:.1e} | {d.magnitude:.3g} |" for name, d in differences.items()),
        "",
    ]
    (folder / "MODEL_CARD.md").write_text("\n".join(lines), encoding="utf-8")


def _family_rows(manifest: dict[str, Any]) -> list[str]:
    if (motion := manifest.get("motion_diffusion")) is not None:
        defaults = motion["defaults"]
        return [
            f"| features | {motion['representation']}, {motion['window_frames']} frames at {motion['fps']} |",
            f"| default | {defaults['duration_s']} s, {defaults['num_inference_steps']} steps,"
            f" guidance {defaults['guidance_scale']} |",
        ]
    if (mesh := manifest.get("mesh_diffusion")) is not None:
        return _mesh_rows(mesh)
    config = manifest["stable_diffusion"]
    defaults = config["defaults"]
    kinds = ", ".join(control["kind"] for control in config["controls"]) or "none"
    return [
        f"| control kinds | {kinds} |",
        f"| default | {defaults['width']} x {defaults['height']}, {defaults['num_inference_steps']} steps,"
        f" guidance {defaults['guidance_scale']}, {defaults['scheduler']} |",
    ]


def _mesh_rows(mesh: dict[str, Any]) -> list[str]:
    field, defaults, sampler = mesh["field"], mesh["defaults"], mesh["sampler"]
    colour = "with colour" if field["colour"] else "without colour"
    steps = (
        "one pass"
        if sampler["type"] == "one_pass"
        else f"{defaults['num_inference_steps']} steps, guidance {defaults['guidance_scale']}"
    )
    return [
        f"| told by | {mesh['conditioning']} |",
        f"| field | {field['kind']}, {colour}; latent of {mesh['latent']['tokens']} x"
        f" {mesh['latent']['channels']} |",
        f"| default | {steps}, {defaults['grid_resolution']} cells along a side |",
    ]


def _address(licence: dict[str, Any]) -> str:
    return f" ({licence['url']})" if "url" in licence else ""


def _training_data(declaration: list[dict[str, str]] | str) -> list[str]:
    if isinstance(declaration, str):
        return [
            "Undeclared: its maker does not say what it was trained on. Policies other than `open` refuse it."
        ]
    if not declaration:
        return ["None. The weights are random numbers; nothing was trained."]
    rows = [
        f"| {d['name']} | {d['source']} | {d['licence']} | {d['used_for']} | {d.get('sha256', '')} |"
        for d in declaration
    ]
    notices = [f"- {d['name']}: {d['notice']}" for d in declaration if "notice" in d]
    table = ["| data set | source | licence | used for | SHA-256 |", "|---|---|---|---|---|", *rows]
    return [*table, "", *notices] if notices else table


def _derived_from(models: list[dict[str, str]]) -> list[str]:
    if not models:
        return []
    return ["## Derived from", "", *(f"- {m['name']}: {m['source']}" for m in models), ""]
