"""Exports one torch module to ONNX and compares the two on the same numbers."""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from models.export.errors import ExportError

OPSET = 20
EXTERNAL_DATA_ABOVE_BYTES = 1_500_000_000
"""Protobuf ends at 2 GB; weights of larger graphs go to `<graph>.data` beside it."""

Axes = dict[int, str]


@dataclass(frozen=True)
class GraphIo:
    """A tensor that goes into a graph or comes out of it."""

    name: str
    axes: Axes
    """Axis number → name of the dynamic axis."""


@dataclass(frozen=True)
class Difference:
    """How far ONNX Runtime is from torch on the same inputs."""

    absolute: float
    """Largest absolute difference over all outputs."""
    magnitude: float
    """Largest absolute value that torch gave."""


def export_graph(
    module: nn.Module, file: Path, inputs: list[tuple[GraphIo, Tensor]], outputs: list[GraphIo]
) -> None:
    """Traces the module with the example inputs and writes the graph, opset 20, without doc strings.

    The legacy exporter is used on purpose: it keeps the given axis names for each residual and takes seconds
    where the dynamo exporter takes minutes.
    """
    everything = [io for io, _ in inputs] + outputs
    file.parent.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        example = module.eval()(*(tensor for _, tensor in inputs))
    shapes = [tuple(tensor.shape) for tensor in (example if isinstance(example, tuple) else (example,))]
    # The exporter scatters the weights of a large model over one file for each tensor: let it do so in a
    # folder of its own.
    with tempfile.TemporaryDirectory(dir=file.parent) as scratch:
        traced = Path(scratch) / "graph.onnx"
        with warnings.catch_warnings(), torch.no_grad():
            # Tracing warns of each Python comparison of sizes; the check at other sizes is what counts.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                module,
                tuple(tensor for _, tensor in inputs),
                str(traced),
                input_names=[io.name for io, _ in inputs],
                output_names=[io.name for io in outputs],
                dynamic_axes={io.name: io.axes for io in everything if io.axes},
                opset_version=OPSET,
                dynamo=False,
            )
        model = onnx.load(str(traced))
    for value, io, shape in zip(model.graph.output, outputs, shapes, strict=True):
        # Tracing loses some sizes that do not change; the manifest wants them as numbers.
        for axis, dim in enumerate(value.type.tensor_type.shape.dim):
            if axis not in io.axes:
                dim.dim_value = shape[axis]
    save_graph(model, file)


def compare_graph(module: nn.Module, file: Path, inputs: list[tuple[GraphIo, Tensor]]) -> Difference:
    """Runs torch and ONNX Runtime on the same inputs."""
    with torch.no_grad():
        expected = module(*(tensor for _, tensor in inputs))
    expected = expected if isinstance(expected, tuple) else (expected,)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    got = session.run(None, {io.name: tensor.numpy() for io, tensor in inputs})
    differences = [0.0]
    for one, other in zip(expected, got, strict=True):
        if tuple(one.shape) != other.shape:
            raise ExportError(f"{file.name} gives shape {other.shape} where torch gives {tuple(one.shape)}.")
        differences.append(float(np.abs(one.numpy() - other).max()))
    return Difference(max(differences), max(float(one.abs().max()) for one in expected))


def save_graph(model: onnx.ModelProto, file: Path) -> None:
    """Writes a graph; the weights of a large one go to `<graph>.data` beside it."""
    for node in model.graph.node:
        node.doc_string = ""
    del model.graph.value_info[:]
    if sum(len(tensor.raw_data) for tensor in model.graph.initializer) < EXTERNAL_DATA_ABOVE_BYTES:
        onnx.save_model(model, str(file))
        return
    # onnx appends to a weight file that is already there.
    (file.parent / f"{file.name}.data").unlink(missing_ok=True)
    onnx.save_model(
        model,
        str(file),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=f"{file.name}.data",
        size_threshold=1024,
    )
