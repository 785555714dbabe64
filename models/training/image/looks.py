"""The looks that the model learns, drawn from a G-buffer: cel-shaded anime, clay, watercolour, soft lit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .gbuffer import GBuffer


@dataclass(frozen=True)
class Daylight:
    """Colours of one time of day, sRGB multipliers and values."""

    lit: tuple[float, float, float]
    shade: tuple[float, float, float]
    zenith: tuple[float, float, float]
    horizon: tuple[float, float, float]
    cloud: tuple[float, float, float]


DAYLIGHT = {
    "day": Daylight(
        (1.02, 1.01, 0.98), (0.60, 0.63, 0.80), (0.30, 0.58, 0.92), (0.78, 0.91, 0.98), (1.0, 1.0, 1.0)
    ),
    "morning": Daylight(
        (1.04, 0.98, 0.89), (0.64, 0.62, 0.78), (0.52, 0.70, 0.92), (1.0, 0.90, 0.80), (1.0, 0.96, 0.93)
    ),
    "sunset": Daylight(
        (1.08, 0.84, 0.64), (0.56, 0.42, 0.58), (0.42, 0.36, 0.62), (1.0, 0.66, 0.40), (0.98, 0.60, 0.52)
    ),
    "night": Daylight(
        (0.56, 0.66, 0.94), (0.25, 0.29, 0.50), (0.05, 0.07, 0.19), (0.16, 0.22, 0.44), (0.22, 0.28, 0.48)
    ),
    "overcast": Daylight(
        (0.93, 0.95, 0.97), (0.74, 0.77, 0.84), (0.66, 0.71, 0.77), (0.86, 0.88, 0.90), (0.92, 0.93, 0.95)
    ),
}
PAPER = np.array([0.985, 0.97, 0.94], np.float32)


@dataclass
class Setting:
    """What a look needs beside the G-buffer, at the G-buffer's resolution."""

    time: str
    lines: np.ndarray
    noise: dict[str, np.ndarray]
    sky: np.ndarray
    """Whether the background is sky, [height, width] bool."""
    clouds: bool
    backdrop: np.ndarray
    ground: np.ndarray
    """Whether a pixel belongs to a natural ground, [height, width] bool; see words.NATURAL."""


def _step(value: np.ndarray, edge: float, softness: float) -> np.ndarray:
    t = ((value - edge) / softness + 0.5).clip(0, 1)
    return t * t * (3 - 2 * t)


def _mix(a: np.ndarray, b: np.ndarray, amount: np.ndarray) -> np.ndarray:
    return a + (b - a) * amount[..., None]


def _background(buffer: GBuffer, setting: Setting, cloud_edge: float) -> np.ndarray:
    """Gives albedo with sky or backdrop painted behind the objects, before light; the sky is never lit
    or shaded.
    """
    day = DAYLIGHT[setting.time]
    height = buffer.depth.shape[0]
    fall = np.linspace(0, 1, height, dtype=np.float32)[:, None] ** 1.3
    zenith = np.broadcast_to(np.array(day.zenith, np.float32), buffer.albedo.shape)
    sky = _mix(zenith, np.array(day.horizon, np.float32), np.broadcast_to(fall, buffer.depth.shape))
    if setting.clouds:
        cloud = _step(setting.noise["wash"] - 0.9 * (fall - 0.35), 0.35, cloud_edge)
        sky = _mix(sky, np.array(day.cloud, np.float32), 0.85 * cloud)
    behind = np.where(setting.sky[..., None], sky, setting.backdrop.astype(np.float32))
    return np.where((buffer.depth > 0)[..., None], buffer.albedo, behind)


def anime(buffer: GBuffer, setting: Setting) -> np.ndarray:
    """Two tones with a hard border, a tinted shadow, a highlight on what shines, tufts on the ground
    and dark ink.
    """
    day = DAYLIGHT[setting.time]
    solid = buffer.depth > 0
    tone = np.minimum(_step(buffer.n_l, 0.16, 0.05), buffer.shadow)
    base = _background(buffer, setting, 0.22)
    tuft = _step(setting.noise["patch"], 1.0, 0.25) * setting.ground
    base = base * (1 - 0.09 * tuft[..., None])
    shade, lit = np.array(day.shade, np.float32), np.array(day.lit, np.float32)
    # Bright colours keep more light in their shadows than dark ones, and a little saturation is added, as
    # painters do.
    grey = base.mean(-1, keepdims=True)
    shaded = np.clip(grey + (base - grey) * 1.12, 0, 1) * (shade * (0.94 + 0.12 * grey))
    shaded = shaded * (0.84 + 0.16 * _step(buffer.ambient, 0.55, 0.5))[..., None]
    light = base * lit
    light = (
        light + (1 - light) * (0.10 * _step(buffer.n_l, 0.86, 0.06) * buffer.shadow * solid)[..., None] * lit
    )
    colour = _mix(shaded, light, tone)
    shine = buffer.finish * _step(buffer.highlight, 0.975, 0.012) * tone
    colour = _mix(colour, np.minimum(lit * 1.05, 1), 0.85 * shine)
    colour = np.where(solid[..., None], colour, base)
    if setting.time != "day":
        backdrop = ~solid & ~setting.sky
        colour = np.where(backdrop[..., None], base * (0.5 * (lit + shade) + 0.12), colour)
    ink = np.clip(colour * 0.22, 0, 1) * np.array([0.9, 0.85, 1.0], np.float32)
    return _mix(colour, ink, 0.94 * setting.lines)


def soft(buffer: GBuffer, setting: Setting) -> np.ndarray:
    """Smooth diffuse light with a soft shadow, a sky that fills and occlusion where things meet; no lines."""
    day = DAYLIGHT[setting.time]
    solid = buffer.depth > 0
    base = _background(buffer, setting, 0.9)
    direct = np.clip(buffer.n_l, 0, 1) * buffer.soft_shadow
    fill = (0.62 + 0.38 * (buffer.ambient * 1.2 - 0.2).clip(0, 1)) * buffer.ambient**0.8
    lit, shade = np.array(day.lit, np.float32), np.array(day.shade, np.float32)
    light = 0.62 * lit * direct[..., None] + 0.62 * shade * fill[..., None] + 0.04
    colour = base * light
    shine = buffer.finish * np.clip(buffer.highlight, 0, 1) ** 60 * direct
    colour = colour + (0.65 * shine)[..., None] * lit
    colour = 1 - np.exp(-1.55 * colour)
    behind = np.where(setting.sky[..., None], base, base * (0.5 * (lit + shade) + 0.12))
    return np.where(solid[..., None], colour, behind).clip(0, 1)


def clay(buffer: GBuffer, setting: Setting) -> np.ndarray:
    """Modelling clay: chalky colours, wrapped light, deep soft creases, dents of fingers."""
    day = DAYLIGHT[setting.time]
    solid = buffer.depth > 0
    base = _background(buffer, setting, 0.9)
    grey = base.mean(-1, keepdims=True)
    base = (grey + (base - grey) * 0.86) * 0.86 + 0.09
    dent = setting.noise["patch"] * 0.03 + setting.noise["grain"] * 0.012
    wrapped = ((buffer.n_l + 0.28) / 1.28).clip(0, 1) * (0.3 + 0.7 * buffer.soft_shadow)
    lit = np.array(day.lit, np.float32) * 0.55 + 0.45
    shade = np.array(day.shade, np.float32) * 0.6 + 0.26
    light = 0.66 * lit * (wrapped + dent)[..., None] + 0.52 * shade * (buffer.ambient**1.3)[..., None]
    colour = base * light + 0.05 * (np.clip(buffer.highlight, 0, 1) ** 14 * buffer.soft_shadow)[..., None]
    behind = base * (0.5 * (lit + shade) * 0.98)[None, None]
    return np.where(solid[..., None], colour, behind).clip(0, 1)


def watercolour(buffer: GBuffer, setting: Setting) -> np.ndarray:
    """Transparent washes: pigment that pools at edges and in grain, pale light side, thin brown pencil
    lines, paper at the rim.
    """
    day = DAYLIGHT[setting.time]
    base = _background(buffer, setting, 0.8)
    solid = buffer.depth > 0
    lit, shade = np.array(day.lit, np.float32), np.array(day.shade, np.float32)
    tone = np.minimum(
        _step(buffer.n_l + 0.10 * setting.noise["patch"], 0.2, 0.4), 0.25 + 0.75 * buffer.soft_shadow
    )
    tone = np.where(solid, tone, 0.8)
    border = ndimage.gaussian_filter(setting.lines, 3.0)
    pool = np.clip(border * 1.3, 0, 0.4)
    density = 0.80 + 0.085 * setting.noise["wash"] + 0.05 * setting.noise["grain"] + pool - 0.2 * tone
    tint = np.where(
        solid[..., None],
        base * _mix(np.broadcast_to(shade, base.shape), np.broadcast_to(lit, base.shape), tone),
        base,
    )
    pigment = np.clip(tint, 0.02, 1) ** np.clip(density, 0.25, 1.6)[..., None]
    height, width = buffer.depth.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    rim = np.minimum(np.minimum(x / width, 1 - x / width), np.minimum(y / height, 1 - y / height))
    covered = _step(rim * 10 + 0.2 * setting.noise["wash"] + 0.06 * setting.noise["grain"], 0.42, 0.3)
    colour = PAPER * _mix(np.ones_like(pigment), pigment, covered)
    colour = colour * (1 + 0.022 * setting.noise["grain"])[..., None]
    pencil = np.array([0.34, 0.26, 0.22], np.float32) * (0.55 + 0.45 * colour)
    return _mix(
        colour, pencil, (0.62 + 0.12 * setting.noise["grain"].clip(-1.5, 1.5)) * setting.lines * covered
    ).clip(0, 1)


LOOK_FUNCTIONS = {"anime": anime, "clay": clay, "watercolour": watercolour, "soft": soft}
