"""The graphs of a stable-diffusion bundle as torch modules, with the contract's names and meanings.

The contract stands in core/src/models/bundle-manifest.ts (StableDiffusionSchema). Every module takes and
gives float32 whatever its weights are, so a float16 bundle runs through the same pipeline code.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class TextEncoderGraph(nn.Module):
    """CLIP text encoder: input_ids [batch, tokens] → hidden_states, hidden_states_skip_1, …

    `hidden_states_skip_k` leaves out the last k layers and applies the final layer norm, as diffusers does
    for `clip_skip=k`. The layers are called one by one with a mask of our own: the mask helpers of
    transformers do not survive tracing.
    """

    def __init__(self, model: Any, skips: int) -> None:
        super().__init__()
        # transformers 5 has the layers on CLIPTextModel itself; 4 has them on its text_model.
        self.inner: Any = getattr(model, "text_model", model)
        self.skips = skips

    def forward(self, input_ids: Tensor) -> tuple[Tensor, ...]:
        state: Tensor = self.inner.embeddings(input_ids=input_ids)
        tokens = input_ids.shape[1]
        lowest = torch.finfo(state.dtype).min
        mask = torch.full((tokens, tokens), lowest, dtype=state.dtype).triu(1)[None, None]
        states = [state]
        for layer in self.inner.encoder.layers:
            output = layer(states[-1], attention_mask=mask)
            states.append(output[0] if isinstance(output, tuple) else output)
        return tuple(self.inner.final_layer_norm(states[-1 - skip]).float() for skip in range(self.skips + 1))


class UnetGraph(nn.Module):
    """UNet: sample, timestep [batch], encoder_hidden_states[, residuals] → noise_pred."""

    def __init__(self, unet: Any) -> None:
        super().__init__()
        self.unet = unet

    def forward(
        self, sample: Tensor, timestep: Tensor, encoder_hidden_states: Tensor, *residuals: Tensor
    ) -> Tensor:
        dtype = self.unet.dtype
        extra: dict[str, Any] = {}
        if residuals:
            *down, mid = (residual.to(dtype) for residual in residuals)
            extra = {
                "down_block_additional_residuals": tuple(down),
                "mid_block_additional_residual": mid,
            }
        output = self.unet(
            sample.to(dtype), timestep, encoder_hidden_states.to(dtype), return_dict=False, **extra
        )
        return output[0].float()


class ControlNetGraph(nn.Module):
    """ControlNet: …, controlnet_cond in [0, 1], conditioning_scale [1] → residuals, already scaled."""

    def __init__(self, controlnet: Any) -> None:
        super().__init__()
        self.controlnet = controlnet

    def forward(
        self,
        sample: Tensor,
        timestep: Tensor,
        encoder_hidden_states: Tensor,
        controlnet_cond: Tensor,
        conditioning_scale: Tensor,
    ) -> tuple[Tensor, ...]:
        dtype = self.controlnet.dtype
        down, mid = self.controlnet(
            sample.to(dtype),
            timestep,
            encoder_hidden_states.to(dtype),
            controlnet_cond.to(dtype),
            conditioning_scale=conditioning_scale.to(dtype),
            return_dict=False,
        )
        return tuple(residual.float() for residual in (*down, mid))


class VaeEncoderGraph(nn.Module):
    """VAE encoder: image in [-1, 1] → latent_mean, latent_std; not yet multiplied by scaling_factor."""

    def __init__(self, vae: Any) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        posterior = self.vae.encode(image.to(self.vae.dtype)).latent_dist
        return posterior.mean.float(), posterior.std.float()


class VaeDecoderGraph(nn.Module):
    """VAE decoder: latents, already divided by scaling_factor → image in [-1, 1]."""

    def __init__(self, vae: Any) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, latents: Tensor) -> Tensor:
        return self.vae.decode(latents.to(self.vae.dtype), return_dict=False)[0].float()


class TaesdDecoderGraph(nn.Module):
    """Preview decoder: latents as the UNet sees them → image in [-1, 1]."""

    def __init__(self, taesd: Any) -> None:
        super().__init__()
        self.taesd = taesd

    def forward(self, latents: Tensor) -> Tensor:
        return self.taesd.decode(latents.to(self.taesd.dtype), return_dict=False)[0].float()
