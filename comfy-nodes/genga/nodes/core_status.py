"""Core status: whether the core is there, and what it has."""

from __future__ import annotations

import time
from typing import Any

from comfy_api.latest import io, ui
from genga_client import GengaError

from ..bundles import remember
from ..compat import schema, show_text
from ..core import page_link
from ..running import CheckInterrupt, in_thread


class GengaCoreStatus(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaCoreStatus",
            display_name="Genga Core Status",
            category="Genga",
            description="Says whether the Genga core runs, and its version, device, queue, policy and bundles. A core that is away is no error here.",
            search_aliases=["genga", "server status"],
            inputs=[],
            outputs=[
                io.Boolean.Output(display_name="running", tooltip="Whether the core answers."),
                io.String.Output(display_name="report", tooltip="What it says, in a few lines."),
            ],
            hidden=[io.Hidden.unique_id],
            is_output_node=True,
        )

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> str:
        return str(time.time_ns())  # never the same as before

    @classmethod
    async def execute(cls) -> io.NodeOutput:
        running, report = await in_thread(_ask)
        show_text(report, cls.hidden.unique_id)
        return io.NodeOutput(running, report, ui=ui.PreviewText(report))


def _ask(check: CheckInterrupt) -> tuple[bool, str]:
    check()
    try:
        version, status = page_link.call(lambda client: (client.welcome.core.version, client.status()))
    except GengaError as error:
        return False, str(error)
    remember(status.bundles)
    lines = [
        f"Genga {version} on {status.device or 'this machine'} ({status.provider}), up {status.uptime_s / 60:.0f} min",
        f"Queue: {status.running} running, {status.queued} waiting",
        f"Policy: {status.policy}{', prompts kept private' if status.prompt_privacy else ''}",
    ]
    for bundle in status.bundles:
        mark = "" if bundle.allowed else f" - refused: {bundle.refusal}"
        lines.append(
            f"Bundle {bundle.id} {bundle.version} ({bundle.licence.spdx}){' - default' if bundle.default else ''}{mark}"
        )
    return True, "\n".join(lines)
