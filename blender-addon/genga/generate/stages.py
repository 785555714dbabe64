"""Stages of a picture in the core."""

STAGES = {
    "load": "Loading the model",
    "encode": "Reading maps and prompt",
    "denoise": "Drawing",
    "decode": "Decoding",
    "sign": "Signing",
}
"""What the core does with a picture, in words."""
