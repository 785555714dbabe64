"""The text encoder: two small transformer layers, and colour words read by rule."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .tokenizer import PAD, SYNONYMS
from .words import (
    BACKDROP_WORDS,
    CLOUD_WORDS,
    COLOURS,
    DARK_SCALE,
    LIGHT_MIX,
    LIGHT_WORDS,
    LOOK_WORDS,
    NATURAL_WORDS,
    PART_WORDS,
    ROOF_WORDS,
    SKY_WORDS,
    TIME_WORDS,
    USUAL,
)

WIDTH = 96
LEARNED = 24
TAGS = len(LOOK_WORDS) + len(TIME_WORDS)
"""First columns of hidden_states: 1 where a token names that look or time of day."""
EXPLICIT = 17
PHRASE_WIDTH = EXPLICIT + LEARNED
"""Of phrase_embeddings: first colour (r, g, b, whether named), second colour (the same), direction to the
light (x,
y, z, whether named), whether it is sky, cloudy, natural ground, a backdrop, whether it has a roof, then
learned features.
"""


class TextEncoder(nn.Module):
    """input_ids int64 [batch, tokens] → hidden_states [batch, tokens, WIDTH] (0 on padding), phrase [batch,
    PHRASE_WIDTH].

    The first and second colour word of a phrase are looked up in a table, with `light` and `dark` before
    them. Colour words learned
    from pictures alone stay at chance for long; a table is exact from the first step. A phrase without a
    colour word gets
    a learned colour from its other words (grass, sky, pumpkin).
    """

    def __init__(self, words: list[str]) -> None:
        super().__init__()
        self.pad = words.index(PAD)
        self.embedding = nn.Embedding(len(words), WIDTH)
        nn.init.normal_(self.embedding.weight, std=0.3)
        self.position = nn.Parameter(torch.randn(256, WIDTH) * 0.05)
        self.blocks = nn.ModuleList(_Block(WIDTH, 4) for _ in range(2))
        self.score = nn.Linear(WIDTH, 1)
        self.phrase = nn.Linear(WIDTH, LEARNED)
        self.default_rgb = nn.Linear(WIDTH, 3)
        rgb, kind = _colour_table(words)
        tags, light = _tag_table(words)
        for name, table in (("rgb", rgb), ("kind", kind), ("tags", tags), ("light", light)):
            self.register_buffer(name, torch.from_numpy(table))

    def forward(self, input_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Encodes token ids."""
        real = (input_ids != self.pad).float()
        x = self.embedding(input_ids) + self.position[torch.cumsum(torch.ones_like(input_ids), 1) - 1]
        for block in self.blocks:
            x = block(x, real)
        x = x * real[..., None]
        weight = torch.softmax(self.score(x).squeeze(-1) - 1e4 * (1 - real), 1)
        pooled = (x * weight[..., None]).sum(1)
        named, usual = self._named_colours(input_ids)
        learned = torch.sigmoid(self.default_rgb(pooled))
        default = usual[:, :3] + learned * (1 - usual[:, 3:])
        first = named[:, 0:3] + default * (1 - named[:, 3:4])
        # Read by rule as colours are: from pictures alone, look and time were still ignored after 500 steps.
        hidden = torch.cat([self.tags[input_ids], x[..., TAGS:]], 2) * real[..., None]
        light = self._light(input_ids)
        return hidden, torch.cat([first, named[:, 3:], light, torch.tanh(self.phrase(pooled))], 1)

    def _light(self, input_ids: Tensor) -> Tensor:
        """Gives the unit vector towards the light that words after `from` name, and whether they do,
        [batch, 4].
        """
        table = self.light[input_ids]
        after = (torch.cumsum(table[..., 3:4], 1) > 0).float()
        vector = (table[..., :3] * after).sum(1)
        named = (vector.abs().sum(1, keepdim=True) > 0).float()
        vector = vector + torch.tensor([0.0, 0.75, 0.0]) * named
        return torch.cat(
            [vector / (vector.square().sum(1, keepdim=True) + 1e-6).sqrt(), named, table[..., 4:].amax(1)], 1
        )

    def _named_colours(self, input_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Gives first and second named colour, [batch, 8] (r, g, b, 1 if named, and the same again), and the
        usual
        colour [batch, 4] of other words.

        The second is the one before a word such as `roof` or `details` after `with`, else the second that is
        named.
        """
        kind = self.kind[input_ids]
        before, after = F.pad(kind[:, :-1], (0, 0, 1, 0)), F.pad(kind[:, 1:], (0, 0, 0, 1))
        colour, light, dark = kind[..., 0:1], before[..., 1:2], before[..., 2:3]
        rgb = self.rgb[input_ids]
        rgb = rgb + light * LIGHT_MIX * (1 - rgb)
        rgb = rgb * (1 - dark * (1 - DARK_SCALE))
        part = colour * after[..., 3:4] * (torch.cumsum(kind[..., 4:5], 1) > 0).float()
        plain = colour - part
        first, other, second = _nth(plain, 1.0), _nth(plain, 2.0), _nth(part, 1.0)
        second = second + other * (1 - second.sum(1, keepdim=True))
        usual = _nth(kind[..., 5:6], 1.0)
        found = [torch.cat([(rgb * mask).sum(1), mask.sum(1)], 1) for mask in (first, second, usual)]
        return torch.cat(found[:2], 1), found[2]


def _nth(flags: Tensor, nth: float) -> Tensor:
    """Keeps the n-th token that is flagged, [batch, tokens, 1]."""
    return flags * (torch.cumsum(flags, 1) == nth).float()


class _Block(nn.Module):
    """Pre-norm transformer layer with a padding mask."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width))

    def forward(self, x: Tensor, real: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        qkv = (
            self.qkv(self.norm1(x))
            .reshape(batch, tokens, 3, self.heads, width // self.heads)
            .permute(2, 0, 3, 1, 4)
        )
        scores = qkv[0] @ qkv[1].transpose(-1, -2) * (width // self.heads) ** -0.5
        weights = torch.softmax(scores - 1e4 * (1 - real)[:, None, None], -1)
        x = x + self.out((weights @ qkv[2]).transpose(1, 2).reshape(batch, tokens, width))
        return x + self.mlp(self.norm2(x))


def _colour_table(words: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Gives rgb [words, 3] and kind [words, 6]: is a colour, `light`, `dark`, a part, `with`, has a
    usual colour.
    """
    rgb, kind = np.zeros((len(words), 3), np.float32), np.zeros((len(words), 6), np.float32)
    usual = {word: colour for colour, group in USUAL.items() for word in group.split()}
    for i, word in enumerate(words):
        name = SYNONYMS.get(word, word)
        if name in COLOURS:
            rgb[i], kind[i, 0] = np.array(COLOURS[name], np.float32) / 255, 1
        elif word in usual:
            rgb[i], kind[i, 5] = np.array(usual[word], np.float32) / 255, 1
        kind[i, 1], kind[i, 2] = word in ("light", "pale"), word in ("dark", "deep")
        kind[i, 3], kind[i, 4] = word in PART_WORDS.split(), word == "with"
    return rgb, kind


def _tag_table(words: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Gives looks and times [words, TAGS], and light directions with marks on `from` and on sky [words,
    5].
    """
    tags, light = np.zeros((len(words), TAGS), np.float32), np.zeros((len(words), 9), np.float32)
    groups = [group.split() for group in (*LOOK_WORDS.values(), *TIME_WORDS.values())]
    for i, word in enumerate(words):
        for tag, group in enumerate(groups):
            tags[i, tag] = word in group
        light[i, :3] = LIGHT_WORDS.get(word, (0, 0, 0))
        light[i, 3] = word == "from"
        for column, group in enumerate((SKY_WORDS, CLOUD_WORDS, NATURAL_WORDS, BACKDROP_WORDS, ROOF_WORDS)):
            light[i, 4 + column] = word in group
    return tags, light
