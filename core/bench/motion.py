"""Time and memory of a motion: the core's pipeline in Node against the bare graph in Python onnxruntime.

    .venv-full/bin/python core/bench/motion.py [--bundle models/starter-motion] [--rounds 5] [--threads 2]

8 s and 60 s, hybrid and generated, after loading. The two take turns in every round, so that a change of the
machine's load meets both; each ratio is the median of the rounds' ratios. Python runs the denoiser as often
and with as many rows as the pipeline did, and nothing else: the ratio holds what the pipeline adds.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

ROOT = Path(__file__).parents[2]
TARGETS_MS = {8: 400, 60: 3000}
TARGET_MB = 600
DTYPES = {"float32": np.float32, "int64": np.int64}


class NodePipeline:
    """The pipeline in Node, driven line by line."""

    def __init__(self, bundle: Path, threads: int) -> None:
        self.process = subprocess.Popen(
            [shutil.which("node") or "node", "--import", "tsx", "core/bench/motion.ts"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._send({"bundle": str(bundle.resolve()), "threads": threads})

    def make(self, mode: str, seconds: int) -> dict[str, Any]:
        """Makes one motion; gives ms, cpu_ms, frames, runs and peak_mb."""
        segments = [{"prompt": "a person walks forward", "duration_s": seconds}]
        self._send({"segments": segments, "seed": 1, "mode": mode})
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        """Ends the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)

    def _send(self, content: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(content) + "\n")
        self.process.stdin.flush()


class BareGraph:
    """The denoiser in Python onnxruntime, with as many threads."""

    def __init__(self, bundle: Path, threads: int) -> None:
        manifest = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
        self.component = manifest["components"]["denoiser"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        file = str(bundle / self.component["file"])
        self.session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def run(self, rows: list[int]) -> float:
        """Runs once for each entry with so many rows; gives milliseconds."""
        feeds = {
            count: {
                entry["name"]: np.ones(
                    [count if isinstance(size, str) else size for size in entry["shape"]],
                    DTYPES[entry["dtype"]],
                )
                for entry in self.component["inputs"]
            }
            for count in set(rows)
        }
        start = time.perf_counter()
        for count in rows:
            self.session.run(None, feeds[count])
        return (time.perf_counter() - start) * 1000


def main() -> None:
    """Measures and prints the medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, default=ROOT / "models" / "starter-motion")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    graph = BareGraph(args.bundle, args.threads)
    node = NodePipeline(args.bundle, args.threads)
    figures: dict[str, float] = {}
    peak = 0.0
    try:
        for seconds, target in TARGETS_MS.items():
            for mode in ("hybrid", "generated"):
                rounds = []
                # The first loads graphs and clips.
                for index in range(args.rounds + 1):
                    made = node.make(mode, seconds)
                    if made["frames"] != seconds * 24:
                        raise SystemExit(
                            f"{seconds} s have {made['frames']} frames; expected {seconds * 24}."
                        )
                    bare = graph.run(made["runs"])
                    if index > 0:
                        rounds.append((made["ms"], bare, made["cpu_ms"]))
                    peak = max(peak, made["peak_mb"])
                ms = statistics.median(one for one, _, _ in rounds)
                least = min(one for one, _, _ in rounds)
                ratio = statistics.median(one / other for one, other, _ in rounds)
                cpu = statistics.median(one for _, _, one in rounds)
                name = f"{mode}, {seconds} s"
                figures |= {f"{name}, ms": ms, f"{name}, least ms": least, f"{name}, pipeline / graph": ratio}
                # Of a machine that others use at the same time, this alone can be trusted.
                figures[f"{name}, CPU ms"] = cpu
                print(
                    f"{name:18} median {ms:7.0f} ms, least {least:7.0f} ms (target {target}); "
                    f"CPU {cpu:7.0f} ms; pipeline / bare graph in Python {ratio:.2f}"
                )
    finally:
        node.close()
    print(f"peak memory of the process {peak:.0f} MB (target {TARGET_MB})")
    print(json.dumps({"bench": "motion", **figures, "peak_mb": peak, "rounds": args.rounds}))


if __name__ == "__main__":
    main()
