"""Stages of meshes and textures in the core."""

STAGES = {
    "load": "Loading the model",
    "encode": "Reading the words",
    "plan": "Reading the words",
    "denoise": "Shaping",
    "shape": "Shaping",
    "surface": "Looking for the surface",
    "simplify": "Simplifying",
    "unwrap": "Unwrapping",
    "bake": "Baking",
    "preview": "Drawing",
    "render": "Drawing maps",
    "project": "Laying on pictures",
    "decode": "Decoding",
    "sign": "Signing",
}
