"""Stages of meshes and textures in the core."""

STAGES = {
    "load": "Loading the model",
    "read": "Reading the mesh",
    "plan": "Choosing views",
    "encode": "Reading the words",
    "denoise": "Drawing",
    "decode": "Decoding",
    "field": "Sampling the shape",
    "surface": "Looking for the surface",
    "shape": "Shaping",
    "simplify": "Simplifying",
    "unwrap": "Unwrapping",
    "bake": "Baking",
    "preview": "Drawing the turntable",
    "finish": "Finishing",
    "sign": "Signing",
}
