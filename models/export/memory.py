"""Measures the memory that a bundle's graphs need at the default size."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

MEASURE_TIMEOUT_S = 3600


def measure_memory(folder: Path, order: list[str], feeds: dict[str, dict[str, list[int]]]) -> int:
    """Gives the peak resident memory, bytes, of a process of its own that loads and runs the graphs in turn.

    All sessions stay open, as they do in the inference host. `order` holds graph files; `feeds[file]` the
    shapes of the inputs at the default size.
    """
    request = json.dumps({"folder": str(folder.resolve()), "order": order, "feeds": feeds})
    done = subprocess.run(
        [sys.executable, "-m", "models.export.memory"],
        input=request,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=True,
        timeout=MEASURE_TIMEOUT_S,
    )
    return int(done.stdout)


def _peak_bytes() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        # getrusage would give the parent's peak here: Linux hands ru_maxrss on through fork and exec.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    import psutil

    info = psutil.Process().memory_info()
    return int(getattr(info, "peak_wset", info.rss))


def _main() -> None:
    import numpy as np
    import onnxruntime

    request = json.load(sys.stdin)
    before = _peak_bytes()
    peak = before
    kept = []
    for file in request["order"]:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            str(Path(request["folder"]) / file), options, providers=["CPUExecutionProvider"]
        )
        kept.append(session)
        feeds = {}
        for graph_input in session.get_inputs():
            dtype = np.int64 if graph_input.type == "tensor(int64)" else np.float32
            feeds[graph_input.name] = np.zeros(request["feeds"][file][graph_input.name], dtype)
        session.run(None, feeds)
        peak = max(peak, _peak_bytes())
    print(peak - before)


if __name__ == "__main__":
    _main()
