"""The text encoder: two small transformer layers, and colour words read by rule."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .tokenizer import PAD, SYNONYMS
from .words import COLOURS, DARK_SCALE, LIGHT_MIX, LIGHT_WORDS, LOOK_WORDS, TIME_WORDS

WIDTH = 96
LEARNED = 24
TAGS = len(LOOK_WORDS) + len(TIME_WORDS)
"""First columns of hidden_states: 1 where a token names that look or time of day."""
EXPLICIT = 12
PHRASE_WIDTH = EXPLICIT + LEARNED
"""Of phrase_embeddings: first colour (r, g, b, whether named), second colour (the same), direction to the
light (x, y, z, whether
named), then learned features."""


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
        named = self._named_colours(input_ids)
        default = torch.sigmoid(self.default_rgb(pooled))
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
        after = (torch.cumsum(table[..., 3:], 1) > 0).float()
        vector = (table[..., :3] * after).sum(1)
        named = (vector.abs().sum(1, keepdim=True) > 0).float()
        vector = vector + torch.tensor([0.0, 0.75, 0.0]) * named
        return torch.cat([vector / (vector.square().sum(1, keepdim=True) + 1e-6).sqrt(), named], 1)

    def _named_colours(self, input_ids: Tensor) -> Tensor:
        """Gives first and second named colour, [batch, 8]: r, g, b, 1 if named, and the same again."""
        kind = self.kind[input_ids]
        before = F.pad(kind[:, :-1], (0, 0, 1, 0))
        colour, light, dark = kind[..., 0:1], before[..., 1:2], before[..., 2:3]
        rgb = self.rgb[input_ids]
        rgb = rgb + light * LIGHT_MIX * (1 - rgb)
        rgb = rgb * (1 - dark * (1 - DARK_SCALE))
        order = torch.cumsum(colour, 1)
        picked = []
        for nth in (1.0, 2.0):
            mask = colour * (order == nth).float()
            picked += [(rgb * mask).sum(1), mask.sum(1)]
        return torch.cat(picked, 1)


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
    """Gives rgb [words, 3] and kind [words, 3]: is a colour, is `light`, is `dark`."""
    rgb, kind = np.zeros((len(words), 3), np.float32), np.zeros((len(words), 3), np.float32)
    for i, word in enumerate(words):
        name = SYNONYMS.get(word, word)
        if name in COLOURS:
            rgb[i], kind[i, 0] = np.array(COLOURS[name], np.float32) / 255, 1
        kind[i, 1], kind[i, 2] = word in ("light", "pale"), word in ("dark", "deep")
    return rgb, kind


def _tag_table(words: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Gives looks and times [words, TAGS], and light directions with a mark on `from` [words, 4]."""
    tags, light = np.zeros((len(words), TAGS), np.float32), np.zeros((len(words), 4), np.float32)
    groups = [group.split() for group in (*LOOK_WORDS.values(), *TIME_WORDS.values())]
    for i, word in enumerate(words):
        for tag, group in enumerate(groups):
            tags[i, tag] = word in group
        light[i, :3] = LIGHT_WORDS.get(word, (0, 0, 0))
        light[i, 3] = word == "from"
    return tags, light
