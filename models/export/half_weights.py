"""Stores the large weights of an ONNX graph as float16; runtimes cast them back once when they load it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.export.onnx_graph import save_graph

SMALLEST = 1024
"""Weights of fewer numbers stay float32."""


def store_half(file: Path) -> None:
    """Rewrites the graph in place: float32 weights of at least SMALLEST numbers become float16 with a Cast.

    The graph computes in float32 as before; weights are rounded to 11 bits. Values beyond float16's range
    stay as they are.
    """
    bare = onnx.load(str(file), load_external_data=False)
    is_large = any(tensor.external_data for tensor in bare.graph.initializer)
    model = onnx.load(str(file))
    casts, kept = [], []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        small = tensor.data_type != TensorProto.FLOAT or values.size < SMALLEST
        if small or np.abs(values).max() > np.finfo(np.float16).max:
            kept.append(tensor)
            continue
        name = f"{tensor.name}.half"
        kept.append(numpy_helper.from_array(values.astype(np.float16), name))
        casts.append(helper.make_node("Cast", [name], [tensor.name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.initializer[:]
    del model.graph.node[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes)
    if not is_large:
        # The checker serialises a model in memory, which ends at 2 GB.
        onnx.checker.check_model(model)
    (file.parent / f"{file.name}.data").unlink(missing_ok=True)
    save_graph(model, file)
