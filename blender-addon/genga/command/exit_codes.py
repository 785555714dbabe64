"""Exit codes of the command line; the same as those of the core's, see docs/cli.md. Free of `bpy`."""

from __future__ import annotations

from typing import Final

OK: Final = 0
FAILED: Final = 1
"""Something asked for was not: a job failed, a frame is missing."""
USAGE: Final = 64
DATA: Final = 65
UNAVAILABLE: Final = 69
INTERNAL: Final = 70
IO: Final = 74
RETRY: Final = 75
"""Busy, out of memory or crashed: may go well when tried again."""
NOT_PERMITTED: Final = 77
CONFIG: Final = 78
CANCELLED: Final = 130

BY_ERROR: Final[dict[str, int]] = {
    "UNAUTHORIZED": NOT_PERMITTED,
    "FORBIDDEN_ORIGIN": NOT_PERMITTED,
    "UNSUPPORTED_PROTOCOL": UNAVAILABLE,
    "HELLO_REQUIRED": INTERNAL,
    "MALFORMED_MESSAGE": INTERNAL,
    "MESSAGE_TOO_LARGE": DATA,
    "RATE_LIMITED": RETRY,
    "SHUTTING_DOWN": RETRY,
    "INVALID_REQUEST": DATA,
    "UNSUPPORTED_TASK": DATA,
    "UNSUPPORTED_CONTROL": DATA,
    "QUEUE_FULL": RETRY,
    "IDEMPOTENCY_CONFLICT": DATA,
    "JOB_NOT_FOUND": DATA,
    "JOB_STATE": DATA,
    "ASSET_NOT_FOUND": DATA,
    "ASSET_CORRUPT": DATA,
    "ASSET_TOO_LARGE": DATA,
    "ASSET_MISMATCH": DATA,
    "ASSET_UNREADABLE": DATA,
    "QUOTA_EXCEEDED": IO,
    "STORAGE_FULL": IO,
    "BUNDLE_NOT_FOUND": UNAVAILABLE,
    "BUNDLE_INVALID": DATA,
    "BUNDLE_CORRUPT": DATA,
    "POLICY_REFUSED": NOT_PERMITTED,
    "PROVIDER_UNAVAILABLE": UNAVAILABLE,
    "OUT_OF_MEMORY": RETRY,
    "HOST_CRASHED": RETRY,
    "INFERENCE_FAILED": FAILED,
    "CANCELLED": CANCELLED,
    "BACKEND_FAILED": FAILED,
    "BACKEND_UNAVAILABLE": RETRY,
    "SIGNING_FAILED": FAILED,
    "CREDENTIAL_INVALID": CONFIG,
    "CORE_NOT_RUNNING": UNAVAILABLE,
    "CONFIG_INVALID": CONFIG,
    "INTERNAL": INTERNAL,
}
"""Exit code of each error code."""


def exit_code_of(code: str) -> int:
    """Gives the exit code that belongs to an error code; one that a later core added is a failed job."""
    return BY_ERROR.get(code, FAILED)
