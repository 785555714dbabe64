"""The bundles that the connected core offers for a task, and which of them is meant."""

from __future__ import annotations

from genga_client import GengaError
from genga_client.protocol import BundleSummary, Task, Welcome

from ..translations import translated

PURPOSES = ("production", "starter", "test")
"""Order in which a core prefers bundles when a request names none."""


def bundles_of(welcome: Welcome | None, task: Task) -> list[BundleSummary]:
    """Gives the bundles of a task, usable ones first; none without a connection."""
    if welcome is None:
        return []
    bundles = [bundle for bundle in welcome.capabilities.bundles if bundle.task == task]
    return sorted(bundles, key=lambda bundle: (not bundle.allowed, _rank(bundle), bundle.name))


def chosen_bundle(welcome: Welcome | None, bundle_id: str, task: Task) -> BundleSummary | None:
    """Gives the bundle that `bundle_id` names, or the core's default for an empty one; None if unknown."""
    bundles = bundles_of(welcome, task)
    if bundle_id:
        return next((bundle for bundle in bundles if bundle.id == bundle_id), None)
    marked = [bundle for bundle in bundles if bundle.default]
    return next(iter(marked or [bundle for bundle in bundles if bundle.allowed]), None)


def require_bundle(welcome: Welcome | None, bundle_id: str, task: Task) -> BundleSummary:
    """Gives the bundle as `chosen_bundle` does.

    Raises GengaError BUNDLE_NOT_FOUND, POLICY_REFUSED with the policy's own words.
    """
    bundle = chosen_bundle(welcome, bundle_id, task)
    if bundle is None:
        known = ", ".join(bundle.id for bundle in bundles_of(welcome, task)) or "none"
        kind = "" if task == "image" else f"{task} "
        what = (
            f'The core has no {kind}model "{bundle_id}"'
            if bundle_id
            else f"The core has no usable {task} model"
        )
        raise GengaError(
            "BUNDLE_NOT_FOUND",
            f"{what}; it has: {known}.",
            remedy="Choose another model, or import one with `genga models import`.",
        )
    if not bundle.allowed:
        raise GengaError(
            "POLICY_REFUSED",
            bundle.refusal or f'The policy of the core refuses the model "{bundle.name}".',
            remedy="Choose another model, or change the policy of the core.",
        )
    return bundle


def describe(bundle: BundleSummary) -> str:
    """Gives licence, training data and need of memory in one line."""
    use = translated("commercial use" if bundle.licence.commercial_use else "no commercial use")
    data = (
        translated("training data undeclared")
        if bundle.training_data == "undeclared"
        else translated("{count} data sets declared", count=len(bundle.training_data))
    )
    return f"{bundle.licence.spdx} ({use}) · {data} · {bundle.memory_bytes / 2**20:.0f} MB"


def _rank(bundle: BundleSummary) -> int:
    # A later core may know other purposes.
    return PURPOSES.index(bundle.purpose) if bundle.purpose in PURPOSES else len(PURPOSES)
