"""Makes sure that a bundle holds the weights of a torch pipeline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import torch

from models.export.errors import ExportError
from models.export.tiny_pipeline import TinyPipeline

TOLERANCE = 1e-4


def check_same_weights(tiny: TinyPipeline, bundle: Path) -> None:
    """Runs the UNet of both on the same numbers.

    Raises ExportError if they differ: then the bundle was made by another version of torch or another seed.
    """
    sample, hidden = torch.randn(1, 4, 8, 8), torch.randn(1, 77, tiny.unet.config.cross_attention_dim)
    with torch.no_grad():
        expected = tiny.unet(sample, torch.tensor([500.0]), hidden, return_dict=False)[0].numpy()
    session = onnxruntime.InferenceSession(str(bundle / "unet.onnx"), providers=["CPUExecutionProvider"])
    feeds = {
        "sample": sample.numpy(),
        "timestep": np.array([500], np.float32),
        "encoder_hidden_states": hidden.numpy(),
    }
    for graph_input in session.get_inputs():
        if graph_input.name not in feeds:
            scale = 2 if graph_input.name not in ("down_block_res_0", "down_block_res_1") else 1
            feeds[graph_input.name] = np.zeros((1, graph_input.shape[1], 8 // scale, 8 // scale), np.float32)
    difference = float(np.abs(session.run(None, feeds)[0] - expected).max())
    if not difference <= TOLERANCE:
        raise ExportError(
            f"{bundle.name} differs from the pipeline by {difference:.2e}; expected at most {TOLERANCE:.0e}."
            " Run models.export.make_tiny again with the same torch."
        )
