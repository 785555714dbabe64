"""The drawing that needs no network: flat colours, light, sky, texture and ink, by formulas whose numbers are
trained.

It follows `looks.py` with soft switches for each look, so the network starts from a picture of the right kind
and has to
learn only what the formulas cannot say.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .looks import DAYLIGHT, PAPER
from .words import LOOKS

CHANNELS = 21
"""Of `paint`: first colour and flag, second colour and flag (8), ink, n·l, shadow, ambient, x, y, sky,
clouds, natural ground,
backdrop, 1 where a key light is known, 1 on roofs, 1 where n·l (then -1 to 1) is guessed from the words."""
RESIDUALS = 10
"""Of the network's output: factor (3), offset (3), share of the second colour, strength of ink, tone, sky."""
STYLES = {
    # anime, clay, watercolour, soft
    "softness": (0.0, 1.0, 0.75, 1.0),
    "wrap": (0.0, 0.28, 0.1, 0.0),
    "shadow_floor": (0.0, 0.3, 0.2, 0.0),
    "occlusion": (0.2, 1.2, 0.0, 1.3),
    "glow": (0.1, 0.0, 0.0, 0.0),
    "saturation": (1.0, 0.86, 1.0, 1.0),
    "lift": (0.0, 0.09, 0.0, 0.0),
    "film": (0.0, 0.0, 0.0, 1.0),
    "tuft": (0.09, 0.0, 0.0, 0.0),
    "cloud_edge": (0.22, 0.9, 0.8, 0.9),
    "density": (1.0, 1.0, 0.86, 1.0),
    "density_wash": (0.0, 0.0, 0.085, 0.0),
    "density_grain": (0.0, 0.0, 0.05, 0.0),
    "density_tone": (0.0, 0.0, -0.2, 0.0),
    "density_pool": (0.0, 0.0, 1.0, 0.0),
    "dent": (0.0, 0.035, 0.04, 0.0),
    "paper": (0.0, 0.0, 1.0, 0.0),
    "ink": (0.76, 0.0, 0.55, 0.0),
    "pencil": (0.0, 0.0, 0.34, 0.0),
}
"""First value of each number for each look."""
PENCIL = (0.34, 0.26, 0.22)


def _step(value: Tensor, edge: float | Tensor, softness: float | Tensor) -> Tensor:
    t = ((value - edge) / softness + 0.5).clamp(0, 1)
    return t * t * (3 - 2 * t)


class Composite(nn.Module):
    """Draws paint [b, CHANNELS, h, w] in the prompt's look and time of day; see `forward`."""

    def __init__(self) -> None:
        super().__init__()
        self.palette = nn.Parameter(torch.from_numpy(_palette()))
        self.styles = nn.Parameter(torch.tensor(list(STYLES.values())).T.contiguous())

    def forward(self, paint: Tensor, noise: Tensor, residual: Tensor, tags: Tensor) -> Tensor:
        """Gives the picture [b, 3, h, w] in 0 to 1.

        noise [b, 3, h, w]: wash, patch, grain. residual [b, RESIDUALS, h, w]: the network's part, 0 = none.
        tags [b, 9]: looks
        and times that the prompt names.
        """
        lit, shade, zenith, horizon, cloud, backdrop, style = self._numbers(tags)
        wash, patch, grain = noise[:, 0:1], noise[:, 1:2], noise[:, 2:3]
        ink, n_l, shadow, ambient = (paint[:, i : i + 1] for i in range(8, 12))
        x, y = paint[:, 12:13].clamp(0, 1), paint[:, 13:14].clamp(0, 1)
        is_sky, clouds, natural, is_backdrop, known, roof, guess = (
            paint[:, i : i + 1] for i in range(14, 21)
        )
        is_sky = torch.sigmoid(residual[:, 9:10] + 6 * is_sky - 3)

        share = torch.sigmoid(residual[:, 6:7] - 3 + 6 * roof) * paint[:, 7:8]
        base = paint[:, 0:3] * (1 - share) + paint[:, 4:7] * share
        base = base * (1 - style["tuft"] * _step(patch, 1.0, 0.25) * natural)
        grey = base.mean(1, keepdim=True)
        base = (grey + (base - grey) * style["saturation"]) * (1 - 1.5 * style["lift"]) + style["lift"]

        # Words give a direction that is some 20 degrees off: a soft border is nearer (r .44 against .40).
        hard = torch.minimum(_step(n_l, 0.16, 0.05 + 0.4 * guess), shadow)
        wrapped = ((n_l + style["wrap"]) / (1 + style["wrap"])).clamp(0, 1)
        smooth = wrapped * (style["shadow_floor"] + (1 - style["shadow_floor"]) * shadow)
        tone = (hard + (smooth - hard) * style["softness"]) * known + 0.7 * (1 - known)
        tone = tone + style["dent"] * patch + residual[:, 8:9]
        open_air = (ambient.clamp(0.02, 1)) ** style["occlusion"]
        colour = base * (shade * open_air + (lit - shade) * tone)
        colour = colour + (1 - colour) * style["glow"] * _step(n_l, 0.86, 0.06) * shadow * known * lit
        colour = colour + (base * backdrop - colour) * is_backdrop
        film = 1 - torch.exp(-1.55 * colour.clamp(0, 4))
        colour = colour + (film - colour) * style["film"] * (1 - is_backdrop)

        fall = y**1.3
        sky = zenith + (horizon - zenith) * fall
        puff = _step(wash - 0.9 * (fall - 0.35), 0.35, style["cloud_edge"].clamp(0.05, 2)) * clouds
        sky = sky + (cloud - sky) * 0.85 * puff
        colour = colour + (sky - colour) * is_sky
        colour = colour * (1 + residual[:, 0:3]) + residual[:, 3:6]

        pool = (F.avg_pool2d(ink, 5, stride=1, padding=2) * 1.3).clamp(0, 0.4)
        density = style["density"] + style["density_wash"] * wash + style["density_grain"] * grain
        density = density + style["density_tone"] * tone + style["density_pool"] * pool
        thick = colour.clamp(0.02, 1.5) ** density.clamp(0.25, 1.6)
        paper = style["paper"]
        rim = torch.minimum(torch.minimum(x, 1 - x), torch.minimum(y, 1 - y))
        covered = 1 - paper * (1 - _step(rim * 10 + 0.2 * wash + 0.06 * grain, 0.42, 0.3))
        sheet = 1 - paper * (1 - torch.from_numpy(PAPER)[None, :, None, None])
        wet = torch.sigmoid(20 * (paper - 0.3))
        colour = colour + (thick - colour) * wet
        colour = sheet * (1 + (colour - 1) * covered) * (1 + 0.022 * paper * grain)

        stroke = (ink * covered * (1 + residual[:, 7:8])).clamp(0, 1)
        pencil = torch.tensor(PENCIL)[None, :, None, None]
        return colour * (1 - style["ink"] * stroke) + style["pencil"] * stroke * pencil

    def _numbers(self, tags: Tensor) -> tuple:
        """Gives the palette's colours [b, 3, 1, 1] and the style's numbers [b, 1, 1, 1] for the
        prompt's look and time.
        """
        # Unsaid: the first of each, anime and day. Several: their mean.
        look, time = tags[:, : len(LOOKS)], tags[:, len(LOOKS) :]
        look = torch.cat([look[:, :1] + 1e-3, look[:, 1:]], 1)
        time = torch.cat([time[:, :1] + 1e-3, time[:, 1:]], 1)
        look, time = (x / x.sum(1, keepdim=True) for x in (look, time))
        weight = (look[:, :, None] * time[:, None]).flatten(1)
        colours = (weight @ self.palette)[:, :, None, None].split(3, 1)
        style = (look @ self.styles)[:, :, None, None]
        return *colours, {name: style[:, i : i + 1] for i, name in enumerate(STYLES)}


def _palette() -> np.ndarray:
    """Gives the first colours of each look and time, [20, 18]: lit, shade, zenith, horizon, cloud,
    backdrop.
    """
    rows = []
    for look in LOOKS:
        for time, day in DAYLIGHT.items():
            lit, shade = np.array(day.lit), np.array(day.shade)
            backdrop = np.ones(3) if time == "day" else 0.5 * (lit + shade) + 0.12
            if look == "clay":
                lit, shade = lit * 0.55 + 0.45, shade * 0.6 + 0.26
                backdrop = 0.5 * (lit + shade)
                lit, shade = 0.66 * lit + 0.52 * shade, 0.52 * shade
            elif look == "soft":
                backdrop = 0.5 * (lit + shade) + 0.12
                lit, shade = 0.62 * lit + 0.62 * shade + 0.04, 0.62 * shade + 0.04
            elif look == "watercolour":
                backdrop = np.ones(3)
            else:
                shade = shade * 0.97
            rows.append([*lit, *shade, *day.zenith, *day.horizon, *day.cloud, *backdrop])
    return np.array(rows, np.float32)
