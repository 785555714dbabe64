"""What a datablock remembers of its making, whatever the task."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from genga_client.protocol import Task

if TYPE_CHECKING:
    from ..session import OutputFile


def made_record(task: Task, title: str, file: OutputFile, **more: Any) -> dict[str, Any]:
    """Gives the facts of a file that came; `more` are those of the task alone."""
    record, output = file.output.record, file.output
    return {
        "task": task,
        "title": title,
        "job_id": record.job_id,
        "sha256": file.asset.sha256,
        "mime": file.asset.mime,
        "sidecar_sha256": output.sidecar.sha256 if output.sidecar is not None else None,
        "bundle": record.params.get("bundle", ""),
        "seed": output.seed,
        "time": record.created or datetime.now(timezone.utc).isoformat(),
        "core_version": record.software,
        **more,
    }


def model_lines(file: OutputFile) -> list[str]:
    """Gives name, version and licence of each model that made a file."""
    return [f"{model.name} {model.version} ({model.licence.spdx})" for model in file.output.record.models]
