"""What the nodes share that run a task of the core."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comfy_api.latest import io
from genga_client import Client
from genga_client.protocol import BundleSummary, Task

from .bundles import DEFAULT, bundle_choices, bundle_mark, remember
from .compat import show_text
from .errors import GengaNodeError


class TaskNode(io.ComfyNode):
    """A node with the input `bundle`: a model for one task."""

    BUNDLE_TASK: Task = "image"

    @classmethod
    def validate_inputs(cls, bundle: str) -> bool:
        # The list on the node may be old; the core knows, and says what it has when a bundle is missing.
        return True

    @classmethod
    def fingerprint_inputs(cls, bundle: str = DEFAULT, **_: Any) -> str:
        return bundle_mark(bundle, cls.BUNDLE_TASK)


def bundle_input(task: Task) -> Any:
    """The choice of a model."""
    return io.Combo.Input(
        "bundle",
        options=bundle_choices(task),
        default=DEFAULT,
        tooltip="Model of the core; default = the one that the core prefers. "
        "Refresh the page's node definitions (R) after installing one.",
    )


def seed_input(what: str) -> Any:
    """The seed of what is made."""
    return io.Int.Input(
        "seed",
        default=0,
        min=0,
        max=0xFFFFFFFF,
        control_after_generate=True,
        tooltip=f"The same graph with the same seed gives the same {what}.",
    )


def batch_input(what: str) -> Any:
    """How many are made."""
    return io.Int.Input(
        "batch_size",
        default=1,
        min=1,
        max=16,
        tooltip=f"{what}; each starts from its own seed: seed, seed + 1 …",
    )


def sampling_inputs() -> list[Any]:
    """Steps and guidance, where 0 is the bundle's own."""
    return [
        io.Int.Input(
            "steps", default=0, min=0, max=1000, tooltip="Denoising steps. 0 = the bundle's own number."
        ),
        io.Float.Input(
            "guidance_scale",
            default=0.0,
            min=0.0,
            max=50.0,
            step=0.1,
            tooltip="Classifier-free guidance. 0 = the bundle's own value, 1 = off.",
        ),
    ]


def record_output() -> Any:
    """What made the files."""
    return io.String.Output(display_name="record", tooltip="What made them, as the core signed it: JSON.")


def chosen_bundle(client: Client, choice: str, task: Task) -> BundleSummary | None:
    """Gives the bundle of a choice, as far as the core has it; the core itself says when it has not.

    Raises GengaNodeError if the core has none for the task.
    """
    bundles = client.status().bundles
    remember(bundles)
    fitting = [bundle for bundle in bundles if bundle.task == task]
    if choice == DEFAULT and not fitting:
        raise GengaNodeError(
            f"The core has no {task} bundle.",
            "Install one: `genga models import`, then press R.",
            "BUNDLE_NOT_FOUND",
        )
    return next((one for one in fitting if (one.default if choice == DEFAULT else one.id == choice)), None)


def chosen(inputs: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Gives the parameters whose inputs say more than the bundle's own: by input name → parameter name."""
    given = {name: inputs[key] for key, name in names.items() if inputs.get(key)}
    if inputs["bundle"] != DEFAULT:
        given["bundle"] = inputs["bundle"]
    return given


SAMPLING = {"steps": "num_inference_steps", "guidance_scale": "guidance_scale"}
"""`chosen` of `sampling_inputs`."""


def show_made_with(models: Sequence[dict[str, Any]], seed: int | None, node_id: str | None) -> None:
    """Says on the node what made it, in the place of the last stage."""
    made_with = ", ".join(f"{model['name']} {model['version']}" for model in models)
    show_text(f"{made_with}, seed {seed}", node_id)
