"""Step time of one UNet: the core's session code in Node, Python onnxruntime, torch eager; the same numbers.

    .venv-full/bin/python core/bench/step-time.py [--rounds 12] [--threads 1]

A UNet of SD 1.5's blocks with random weights, 37 M parameters, 32 x 32 latents, batch 2 as with guidance.
The three take turns in every round, so that a change of the machine's load meets all of them; each ratio is
the median of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import onnxruntime
import torch
from diffusers import UNet2DConditionModel

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

# E402: the checkout's own packages are found only after its folder is on the path.
from models.export.bundle import describe_component  # noqa: E402
from models.export.graphs import UnetGraph  # noqa: E402
from models.export.onnx_graph import GraphIo, export_graph  # noqa: E402

WARM_UP = 2
TOKENS, DIM = 77, 768


def make_unet() -> Any:
    """Gives the UNet, its weights from a fixed seed."""
    torch.manual_seed(0)
    return UNet2DConditionModel(
        sample_size=32,
        block_out_channels=(128, 256, 256),
        layers_per_block=2,
        attention_head_dim=8,
        cross_attention_dim=DIM,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
    ).eval()


class NodeSession:
    """The graph in Node, driven line by line."""

    def __init__(self, folder: Path, feeds: dict[str, torch.Tensor], threads: int) -> None:
        inputs = {}
        for name, tensor in feeds.items():
            (folder / f"{name}.bin").write_bytes(tensor.numpy().tobytes())
            inputs[name] = {"shape": list(tensor.shape), "file": f"{name}.bin"}
        setup = {
            "folder": str(folder),
            "component": describe_component(folder, "unet.onnx"),
            "inputs": inputs,
            "output": "noise_pred",
            "threads": threads,
        }
        self.process = subprocess.Popen(
            [shutil.which("node") or "node", "--import", "tsx", "core/bench/step-time.ts"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._send(json.dumps(setup))

    def step(self) -> tuple[float, float]:
        """Runs once; gives milliseconds, measured in Node, and the first value of the result."""
        self._send("run")
        assert self.process.stdout is not None
        answer = json.loads(self.process.stdout.readline())
        return answer["ms"], answer["value"]

    def close(self) -> None:
        """Ends the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)

    def _send(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


def main() -> None:
    """Measures and prints the medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    unet = make_unet()
    module = UnetGraph(unet)
    feeds = {
        "sample": torch.randn(2, 4, 32, 32),
        "timestep": torch.tensor([500.0, 500.0]),
        "encoder_hidden_states": torch.randn(2, TOKENS, DIM),
    }
    parameters = sum(parameter.numel() for parameter in unet.parameters())
    print(f"UNet of {parameters / 1e6:.0f} M parameters, 32 x 32 latents, batch 2, {args.threads} thread(s)")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        axes = {0: "batch", 2: "height", 3: "width"}
        inputs = [GraphIo("sample", axes), GraphIo("timestep", {0: "batch"})]
        inputs += [GraphIo("encoder_hidden_states", {0: "batch", 1: "tokens"})]
        export_graph(
            module,
            folder / "unet.onnx",
            list(zip(inputs, feeds.values(), strict=True)),
            [GraphIo("noise_pred", axes)],
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = args.threads
        session = onnxruntime.InferenceSession(
            str(folder / "unet.onnx"), options, providers=["CPUExecutionProvider"]
        )
        arrays = {name: tensor.numpy() for name, tensor in feeds.items()}
        node = NodeSession(folder, feeds, args.threads)
        try:
            measure(module, feeds, session, arrays, node, args.rounds)
        finally:
            node.close()


def measure(
    module: UnetGraph,
    feeds: dict[str, torch.Tensor],
    session: Any,
    arrays: dict[str, Any],
    node: NodeSession,
    rounds: int,
) -> None:
    """Lets the three take turns."""
    times: dict[str, list[float]] = {"node": [], "python onnxruntime": [], "torch eager": []}
    for index in range(WARM_UP + rounds):
        node_ms, node_value = node.step()
        start = time.perf_counter()
        ort_value = float(session.run(None, arrays)[0].flat[0])
        ort_ms = (time.perf_counter() - start) * 1000
        start = time.perf_counter()
        with torch.no_grad():
            torch_value = float(module(*feeds.values()).flatten()[0])
        torch_ms = (time.perf_counter() - start) * 1000
        if max(abs(node_value - torch_value), abs(ort_value - torch_value)) > 1e-4:
            raise SystemExit(f"The three differ: {node_value}, {ort_value}, {torch_value}.")
        if index >= WARM_UP:
            for name, value in zip(times, (node_ms, ort_ms, torch_ms), strict=True):
                times[name].append(value)
    for name, values in times.items():
        print(f"{name:20} median {statistics.median(values):8.1f} ms a step")
    figures = {f"{name}, ms a step": statistics.median(values) for name, values in times.items()}
    for name in ("python onnxruntime", "torch eager"):
        ratios = sorted(one / other for one, other in zip(times["node"], times[name], strict=True))
        middle = statistics.median(ratios)
        figures[f"node / {name}"] = middle
        print(f"node / {name:20} {middle:.3f} (of {rounds} rounds: {ratios[0]:.3f} to {ratios[-1]:.3f})")
    print(json.dumps({"bench": "step-time", **figures, "rounds": rounds}))


if __name__ == "__main__":
    main()
