"""Width and height of a picture. Free of `bpy`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from genga_client.protocol import BundleSummary

UNKNOWN_MULTIPLE = 8
"""The protocol's own; used while no core is connected."""


@dataclass(frozen=True, kw_only=True)
class SizeRange:
    """Sizes that a bundle takes."""

    multiple: int = UNKNOWN_MULTIPLE
    min: int = 64
    max: int = 8192
    pixels: int = 512 * 512
    """Pixels that the bundle was made for."""

    @staticmethod
    def of(bundle: BundleSummary | None) -> SizeRange:
        """Gives the range of a bundle, or the protocol's for None."""
        if bundle is None or bundle.size is None:
            return SizeRange()
        size, defaults = bundle.size, bundle.defaults
        pixels = defaults.width * defaults.height if defaults else 512 * 512
        return SizeRange(multiple=size.multiple, min=size.min, max=size.max, pixels=pixels)


def fit_size(width: float, height: float, sizes: SizeRange) -> tuple[int, int]:
    """Gives the size nearest to `width` x `height` that is taken: scaled into the range, then rounded.

    Both sides are scaled by the same factor, so that proportions stay as far as whole multiples allow.
    """
    low = math.ceil(sizes.min / sizes.multiple) * sizes.multiple
    high = sizes.max // sizes.multiple * sizes.multiple
    scale = min(1.0, high / max(width, height))
    scale = max(scale, min(low / min(width, height), high / max(width, height)))

    def fitted(side: float) -> int:
        return min(high, max(low, round(side * scale / sizes.multiple) * sizes.multiple))

    return fitted(width), fitted(height)


def automatic_size(width: float, height: float, sizes: SizeRange) -> tuple[int, int]:
    """Gives a size with the proportions of `width` x `height` and the pixels that the bundle was made for."""
    scale = math.sqrt(sizes.pixels / (width * height))
    return fit_size(width * scale, height * scale, sizes)
