"""Runs a bundle's graphs with ONNX Runtime, in the order and with the inputs that the core's pipeline
gives them.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import onnxruntime

from .data import Batch


class BundleRunner:
    """All sessions of one bundle."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self.config = json.loads((folder / "bundle.json").read_text())["stable_diffusion"]
        start = time.perf_counter()
        self.sessions = {
            name: onnxruntime.InferenceSession(
                str(folder / f"{name}.onnx"), options, providers=["CPUExecutionProvider"]
            )
            for name in ("text_encoder", "control_encoder", "unet", "vae_decoder")
        }
        self.load_seconds = time.perf_counter() - start

    def __call__(self, batch: Batch) -> np.ndarray:
        """Gives one picture [3, height, width] in 0 to 1 for a batch of one, in one step from the
        batch's noise.
        """
        run = {name: session.run for name, session in self.sessions.items()}
        ids = batch.input_ids[0].numpy()
        hidden, phrases = run["text_encoder"](None, {"input_ids": ids})
        features = run["control_encoder"](
            None,
            {
                "maps": batch.maps.numpy(),
                "maps_present": batch.present.numpy(),
                "region_ids": batch.region_ids.numpy(),
                "phrase_embeddings": phrases[None],
            },
        )
        named = dict(zip(self.config["control_encoder"]["features"], features, strict=True))
        latents = run["unet"](
            None,
            {
                "sample": batch.sample.numpy(),
                "timestep": np.array([999], np.int64),
                "encoder_hidden_states": hidden[:1],
                **named,
            },
        )[0]
        return run["vae_decoder"](None, {"latents": latents})[0][0] / 2 + 0.5
