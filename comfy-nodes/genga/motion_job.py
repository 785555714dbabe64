"""Motion jobs of the core: their files with the credentials, as motions."""

from __future__ import annotations

import logging
from typing import Any

from genga_client import Client

from .job_view import JobView, progress_bar
from .made import MadeFile
from .motion import MIME, Motion
from .running import CheckInterrupt
from .settings import load_settings
from .signed_file import SignedFile, fetch_output, put_file

log = logging.getLogger("genga")


def run_motion(
    client: Client, params: dict[str, Any], node_id: str | None, check: CheckInterrupt
) -> list[dict[str, SignedFile]]:
    """Runs a motion job, shown on the node; gives the files of each variation by form.

    Raises GengaError; what `check` raises.
    """
    job = client.submit("motion", params, prompt_privacy=load_settings().prompt_privacy)
    result = job.wait(JobView(progress_bar(node_id), node_id).take, on_tick=check)
    made: list[dict[str, SignedFile]] = []
    told = [output.record.motion.warnings for output in result.outputs if output.record.motion is not None]
    for warning in dict.fromkeys(warning for warnings in told for warning in warnings):
        log.warning("%s", warning)
    for output in result.outputs:
        check()
        variation = output.variation or 0
        while len(made) <= variation:
            made.append({})
        made[variation][str(output.format)] = fetch_output(client, output)
    return made


def source_params(client: Client, motion: Motion, output: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Gives the parameters of a job that takes a motion as it is, to change or to write it otherwise."""
    bundles = {bundle.id for bundle in client.status().bundles if bundle.allowed}
    return {
        "source": put_file(client, motion.json, MIME),
        # Nothing of a model goes in, but the core wants one at hand: the one that made it, while it is there.
        **({"bundle": motion.bundle} if motion.bundle in bundles else {}),
        # Feet were held when it was made; here nothing changes but what is asked for.
        "foot_lock": False,
        "output": output,
        **changes,
    }


def made_files(motions: tuple[Motion, ...]) -> list[MadeFile]:
    """Gives what a later node of the graph names as the motions that it was made from."""
    return [motion.json.made for motion in motions]


def shown_motions(motions: tuple[Motion, ...]) -> dict[str, Any]:
    """Gives what the page needs to play motions on a node."""
    return {
        "genga_motion": [
            {"sha256": motion.json.sha256, "name": motion.json.name, "seed": motion.seed}
            for motion in motions
        ]
    }
