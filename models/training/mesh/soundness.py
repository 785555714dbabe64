"""What made meshes are like as files and surfaces, and how long they took."""

from __future__ import annotations

from typing import Any

import numpy as np

from .prompts import Request

ON_BUDGET = 0.98
"""A mesh is on its budget with at least this share of the triangles that were asked for, and no more."""


def soundness(requests: list[Request], sizes: dict[str, list[float]]) -> dict[str, Any]:
    """Gives what the files are like as files and as surfaces."""
    answers = [request.answer for request in requests]

    def share(values: list[bool]) -> float:
        return round(float(np.mean(values)), 3)

    in_range = []
    for request in requests:
        category = request.answer["origin"].get("category")
        if category in sizes:
            least, greatest = sizes[category]
            in_range.append(0.8 * least <= max(request.answer["size_m"]) <= 1.25 * greatest)
    return {
        "meshes": len(answers),
        "validator_errors": sum(answer["errors"] for answer in answers),
        "validator_warnings": sum(answer["warnings"] for answer in answers),
        "over_budget": sum(
            answer["triangles"] > request.params.get("target_triangles", 20_000)
            for request, answer in zip(requests, answers, strict=True)
        ),
        "on_budget": share(
            [
                ON_BUDGET <= answer["triangles"] / request.params.get("target_triangles", 20_000) <= 1
                for request, answer in zip(requests, answers, strict=True)
            ]
        ),
        "triangles_median": int(np.median([answer["triangles"] for answer in answers])),
        "one_component": share([answer["components"] == 1 for answer in answers]),
        "watertight": share([answer["watertight"] for answer in answers]),
        "manifold": share([answer["manifold"] for answer in answers]),
        "uv_overlapping": sum(answer["uv_overlapping"] for answer in answers),
        "uv_outside": sum(answer["uv_outside"] for answer in answers),
        "stands_on_ground": share([abs(answer["lowest_m"]) < 1e-3 for answer in answers]),
        "size_in_range": share(in_range) if in_range else None,
        "sizes_known": len(in_range),
        "kilobytes_median": round(float(np.median([answer["bytes"] for answer in answers])) / 1000),
        "levels": levels_of(answers),
    }


def levels_of(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Gives what the further levels of detail are like, beside the share of the triangles asked for."""
    rows = [(answer, level) for answer in answers for level in answer["levels"]]
    # A level has at most its share of the whole's triangles.
    kept = [level["triangles"] / max(int(answer["triangles"] * level["share"]), 1) for answer, level in rows]
    return {
        "levels": len(rows),
        "above": sum(part > 1 for part in kept),
        "within_2_percent": sum(ON_BUDGET <= part <= 1 for part in kept),
        "no_longer_watertight": sum(
            answer["watertight"] and not level["watertight"] for answer, level in rows
        ),
        "uv_overlapping": sum(level["uv_overlapping"] for _, level in rows),
        "uv_overlapping_levels": sum(level["uv_overlapping"] > 0 for _, level in rows),
        "uv_outside": sum(level["uv_outside"] for _, level in rows),
        "triangles": sum(level["triangles"] for _, level in rows),
    }


def timings(requests: list[Request]) -> dict[str, Any]:
    """Gives seconds and stages by source, textures of 1024², 20 000 triangles."""
    found: dict[str, Any] = {}
    for source in dict.fromkeys(request.answer["origin"]["source"] for request in requests):
        answers = [one.answer for one in requests if one.answer["origin"]["source"] == source]
        stages = sorted({stage for answer in answers for stage in answer["stages"]})
        found[source] = {
            "meshes": len(answers),
            "seconds_median": round(float(np.median([answer["ms"] for answer in answers])) / 1000, 1),
            "seconds_most": round(max(answer["ms"] for answer in answers) / 1000, 1),
            "stage_seconds_median": {
                stage: round(float(np.median([one["stages"].get(stage, 0) for one in answers])) / 1000, 2)
                for stage in stages
            },
        }
    found["peak_mb"] = max(request.answer["peak_mb"] for request in requests)
    return found
