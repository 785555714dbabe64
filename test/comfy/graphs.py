"""Graphs in API format for the tests."""

from __future__ import annotations

from typing import Any

Graph = dict[str, dict[str, Any]]


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    """One node."""
    return {"class_type": class_type, "inputs": inputs}


def generate(**changes: Any) -> dict[str, Any]:
    """Generate Image with the page's defaults; the tiny bundle makes noise of 64 × 64 in a second."""
    inputs = {
        "prompt": "a castle at dawn",
        "negative_prompt": "",
        "bundle": "tiny-random-sd",
        "width": 64,
        "height": 64,
        "seed": 7,
        "steps": 3,
        "guidance_scale": 0.0,
        "scheduler": "default",
        "batch_size": 1,
        "strength": 0.8,
    }
    return node("GengaGenerateImage", **(inputs | changes))


def sign_and_save(images: list[Any], **changes: Any) -> dict[str, Any]:
    """Sign & Save Image with the page's defaults."""
    inputs = {
        "filename_prefix": "signed",
        "format": "png",
        "quality": 100,
        "private": False,
        "title": "",
    }
    return node("GengaSignAndSaveImage", images=images, **(inputs | changes))


def generate_motion(**changes: Any) -> dict[str, Any]:
    """Generate Motion with the page's defaults; the tiny bundle makes a trembling figure in a second."""
    inputs = {
        "timeline": "a person walks forward | 1 s",
        "bundle": "tiny-random-motion",
        "duration": 0.0,
        "mode": "hybrid",
        "seed": 7,
        "batch_size": 1,
        "variation": 0.4,
        "speed": 1.0,
        "style": "",
        "loop": False,
        "in_place": False,
        "fps": 24.0,
        "steps": 3,
        "guidance_scale": 0.0,
    }
    return node("GengaGenerateMotion", **(inputs | changes))


def save_motion(motion: list[Any], **changes: Any) -> dict[str, Any]:
    """Save Motion with the page's defaults."""
    inputs = {
        "filename_prefix": "motion",
        "bvh": True,
        "glb": True,
        "json": True,
        "fps": 0.0,
        "keyframes": "every_frame",
        "loop": False,
        "in_place": False,
    }
    return node("GengaSaveMotion", motion=motion, **(inputs | changes))


def generate_mesh(**changes: Any) -> dict[str, Any]:
    """Generate Mesh with the page's defaults but a small texture; a shape program answers in seconds."""
    inputs = {
        "prompt": "a red wooden chair",
        "bundle": "tiny-random-mesh",
        "source": "parametric",
        "seed": 7,
        "batch_size": 1,
        "target_triangles": 20_000,
        "texture_size": 256,
        "lods": 0,
        "size": 0.0,
        "grid_resolution": 0,
        "steps": 0,
        "guidance_scale": 0.0,
        "obj": False,
        "ply": False,
    }
    return node("GengaGenerateMesh", **(inputs | changes))


def texture_mesh(**changes: Any) -> dict[str, Any]:
    """Texture Mesh with the page's defaults but small pictures of noise from two sides."""
    inputs = {
        "prompt": "weathered oak",
        "negative_prompt": "",
        "bundle": "tiny-random-sd",
        "seed": 7,
        "texture_size": 64,
        "max_views": 2,
        "strength": 1.0,
        "unwrap": "missing",
        "objects": "",
        "steps": 2,
        "guidance_scale": 0.0,
    }
    return node("GengaTextureMesh", **(inputs | changes))
