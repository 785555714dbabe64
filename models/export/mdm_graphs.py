"""The graphs of a humanml3d-263 bundle as torch modules: the motion diffusion model of Tevet et al. 2022
(arXiv 2209.14916), transformer encoder over frames, told by CLIP's text vector.

The contract stands in core/src/models/motion-diffusion-config.ts. Weights keep the names of the published
code, so that a checkpoint's state dict is read as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.export.errors import ExportError

WIDTH = 263
"""Features of a frame of HumanML3D."""
LAYER = re.compile(r"seqTransEncoder\.layers\.(\d+)\.")
IGNORED = ("clip_model.", "rot2xyz.", "sequence_pos_encoder.", "embed_timestep.sequence_pos_encoder.")
"""CLIP comes from a folder of its own, SMPL draws pictures, positions are computed."""


@dataclass(frozen=True)
class MdmOptions:
    """What a state dict does not tell."""

    heads: int = 4
    window: int = 196
    """Frames that the model was trained on at once."""
    timesteps: int = 1000
    mask_frames: bool = False
    """Whether training kept attention from frames beyond a motion's end; the first published weights' did
    not."""


class EncoderLayer(nn.Module):
    """Self-attention, then two linear layers with GELU; each is added and then normalised (post-norm)."""

    def __init__(self, width: int, inner: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.self_attn = nn.ParameterDict(
            {"in_proj_weight": torch.empty(3 * width, width), "in_proj_bias": torch.empty(3 * width)}
        )
        self.out_proj = nn.Linear(width, width)
        self.linear1, self.linear2 = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, state: Tensor, mask: Tensor) -> Tensor:
        """Gives the next state, [batch, places, width]; `mask` is added to the scores."""
        width = state.shape[2]
        projected = functional.linear(
            state, self.self_attn["in_proj_weight"], self.self_attn["in_proj_bias"]
        ).chunk(3, dim=2)
        query, key, value = (part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in projected)
        scores = query @ key.transpose(2, 3) * (width // self.heads) ** -0.5 + mask
        attended = (scores.softmax(-1) @ value).transpose(1, 2).flatten(2)
        state = self.norm1(state + self.out_proj(attended))
        return self.norm2(state + self.linear2(functional.gelu(self.linear1(state))))


class MdmGraph(nn.Module):
    """sample [batch, window, 263], timestep int64 [batch], text [batch, dim], valid [batch, window] → clean.

    The first place of the sequence tells the timestep and the text, the others are frames. Text of zeros is
    unsaid, as the model was trained for guidance.
    """

    positions: Tensor

    def __init__(self, width: int, inner: int, layers: int, text: int, options: MdmOptions) -> None:
        super().__init__()
        self.options = options
        self.pose_in, self.pose_out = nn.Linear(WIDTH, width), nn.Linear(width, WIDTH)
        self.text = nn.Linear(text, width)
        self.time_in, self.time_out = nn.Linear(width, width), nn.Linear(width, width)
        self.layers = nn.ModuleList(EncoderLayer(width, inner, options.heads) for _ in range(layers))
        table = sinusoids(max(options.timesteps, options.window + 1), width)
        self.register_buffer("positions", table, persistent=False)

    def forward(self, sample: Tensor, timestep: Tensor, text: Tensor, valid: Tensor) -> Tensor:
        """Gives the clean features, normalised x_0."""
        told = self.time_out(functional.silu(self.time_in(self.positions[timestep]))) + self.text(text)
        state = torch.cat([told[:, None], self.pose_in(sample)], dim=1)
        state = state + self.positions[: self.options.window + 1]
        # Without masking all frames take part, as they did in training.
        unseen = (1 - valid) * (-1e9 if self.options.mask_frames else 0.0)
        mask = torch.cat([torch.zeros_like(unseen[:, :1]), unseen], dim=1)[:, None, None]
        for layer in self.layers:
            state = layer(state, mask)
        return self.pose_out(state[:, 1:])


class ClipTextGraph(nn.Module):
    """CLIP's text vector: input_ids [batch, tokens] → text [batch, dim], not of length 1.

    Read off at the first end token; what comes after it is not seen. Start and end alone give zeros.
    """

    mask: Tensor

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.inner: Any = getattr(model.text_model, "text_model", model.text_model)
        self.projection = model.text_projection
        self.end = int(model.config.eos_token_id)
        length = model.config.max_position_embeddings
        mask = torch.full((length, length), torch.finfo(torch.float32).min).triu(1)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, input_ids: Tensor) -> Tensor:
        """Gives the vector of each text."""
        tokens = input_ids.shape[1]
        embeddings = self.inner.embeddings
        state = embeddings.token_embedding(input_ids) + embeddings.position_embedding.weight[:tokens]
        for layer in self.inner.encoder.layers:
            output = layer(state, attention_mask=self.mask[:tokens, :tokens][None, None])
            state = output[0] if isinstance(output, tuple) else output
        state = self.inner.final_layer_norm(state)
        ends = (input_ids == self.end).long()
        first = ((ends.cumsum(1) == 1) & (ends == 1)).to(state.dtype)
        said = 1 - first[:, 1:2]
        return self.projection((state * first[:, :, None]).sum(1)) * said


def sinusoids(places: int, width: int) -> Tensor:
    """Gives sines and cosines of places, [places, width] (Vaswani et al. 2017, section 3.5)."""
    rates = 10000.0 ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    angles = torch.arange(places, dtype=torch.float64)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1).float()


def load_mdm(file: Path, options: MdmOptions) -> MdmGraph:
    """Reads a state dict with the published names from safetensors.

    Raises ExportError for other files and for models of another architecture, data set or condition.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if file.suffix != ".safetensors":
        raise ExportError(
            f"{file.name} is no safetensors file; other checkpoints run code when they are read. Expected the"
            " model's state dict as .safetensors: safetensors.torch.save_file."
        )
    try:
        loaded = load_file(file)
    except (SafetensorError, OSError) as error:
        raise ExportError(f"{file.name} cannot be read as safetensors: {error}.") from None
    state = {name: value.float() for name, value in loaded.items() if not name.startswith(IGNORED)}
    return build_mdm(state, file.name, options)


def build_mdm(state: dict[str, Tensor], name: str, options: MdmOptions) -> MdmGraph:
    """Gives the graph of a state dict; see `load_mdm`."""
    for prefix, what in {
        "seqTransDecoder": "a transformer decoder",
        "gru": "a GRU",
        "embed_action": "told by action numbers",
        "input_process.velEmbedding": "of rot_vel features",
    }.items():
        if any(key.startswith(prefix) for key in state):
            raise ExportError(f"{name} is {what}; expected the transformer encoder told by text.")
    read = state.get("input_process.poseEmbedding.weight")
    text = state.get("embed_text.weight")
    if read is None or text is None:
        raise ExportError(f"{name} has no input_process.poseEmbedding or embed_text; it is no MDM of text.")
    width, features = read.shape
    if features != WIDTH:
        raise ExportError(f"{name} has frames of {features} features; expected HumanML3D's {WIDTH}.")
    if width % 2 or width % options.heads:
        raise ExportError(f"{name} is {width} wide, which {options.heads} heads do not divide; give --heads.")
    layers = 1 + max((int(found[1]) for key in state if (found := LAYER.match(key))), default=-1)
    inner = state.get("seqTransEncoder.layers.0.linear1.weight", torch.empty(1, 0)).shape[0]
    graph = MdmGraph(width, inner, layers, text.shape[1], options)
    try:
        graph.load_state_dict({_renamed(key): value for key, value in state.items()})
    except RuntimeError as error:
        raise ExportError(f"{name} does not fit the published architecture: {error}") from None
    return graph.eval()


NAMES = {
    "input_process.poseEmbedding.": "pose_in.",
    "output_process.poseFinal.": "pose_out.",
    "embed_text.": "text.",
    "embed_timestep.time_embed.0.": "time_in.",
    "embed_timestep.time_embed.2.": "time_out.",
    "seqTransEncoder.": "",
}


def _renamed(key: str) -> str:
    for theirs, ours in NAMES.items():
        if key.startswith(theirs):
            return (ours + key.removeprefix(theirs)).replace("self_attn.out_proj.", "out_proj.")
    return key
