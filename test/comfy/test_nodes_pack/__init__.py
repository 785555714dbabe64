"""A node of the tests: hands a picture on and names models, as loaders do that need no weights here."""

from __future__ import annotations

from typing import Any


class TestModelNames:
    CATEGORY = "tests"
    FUNCTION = "run"
    RETURN_TYPES = ("IMAGE",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        number = {"default": 1.0, "min": -10.0, "max": 10.0}
        return {
            "required": {
                "image": ("IMAGE",),
                "lora_name": ("STRING", {}),
                "strength_model": ("FLOAT", number),
                "text": ("STRING", {}),
            }
        }

    def run(self, image: Any, **_: Any) -> tuple[Any]:
        return (image,)


NODE_CLASS_MAPPINGS = {"TestModelNames": TestModelNames}
